// SPDX-License-Identifier: MIT
// convert.hpp: at::Tensor and wp_tensor over the same memory.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <string>
#include <vector>
#include <weightport/torch/convert.hpp>

// libtorch's headers have macros of these names too.
#undef fail
extern "C" {
#include <cmocka.h>
}

using namespace weightport;

namespace {

std::string data(const char *name) { return std::string(WEIGHTPORT_TEST_DATA "/") + name; }

template <class Action>
void expect_error(wp_code code, Action action) {
  wp_code thrown = WP_OK;
  try {
    action();
  } catch (const Error &e) {
    thrown = e.code();
  }
  assert_int_equal(thrown, code);
}

void in_shares_memory(void **) {
  Tensor ours = Tensor::from<float>({0, 1, 2, 3, 4, 5}, {2, 3});
  at::Tensor theirs = to_torch(ours);
  assert_true(theirs.sizes() == at::IntArrayRef({2, 3}));
  theirs[1][2] = 50;
  assert_true(ours.data<float>()[5] == 50);
  const float *bytes = ours.data<float>().data();
  ours = Tensor();  // theirs keeps the memory
  assert_ptr_equal(theirs.data_ptr(), bytes);
  assert_true(theirs[1][2].item<float>() == 50);
}

void out_shares_memory(void **) {
  at::Tensor base = at::arange(12, at::kFloat).reshape({3, 4});
  Tensor ours = from_torch(base.t().narrow(0, 1, 2));
  assert_int_equal(ours.storage_offset(), 1);
  assert_int_equal(ours.strides()[0], 1);
  assert_int_equal(ours.strides()[1], 4);
  assert_int_equal(wp_tensor_storage_nbytes(ours.get()), 48);
  base[2][2] = 100;
  std::vector<float> read = ours.to_vector<float>();
  assert_true(read == std::vector<float>({1, 5, 9, 2, 6, 100}));
  // It comes back as itself.
  assert_true(to_torch(ours).is_alias_of(base));
}

void history_is_kept(void **) {
  at::Tensor leaf = at::ones({2}).set_requires_grad(true);
  Tensor ours = from_torch((leaf * 3).sum());
  assert_true(ours.requires_grad());
  to_torch(ours).backward();
  assert_true(leaf.grad()[0].item<float>() == 3);
}

Tensor first_of_state_dict() {
  StateDict weights = Checkpoint::open(data("state_dict.pt")).state_dict();
  return (*weights.begin()).tensor;
}

void mapped_files_are_written_in_private(void **) {
  Tensor mapped = first_of_state_dict();
  expect_error(WP_ERROR_UNSUPPORTED, [&] { mapped.mutable_data<float>(); });
  std::vector<float> before = mapped.to_vector<float>();
  to_torch(mapped).fill_(7);
  assert_true(mapped.to_vector<float>() == std::vector<float>(before.size(), 7));
  assert_true(first_of_state_dict().to_vector<float>() == before);
}

void read_only_memory_is_copied(void **) {
  static const float numbers[2] = {1, 2};
  static const int64_t shape[1] = {2};
  wp_tensor_desc desc = WP_TENSOR_DESC_INIT;
  desc.shape = shape;
  desc.ndim = 1;
  desc.data = const_cast<float *>(numbers);
  desc.nbytes = sizeof numbers;
  desc.read_only = true;
  wp_tensor *wrapped;
  check(wp_tensor_wrap(&wrapped, &desc));
  at::Tensor theirs = to_torch(Tensor(wrapped));
  theirs.fill_(9);
  assert_true(numbers[0] == 1 && theirs[0].item<float>() == 9);
}

void every_dtype_that_both_have(void **) {
  size_t converted = 0;
  for (const auto &entry : Checkpoint::open(data("dtypes.pt")).state_dict()) {
    at::Tensor theirs = to_torch(entry.tensor);
    assert_int_equal(static_cast<int>(theirs.scalar_type()), entry.tensor.dtype());
    assert_true(theirs.numel() == entry.tensor.numel());
    Tensor back = from_torch(theirs.clone());
    std::vector<char> x(entry.tensor.nbytes()), y(x.size());
    check(wp_tensor_read(entry.tensor.get(), x.data(), x.size(), entry.tensor.dtype()));
    check(wp_tensor_read(back.get(), y.data(), y.size(), back.dtype()));
    assert_true(x == y);
    converted++;
  }
  assert_true(converted >= 10);
}

void walk(const Value &value, size_t &sparse, size_t &quantized) {
  if (value.kind() == WP_KIND_TENSOR) {
    Tensor tensor = value.tensor();
    at::Tensor theirs = to_torch(tensor);
    assert_true(theirs.sizes() == at::IntArrayRef(tensor.shape().data(), tensor.ndim()));
    if (wp_tensor_layout(tensor.get()) != WP_LAYOUT_STRIDED) {
      sparse++;
      assert_true(theirs.layout() != at::kStrided);
      assert_true(theirs.to_dense().numel() == tensor.numel());
    } else if (wp_tensor_qscheme(tensor.get()) != WP_QSCHEME_NONE) {
      quantized++;
      assert_true(theirs.is_quantized());
      assert_true(theirs.dequantize().numel() == tensor.numel());
    }
    if (theirs.layout() != at::kStrided || theirs.is_quantized())
      expect_error(WP_ERROR_UNSUPPORTED, [&] { from_torch(theirs); });
  }
  for (size_t i = 0; i < value.size(); i++) walk(value.item(i), sparse, quantized);
}

void sparse_and_quantized(void **) {
  size_t sparse = 0, quantized = 0;
  walk(Checkpoint::open(data("sparse.pt")).root(), sparse, quantized);
  walk(Checkpoint::open(data("quantized.pt")).root(), sparse, quantized);
  assert_true(sparse >= 1 && quantized >= 2);
}

void what_cannot_cross(void **) {
  expect_error(WP_ERROR_UNSUPPORTED, [] { from_torch(at::Tensor()); });
  expect_error(WP_ERROR_UNSUPPORTED, [] { from_torch(at::empty({2}, at::kMeta)); });
  expect_error(WP_ERROR_INVALID_ARGUMENT, [] { to_torch(Tensor()); });
  at::Tensor empty = to_torch(Tensor::create(WP_DTYPE_FLOAT32, {0, 3}));
  assert_true(empty.sizes() == at::IntArrayRef({0, 3}));
  assert_int_equal(from_torch(empty).numel(), 0);
  at::Tensor conj = at::ones({2}, at::kComplexFloat).mul(c10::complex<float>(0, 1)).conj();
  assert_true(from_torch(conj).to_vector<std::complex<float>>()[0].imag() == -1);
  if (wp_dtype_itemsize(WP_DTYPE_FLOAT8_E8M0FNU) && static_cast<int>(at::ScalarType::Undefined) <= WP_DTYPE_FLOAT8_E8M0FNU) {
    expect_error(WP_ERROR_UNSUPPORTED, [] { to_torch(Tensor::create(WP_DTYPE_FLOAT8_E8M0FNU, {2})); });
  }
}

}  // namespace

int main() {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(in_shares_memory),
      cmocka_unit_test(out_shares_memory),
      cmocka_unit_test(history_is_kept),
      cmocka_unit_test(mapped_files_are_written_in_private),
      cmocka_unit_test(read_only_memory_is_copied),
      cmocka_unit_test(every_dtype_that_both_have),
      cmocka_unit_test(sparse_and_quantized),
      cmocka_unit_test(what_cannot_cross),
  };
  return cmocka_run_group_tests_name("convert.hpp", tests, nullptr, nullptr);
}
