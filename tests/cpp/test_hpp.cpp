// SPDX-License-Identifier: MIT
// weightport.hpp: references, exceptions, iteration and typed views.
#include <csetjmp>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "weightport.hpp"

// Last: it defines macros with common names.
extern "C" {
#include <cmocka.h>
}

using weightport::Checkpoint;
using weightport::Error;
using weightport::StateDict;
using weightport::Tensor;
using weightport::Value;

namespace {

const char kCheckpoint[] = WEIGHTPORT_TEST_DATA "/checkpoint.tar";

template <class Action>
Error error_of(Action action) {
  try {
    action();
  } catch (const Error &error) {
    return error;
  }
  return Error(WP_OK, "nothing was thrown");
}

void test_tensor_from_values(void **) {
  Tensor tensor = Tensor::from<float>({1, 2, 3, 4, 5, 6}, {2, 3});
  assert_int_equal(tensor.dtype(), WP_DTYPE_FLOAT32);
  assert_int_equal(tensor.ndim(), 2);
  assert_int_equal(tensor.shape()[1], 3);
  assert_int_equal(tensor.strides()[0], 3);
  assert_int_equal(tensor.numel(), 6);
  assert_int_equal(tensor.nbytes(), 24);
  assert_string_equal(tensor.device().c_str(), "cpu");
  float sum = 0;
  for (float number : tensor.data<float>()) sum += number;
  assert_true(sum == 21);
  assert_true(tensor.to_vector<int64_t>() == (std::vector<int64_t>{1, 2, 3, 4, 5, 6}));
}

void test_tensor_of_another_dtype(void **) {
  Tensor tensor = Tensor::create(WP_DTYPE_INT32, {2});
  Error error = error_of([&] { tensor.data<float>(); });
  assert_int_equal(error.code(), WP_ERROR_MISMATCH);
  assert_string_equal(error.what(), "the tensor holds int32, not float32");
  assert_int_equal(error.offset(), -1);
  assert_string_equal(error.key(), "");
}

void test_tensor_not_contiguous(void **) {
  Tensor tensor = Tensor::from<float>({1, 2, 3, 4}, {2, 2});
  const int64_t shape[] = {2, 2};
  const int64_t strides[] = {1, 2};
  wp_tensor *view;
  weightport::check(wp_tensor_view(&view, tensor.get(), 0, shape, strides, 2));
  Tensor transposed(view);
  assert_int_equal(error_of([&] { transposed.data<float>(); }).code(), WP_ERROR_MISMATCH);
  assert_true(transposed.contiguous().data<float>()[1] == 3);
  assert_true(transposed.storage_id() == tensor.storage_id());
}

void test_copies_share(void **) {
  Tensor tensor = Tensor::create(WP_DTYPE_FLOAT64, {1});
  Tensor copy = tensor;
  copy.mutable_data<double>()[0] = 2.5;
  assert_true(tensor.item() == 2.5);
  Tensor moved = std::move(copy);
  assert_false(static_cast<bool>(copy));
  assert_ptr_equal(moved.get(), tensor.get());
  moved = moved.to(WP_DTYPE_FLOAT32);
  assert_true(moved.data<float>()[0] == 2.5f);
  moved.private_data<float>()[0] = 4;
  assert_true(moved.item() == 4);
  tensor = Tensor();
  assert_null(tensor.get());
}

void test_detach_gives_the_reference(void **) {
  Tensor tensor = Tensor::create(WP_DTYPE_BOOL, {});
  wp_tensor *handle = tensor.detach();
  assert_null(tensor.get());
  Tensor again(handle);
  assert_true(again.item() == 0);
}

void test_checkpoint(void **) {
  Checkpoint checkpoint = Checkpoint::open(kCheckpoint);
  assert_int_equal(checkpoint.format(), WP_FORMAT_TORCH_ZIP);
  assert_false(static_cast<bool>(checkpoint.metadata()));

  Value root = checkpoint.root();
  assert_int_equal(root.kind(), WP_KIND_DICT);
  assert_int_equal(root.size(), 4);
  assert_string_equal(root.key(0).as_string().c_str(), "epoch");
  assert_int_equal(root.item(0).as_int(), 5);
  assert_true(root.at("optimizer_state_dict.param_groups.0.lr").as_float() == 0.01);
  assert_true(root.at("optimizer_state_dict.param_groups.0.amsgrad").as_bool());
  assert_string_equal(root.find("model_state_dict").class_name().c_str(), "collections.OrderedDict");
  assert_true(static_cast<bool>(root.find("loss").tensor()));
  assert_false(static_cast<bool>(root.find("epoch").tensor()));
  assert_false(static_cast<bool>(root.find("absent")));

  Error error = error_of([&] { root.at("optimizer_state_dict.absent"); });
  assert_int_equal(error.code(), WP_ERROR_NOT_FOUND);
  assert_string_equal(error.key(), "optimizer_state_dict.absent");
  assert_int_equal(error_of([&] { root.as_int(); }).code(), WP_ERROR_MISMATCH);
}

void test_what_outlives_the_checkpoint(void **) {
  StateDict weights = Checkpoint::open(kCheckpoint).state_dict("model_state_dict");
  Value epoch = Checkpoint::open(kCheckpoint).root().find("epoch");
  std::vector<std::string> names;
  int64_t numel = 0;
  for (const StateDict::Entry &entry : weights) {
    names.push_back(entry.name);
    numel += entry.tensor.numel();
  }
  assert_int_equal(names.size(), 9);
  assert_string_equal(names[0].c_str(), "conv.weight");
  assert_string_equal(names[8].c_str(), "fc.bias");
  assert_int_equal(numel, 18 + 2 + 2 + 2 + 2 + 2 + 1 + 24 + 3);
  Tensor bias = weights.at("conv.bias");
  weights = StateDict();
  assert_int_equal(bias.data<float>().size(), 2);
  assert_int_equal(epoch.as_int(), 5);
}

void test_file_that_is_not_there(void **) {
  Error error = error_of([] { Checkpoint::open(WEIGHTPORT_TEST_DATA "/absent.pt"); });
  assert_int_equal(error.code(), WP_ERROR_NOT_FOUND);
  assert_string_equal(error.file(), WEIGHTPORT_TEST_DATA "/absent.pt");
  Error copy = error;
  assert_string_equal(copy.what(), error.what());
}

void test_edit_a_state_dict(void **) {
  StateDict weights = StateDict::create();
  weights.set("module.a", Tensor::from<int64_t>({1, 2}, {2}));
  weights.set("module.b", Tensor::from<uint8_t>({3}, {1}));
  weights.strip_prefix("module.");
  weights.rename("b", "c");
  assert_int_equal(weights.at("c").item(), 3);
  weights.remove("a");
  weights.add_prefix("net.");
  assert_int_equal(weights.size(), 1);
  assert_string_equal((*weights.begin()).name.c_str(), "net.c");
  assert_false(static_cast<bool>(weights.find("a")));
  assert_int_equal(error_of([&] { weights.at("a"); }).code(), WP_ERROR_NOT_FOUND);
  assert_int_equal(error_of([&] { weights.remove("a"); }).code(), WP_ERROR_NOT_FOUND);
}

// C would cut them, and two names become one.
void test_names_with_a_nul_are_refused(void **) {
  StateDict weights = StateDict::create();
  const std::string name("a\0x", 3);
  assert_int_equal(error_of([&] { weights.set(name, Tensor::from<uint8_t>({3}, {1})); }).code(), WP_ERROR_INVALID_ARGUMENT);
  weights.set("a", Tensor::from<uint8_t>({3}, {1}));
  assert_int_equal(error_of([&] { weights.remove(name); }).code(), WP_ERROR_INVALID_ARGUMENT);
  assert_int_equal(error_of([&] { weights.rename("a", name); }).code(), WP_ERROR_INVALID_ARGUMENT);
  assert_int_equal(error_of([&] { Checkpoint::open(name); }).code(), WP_ERROR_INVALID_ARGUMENT);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(test_tensor_from_values),
      cmocka_unit_test(test_tensor_of_another_dtype),
      cmocka_unit_test(test_tensor_not_contiguous),
      cmocka_unit_test(test_copies_share),
      cmocka_unit_test(test_detach_gives_the_reference),
      cmocka_unit_test(test_checkpoint),
      cmocka_unit_test(test_what_outlives_the_checkpoint),
      cmocka_unit_test(test_file_that_is_not_there),
      cmocka_unit_test(test_edit_a_state_dict),
      cmocka_unit_test(test_names_with_a_nul_are_refused),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
