// SPDX-License-Identifier: MIT
// Tensors that share a storage share it on both sides, whatever part of it they show.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <torch/csrc/jit/api/module.h>
#include <weightport/torch/torch.h>

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

// The parts of a GRU whose weights are views of one buffer, as a GPU leaves them, and a buffer that is part of a weight.
torch::jit::Module make_module() {
  torch::jit::Module module("Net");
  at::Tensor buffer = at::arange(12, at::kFloat);
  module.register_parameter("ih", buffer.narrow(0, 0, 4).view({2, 2}).detach().set_requires_grad(true), false);
  module.register_parameter("hh", buffer.narrow(0, 4, 6).view({2, 3}).detach().set_requires_grad(true), false);
  module.register_buffer("row", buffer.narrow(0, 4, 3));
  module.register_attribute("training", c10::IntType::get(), 1);
  module.define("def forward(self, x):\n  return x[:0], x[2:], x[1:2]\n");
  return module;
}

struct Loaded {
  Loaded() {
    make_module().save("torch_sharing.ts");
    check(wp_model_load(&model, "torch_sharing.ts", nullptr));
  }
  ~Loaded() { wp_model_release(model); }
  Loaded(const Loaded &) = delete;
  Loaded &operator=(const Loaded &) = delete;

  wp_model *model;
};

StateDict state_of(const wp_model *model) {
  wp_state_dict *state;
  check(wp_model_state_dict(&state, model));
  return StateDict(state);
}

void empty_parts_come_in(void **) {
  Tensor whole = Tensor::from<float>({0, 1, 2, 3, 4, 5}, {6});
  const int64_t none = 0;
  wp_tensor *empty;
  check(wp_tensor_view(&empty, whole.get(), 4, &none, nullptr, 1));
  Value both = Value::list();
  both.append(Value::of(Tensor(empty)));
  both.append(Value::of(whole));
  // The first that comes of a storage brings all of it.
  torch::jit::Module module("Second");
  module.define("def forward(self, x: List[Tensor]):\n  return x[1] + 0\n");
  module.save("torch_sharing.ts");
  wp_model *model;
  check(wp_model_load(&model, "torch_sharing.ts", nullptr));
  wp_value *result;
  check(wp_model_forward(&result, model, Value::tuple({both}).get(), nullptr));
  assert_true(Value(result).tensor().to_vector<float>() == std::vector<float>({0, 1, 2, 3, 4, 5}));
  wp_model_release(model);
}

void empty_parts_go_out(void **) {
  Loaded loaded;
  wp_value *result;
  Value args = Value::tuple({Value::of(Tensor::from<float>({7, 8}, {2}))});
  check(wp_model_forward(&result, loaded.model, args.get(), nullptr));
  Value parts(result);
  assert_int_equal(parts.item(0).tensor().numel(), 0);
  assert_int_equal(parts.item(1).tensor().numel(), 0);
  assert_int_equal(parts.item(1).tensor().storage_offset(), 2);
  assert_true(parts.item(2).tensor().to_vector<float>() == std::vector<float>({8}));
  assert_true(parts.item(0).tensor().storage_id() == parts.item(2).tensor().storage_id());

  wp_checkpoint *saved;
  check(wp_checkpoint_create(&saved));
  check(wp_checkpoint_set(saved, "parts", parts.get()));
  check(wp_checkpoint_save(saved, "torch_sharing.pt", nullptr));
  wp_checkpoint_release(saved);
  Tensor again = Checkpoint::open("torch_sharing.pt").root().find("parts").item(1).tensor();
  assert_int_equal(again.storage_offset(), 2);
  const int64_t two = 2;
  wp_tensor *view;
  check(wp_tensor_view(&view, parts.item(1).tensor().get(), 0, &two, nullptr, 1));
  assert_true(Tensor(view).to_vector<float>() == std::vector<float>({7, 8}));
}

void a_state_dict_has_one_storage_for_a_buffer(void **) {
  Loaded loaded;
  StateDict state = state_of(loaded.model);
  assert_int_equal(state.size(), 3);
  for (const auto &entry : state) {
    assert_true(entry.tensor.storage_id() == (*state.begin()).tensor.storage_id());
    assert_int_equal(wp_tensor_storage_nbytes(entry.tensor.get()), 48);
  }
  // Each is still libtorch's own.
  assert_true(to_torch(state.find("row")).is_alias_of(to_torch(state.find("ih"))));
}

void a_clone_keeps_what_is_shared(void **) {
  Loaded loaded;
  wp_model *copy;
  check(wp_model_clone(&copy, loaded.model));
  StateDict state = state_of(copy);
  assert_true(state.find("ih").to_vector<float>() == std::vector<float>({0, 1, 2, 3}));
  assert_true(state.find("hh").to_vector<float>() == std::vector<float>({4, 5, 6, 7, 8, 9}));
  to_torch(state.find("hh")).fill_(-1);
  assert_true(state.find("row").to_vector<float>() == std::vector<float>({-1, -1, -1}));
  assert_true(state_of(loaded.model).find("row").to_vector<float>() == std::vector<float>({4, 5, 6}));
  wp_model_release(copy);
}

void a_mode_of_another_type_is_none(void **) {
  Loaded loaded;
  assert_false(wp_model_is_training(loaded.model));
  check(wp_model_train(loaded.model, true));
  assert_int_equal(wp_model_parameter_count(loaded.model), 10);
}

}  // namespace

int main() {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(empty_parts_come_in),
      cmocka_unit_test(empty_parts_go_out),
      cmocka_unit_test(a_state_dict_has_one_storage_for_a_buffer),
      cmocka_unit_test(a_clone_keeps_what_is_shared),
      cmocka_unit_test(a_mode_of_another_type_is_none),
  };
  return cmocka_run_group_tests_name("sharing", tests, nullptr, nullptr);
}
