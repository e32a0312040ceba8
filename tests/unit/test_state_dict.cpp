// SPDX-License-Identifier: MIT
// State_dicts: the map itself, the names a module's tensors get, where a checkpoint holds them, and paths.
#include <csetjmp>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "value/find_state_dicts.hpp"
#include "value/module_state.hpp"
#include "value/path.hpp"
#include "value/tree.hpp"

extern "C" {
#include <cmocka.h>  // last, because its macro fail() would break the headers above
}

using namespace weightport;

namespace {

using Entries = std::initializer_list<std::pair<const char *, Node *>>;

// Python values in a few letters.
struct Maker {
  Ref<Tree> tree = make_ref<Tree>(Budget(Limits(), 0));

  Node *tensor(std::initializer_list<int64_t> shape = {2}, wp_dtype dtype = WP_DTYPE_FLOAT32) {
    return tree->tensor(zeros(dtype, {shape.begin(), shape.size()}));
  }
  Node *dict(Entries entries = {}) {
    Node *node = tree->dict();
    for (const auto &[key, value] : entries) put(node, key, value);
    return node;
  }
  void put(Node *dict, const char *key, Node *value) { tree->set(*dict, tree->string(key), value); }
  Node *list(std::initializer_list<Node *> items) { return sequence(WP_KIND_LIST, items); }
  Node *sequence(wp_kind kind, std::initializer_list<Node *> items) {
    return tree->sequence(kind, items.begin(), items.size());
  }
  Node *object(const char *class_name, Node *attributes) {
    Node *node = tree->object(class_name);
    tree->extra(*node).attributes = attributes;
    return node;
  }
  Node *body(Entries parameters, Entries buffers = {}, Entries modules = {}) {
    return dict({{"training", tree->boolean(true)},
                 {"_parameters", dict(parameters)},
                 {"_buffers", dict(buffers)},
                 {"_non_persistent_buffers_set", tree->sequence(WP_KIND_SET)},
                 {"_modules", dict(modules)}});
  }
  Node *module(Entries parameters, Entries buffers = {}, Entries modules = {}) {
    return object("models.Net", body(parameters, buffers, modules));
  }
};

std::string names_of(const StateDict &state_dict) {
  std::string out;
  for (size_t i = 0; i < state_dict.size(); ++i) append(out, concat(i ? " " : "", state_dict.name_at(i)));
  return out;
}

std::string names_in(const Node *value) { return names_of(*state_dict_from_value(*value, Limits())); }

std::string found_in(Node *root) {
  std::string out;
  for (const auto &path : find_state_dicts(*root, Limits())) append(out, concat(out.empty() ? "" : " ", '<', path, '>'));
  return out;
}

template <class Action>
Error error_of(Action action) {
  try {
    action();
  } catch (const Error &e) {
    return e;
  }
  fail_msg("nothing was thrown");
  return Error(WP_OK, "");
}

void keeps_order_and_finds(void **) {
  StateDict sd;
  for (const char *name : {"b", "a", "c"}) sd.set(name, zeros(WP_DTYPE_FLOAT32, {}));
  auto replacement = zeros(WP_DTYPE_INT64, {});
  sd.set("a", replacement);
  assert_string_equal(names_of(sd).c_str(), "b a c");
  assert_ptr_equal(sd.find("a"), replacement.get());
  assert_null(sd.find("d"));
  sd.rename("b", "renamed");
  assert_string_equal(names_of(sd).c_str(), "renamed a c");
  assert_null(sd.find("b"));
  assert_ptr_equal(sd.find("renamed"), sd.tensor_at(0).get());
  sd.remove("a");
  assert_string_equal(names_of(sd).c_str(), "renamed c");
  assert_ptr_equal(sd.find("c"), sd.tensor_at(1).get());
  assert_int_equal(error_of([&] { sd.remove("a"); }).code(), WP_ERROR_NOT_FOUND);
  assert_int_equal(error_of([&] { sd.rename("renamed", "c"); }).code(), WP_ERROR_MISMATCH);
  assert_string_equal(error_of([&] { sd.rename("q", "c"); }).key().c_str(), "q");
}

void prefixes_come_and_go_as_a_whole(void **) {
  StateDict sd;
  for (const char *name : {"module.w", "b"}) sd.set(name, zeros(WP_DTYPE_FLOAT32, {}));
  sd.strip_prefix("module.");
  assert_string_equal(names_of(sd).c_str(), "w b");
  sd.add_prefix("net.");
  assert_string_equal(names_of(sd).c_str(), "net.w net.b");
  assert_ptr_equal(sd.find("net.b"), sd.tensor_at(1).get());
  sd.set("w", zeros(WP_DTYPE_FLOAT32, {}));
  assert_int_equal(error_of([&] { sd.strip_prefix("net."); }).code(), WP_ERROR_MISMATCH);
  assert_string_equal(names_of(sd).c_str(), "net.w net.b w");
}

void a_dict_of_tensors(void **) {
  Maker m;
  Node *dict = m.dict({{"w", m.tensor()}, {"fc._extra_state", m.tree->none()}, {"b", m.tensor()}});
  assert_string_equal(names_in(dict).c_str(), "w b");
  m.put(dict, "epoch", m.tree->integer(3));
  Error error = error_of([&] { names_in(dict); });
  assert_int_equal(error.code(), WP_ERROR_MISMATCH);
  assert_string_equal(error.key().c_str(), "epoch");
  Node *numbered = m.tree->dict();
  m.tree->set(*numbered, m.tree->integer(0), m.tensor());
  assert_int_equal(error_of([&] { names_in(numbered); }).code(), WP_ERROR_MISMATCH);
  assert_int_equal(error_of([&] { names_in(m.list({m.tensor()})); }).code(), WP_ERROR_MISMATCH);
}

void a_module_as_python_names_it(void **) {
  Maker m;
  Node *none = m.tree->none();
  Node *norm = m.module({{"weight", m.tensor()}}, {{"mean", m.tensor()}, {"cache", m.tensor()}});
  m.tree->append(*find(*norm->object->extra.attributes, "_non_persistent_buffers_set"), m.tree->string("cache"));
  Node *net = m.module({{"scale", m.tensor()}, {"bias", none}}, {{"steps", m.tensor()}, {"unset", none}},
                       {{"norm", norm}, {"identity", none}, {"again", norm}});
  assert_string_equal(names_in(net).c_str(), "scale steps norm.weight norm.mean again.weight again.mean");
  Node *parallel = m.module({}, {}, {{"module", net}});
  assert_string_equal(names_in(parallel).substr(0, 26).c_str(), "module.scale module.steps ");
}

void modules_that_pickle_otherwise(void **) {
  Maker m;
  Node *weight = m.tensor();
  Node *slots = m.sequence(WP_KIND_TUPLE, {m.body({{"w", weight}}), m.dict({{"slot", m.tree->integer(1)}})});
  assert_string_equal(names_in(m.object("models.Slotted", slots)).c_str(), "w");
  Node *graph = m.tree->object("torch.fx.graph_module.reduce_graph_module");
  m.tree->extra(*graph).args = m.sequence(WP_KIND_TUPLE, {m.body({{"g", weight}}), m.tree->string("import torch")});
  assert_string_equal(names_in(graph).c_str(), "g");
  Node *odd = m.module({}, {}, {{"packed", m.object("quantized.Linear", m.list({weight}))}});
  Error error = error_of([&] { names_in(odd); });
  assert_int_equal(error.code(), WP_ERROR_MISMATCH);
  assert_string_equal(error.key().c_str(), "packed.");

  // As torch.nn.quantized.Linear keeps its weight and bias.
  Node *packed = m.module({});
  packed->object->extra.class_name = "torch.nn.quantized.modules.linear.LinearPackedParams";
  Node *quantized = m.module({}, {{"scale", m.tensor()}}, {{"fc", m.module({}, {}, {{"_packed_params", packed}})}});
  error = error_of([&] { names_in(quantized); });
  assert_int_equal(error.code(), WP_ERROR_UNSUPPORTED);
  assert_string_equal(error.key().c_str(), "fc._packed_params.");
}

class Facts : public ScriptFacts {
 public:
  bool is_module(std::string_view class_name) const override { return class_name != "__torch__.Data"; }
  bool is_parameter(std::string_view, std::string_view attribute) const override { return attribute.starts_with("p"); }
  bool is_buffer(std::string_view, std::string_view attribute) const override { return attribute.starts_with("b"); }
};

void a_script_module_by_its_facts(void **) {
  Maker m;
  Node *sub = m.object("__torch__.Sub", m.dict({{"b", m.tensor()}, {"p", m.tensor()}, {"other", m.tensor()}}));
  Node *data = m.object("__torch__.Data", m.dict({{"p", m.tensor()}}));
  Node *net = m.object("__torch__.Net", m.dict({{"b0", m.tensor()}, {"sub", sub}, {"data", data}, {"p0", m.tensor()}}));
  m.tree->set_script_facts(make_ref<Facts>());
  assert_string_equal(names_in(net).c_str(), "p0 b0 sub.p sub.b");
  assert_int_equal(error_of([&] { names_in(data); }).code(), WP_ERROR_MISMATCH);
}

void hostile_modules_end(void **) {
  Maker m;
  Node *loop = m.module({{"w", m.tensor()}});
  m.put(find(*loop->object->extra.attributes, "_modules"), "self", loop);
  assert_int_equal(error_of([&] { names_in(loop); }).code(), WP_ERROR_LIMIT);
  assert_string_equal(found_in(loop).c_str(), "<>");

  Node *empty = m.module({}), *full = m.module({{"w", m.tensor()}});
  for (int i = 0; i < 60; ++i) {
    empty = m.module({}, {}, {{"l", empty}, {"r", empty}});
    full = m.module({}, {}, {{"l", full}, {"r", full}});
  }
  assert_string_equal(names_in(empty).c_str(), "");
  assert_string_equal(found_in(empty).c_str(), "");
  assert_int_equal(error_of([&] { names_in(full); }).code(), WP_ERROR_LIMIT);
  assert_string_equal(found_in(full).c_str(), "<>");
}

void a_barren_module_is_told_from_one_that_shares_a_full_one(void **) {
  Maker m;
  Node *full = m.module({{"w", m.tensor()}});
  Node *root = m.list({m.module({}), m.module({}, {}, {{"a", full}}), m.module({}, {}, {{"b", full}})});
  assert_string_equal(found_in(root).c_str(), "<1> <2>");
}

void finds_what_users_mean(void **) {
  Maker m;
  Node *weights = m.dict({{"w", m.tensor({2, 2})}, {"b", m.tensor()}});
  Node *ema = m.dict({{"w", m.tensor({2, 2})}});
  Node *state = m.dict({{"exp_avg", m.tensor()}});
  Node *optimizer = m.dict({{"state", m.dict({{"w", state}})}, {"param_groups", m.list({})}});
  Node *metrics = m.dict({{"loss", m.tensor({})}});
  Node *random = m.dict({{"cpu", m.tensor({8}, WP_DTYPE_UINT8)}});
  Node *epoch = m.tree->integer(1);
  Node *model = m.module({{"w", m.tensor()}});

  assert_string_equal(found_in(weights).c_str(), "<>");
  assert_string_equal(found_in(model).c_str(), "<>");
  assert_string_equal(found_in(optimizer).c_str(), "");
  assert_string_equal(found_in(m.tensor()).c_str(), "");
  assert_string_equal(found_in(m.dict()).c_str(), "");
  assert_string_equal(
      found_in(
          m.dict({{"epoch", epoch}, {"state_dict", weights}, {"optimizer", optimizer}, {"metrics", metrics}, {"rng", random}}))
          .c_str(),
      "<state_dict>");
  assert_string_equal(found_in(m.dict({{"model", weights}, {"ema", ema}})).c_str(), "<model> <ema>");
  assert_string_equal(found_in(m.dict({{"model", model}, {"optimizer", m.tree->none()}})).c_str(), "<model>");
  assert_string_equal(found_in(m.dict({{"nets", m.list({weights, weights})}})).c_str(), "<nets.0>");
  assert_string_equal(found_in(m.dict({{"metrics", metrics}, {"epoch", epoch}})).c_str(), "<metrics>");
  assert_string_equal(found_in(m.dict({{"w", m.tensor()}, {"epoch", epoch}})).c_str(), "");
  assert_string_equal(found_in(m.dict({{"w", m.tensor()}, {"_extra_state", epoch}})).c_str(), "<>");
  assert_string_equal(found_in(m.dict({{"trainer", m.object("my.Trainer", m.dict({{"net", weights}}))}})).c_str(),
                      "<trainer.net>");
  Node *tuple = m.object("my.Point", nullptr), *compiled = m.object("torch._dynamo.eval_frame.OptimizedModule", nullptr);
  m.tree->extra(*tuple).args = m.sequence(WP_KIND_TUPLE, {epoch, weights});
  m.tree->extra(*compiled).args = m.sequence(WP_KIND_TUPLE, {model, m.tree->none()});
  assert_string_equal(found_in(m.dict({{"best", tuple}})).c_str(), "<best.1>");
  assert_string_equal(found_in(compiled).c_str(), "<>");
  assert_string_equal(names_in(compiled).c_str(), "_orig_mod.w");
  Node *hidden = m.dict({{"a.b", epoch}, {"a", m.dict({{"b", weights}})}, {"c", ema}});
  assert_string_equal(found_in(hidden).c_str(), "<c>");
  Node *cyclic = m.dict({{"sd", weights}});
  m.put(cyclic, "me", cyclic);
  assert_string_equal(found_in(cyclic).c_str(), "<sd>");
}

void paths(void **) {
  Maker m;
  Node *w = m.tensor(), *one = m.tree->integer(1), *two = m.tree->integer(2), *text = m.tree->string("t");
  Node *numbered = m.tree->dict();
  m.tree->set(*numbered, m.tree->integer(-7), two);
  Node *slotted = m.object("a.B", m.sequence(WP_KIND_TUPLE, {m.tree->none(), m.dict({{"slot", text}})}));
  Node *root = m.dict({{"layer1.0.weight", w}, {"layer1", m.list({one, two})}, {"", text}, {"n", numbered}, {"o", slotted}});

  assert_ptr_equal(value_at(*root, ""), root);
  assert_ptr_equal(value_at(*root, "layer1.0.weight"), w);
  assert_ptr_equal(value_at(*root, "layer1.1"), two);
  assert_ptr_equal(value_at(*root, "n.-7"), two);
  assert_ptr_equal(value_at(*root, "o.slot"), text);
  assert_null(find_at(*root, "layer1.2"));
  assert_null(find_at(*root, "layer1.-1"));
  assert_null(find_at(*root, "layer1.0."));
  Error error = error_of([&] { value_at(*root, "layer1.1.x.y"); });
  assert_int_equal(error.code(), WP_ERROR_NOT_FOUND);
  assert_string_equal(error.key().c_str(), "layer1.1.x.y");
  assert_string_equal(error.message().c_str(), "the int at \"layer1.1\" has no \"x\"");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(keeps_order_and_finds),
      cmocka_unit_test(prefixes_come_and_go_as_a_whole),
      cmocka_unit_test(a_dict_of_tensors),
      cmocka_unit_test(a_module_as_python_names_it),
      cmocka_unit_test(modules_that_pickle_otherwise),
      cmocka_unit_test(a_script_module_by_its_facts),
      cmocka_unit_test(hostile_modules_end),
      cmocka_unit_test(a_barren_module_is_told_from_one_that_shares_a_full_one),
      cmocka_unit_test(finds_what_users_mean),
      cmocka_unit_test(paths),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
