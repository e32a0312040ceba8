// SPDX-License-Identifier: MIT
// Trees that are made and changed: copies, dicts whose entries come and go, and what must not change.
#include <algorithm>
#include <csetjmp>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "value/copy.hpp"
#include "value/create.hpp"
#include "value/edit.hpp"
#include "value/key.hpp"
#include "value/path.hpp"
#include "value/tree.hpp"

extern "C" {
#include <cmocka.h>  // last, because its macro fail() would break the headers above
}

using namespace weightport;

namespace {

template <class Action>
wp_code code_of(Action action) {
  try {
    action();
  } catch (const Error &e) {
    return e.code();
  }
  return WP_OK;
}

std::string keys_of(const Node &dict) {
  std::string out;
  for (uint32_t i = 0; i < child_count(dict); ++i) append(out, concat(i ? " " : "", key_at(dict, i)->view()));
  return out;
}

Node *dict_of_numbers(Tree &tree, int64_t count) {
  Node *dict = tree.dict();
  for (int64_t i = 0; i < count; ++i) tree.set(*dict, tree.string(concat("k", i)), tree.integer(i));
  return dict;
}

void a_node_of_the_same_tree_is_no_copy(void **) {
  auto tree = make_ref<Tree>();
  Node *list = tree->list(), *dict = tree->dict();
  set(*dict, "list", *list);
  assert_ptr_equal(find(*dict, "list"), list);
  append(*list, *dict);
  assert_ptr_equal(value_at(*dict, "list.0.list"), list);
}

void a_copy_shares_what_the_original_shares(void **) {
  auto tree = make_ref<Tree>();
  Node *shared = tree->list(), *root = tree->dict("collections.OrderedDict");
  set(*root, "a", *shared);
  set(*root, "b", *shared);
  append(*shared, *root);
  auto weight = zeros(WP_DTYPE_FLOAT32, {});
  append(*shared, *tree->tensor(weight));

  auto other = make_ref<Tree>();
  Node *copy = copy_into(*other, *root);
  assert_ptr_not_equal(copy, root);
  assert_ptr_equal(copy->tree, other.get());
  assert_string_equal(copy->dict->extra.class_name.data(), "collections.OrderedDict");
  assert_ptr_equal(find(*copy, "a"), find(*copy, "b"));
  assert_ptr_equal(value_at(*copy, "a.0"), copy);
  assert_ptr_equal(value_at(*copy, "a.1")->tensor.pointer, weight.get());
  // The copy lives by itself.
  tree = nullptr;
  assert_string_equal(key_at(*copy, 1)->text.data, "b");
}

void several_copies_of_one_copier_share_too(void **) {
  auto tree = make_ref<Tree>(), other = make_ref<Tree>();
  Node *shared = tree->list(), *x = tree->list(), *y = tree->list();
  append(*x, *shared);
  append(*y, *shared);
  Copier copier(*other);
  assert_ptr_equal(child_at(*copier.copy(*x), 0), child_at(*copier.copy(*y), 0));
}

void every_kind_is_copied(void **) {
  auto tree = make_ref<Tree>();
  Node *number = tree->integer(7);
  Node *object = tree->object(tree->copy("a.Outer.Inner"));
  object->object->creation = Creation::kNewEx;
  object->object->extra.module_size = 1;
  tree->extra(*object).args = tree->sequence(WP_KIND_TUPLE, &number, 1);
  set_attributes(*object, tree->dict());
  tree->append(*object, number);
  tree->set(*object, tree->string("key"), number);
  Node *frozen = tree->sequence(WP_KIND_SET, &number, 1);
  frozen->flag = true;
  Node *subclass = tree->tensor(zeros(WP_DTYPE_INT8, {}));
  tree->extra(*subclass).class_name = tree->copy("a.Tensor");
  Node *numpy = tree->dtype(WP_DTYPE_FLOAT16, "f2");
  numpy->flag = true;
  Node *items[] = {tree->none(),
                   tree->boolean(true),
                   tree->big_integer("123456789012345678901"),
                   tree->real(1.5),
                   tree->complex(1, -2),
                   tree->string({"a\0b", 3}),
                   tree->bytes("\xff"),
                   tree->device("cuda:1"),
                   numpy,
                   tree->dtype(WP_DTYPE_UINT16),
                   object,
                   frozen,
                   subclass,
                   tree->sequence(WP_KIND_SIZE, &number, 1)};

  auto other = make_ref<Tree>();
  Node *copy = copy_into(*other, *tree->sequence(WP_KIND_TUPLE, items, std::size(items)));
  tree = nullptr;
  auto at = [&](size_t i) { return child_at(*copy, i); };
  assert_int_equal(child_count(*copy), std::size(items));
  assert_int_equal(at(0)->kind, WP_KIND_NONE);
  assert_true(at(1)->flag);
  assert_true(at(2)->flag && at(2)->view() == "123456789012345678901");
  assert_true(at(3)->real == 1.5);
  assert_true(at(4)->complex.re == 1 && at(4)->complex.im == -2);
  assert_true(at(5)->view() == std::string_view("a\0b", 3));
  assert_true(at(6)->view() == "\xff");
  assert_true(at(7)->view() == "cuda:1");
  assert_true(at(8)->flag && at(8)->dtype == WP_DTYPE_FLOAT16 && at(8)->view() == "f2");
  assert_int_equal(at(9)->dtype, WP_DTYPE_UINT16);
  const Object &made = *at(10)->object;
  assert_string_equal(made.extra.class_name.data(), "a.Outer.Inner");
  assert_true(made.creation == Creation::kNewEx && made.extra.module_size == 1);
  assert_int_equal(child_at(*made.extra.args, 0)->integer, 7);
  assert_int_equal(made.extra.attributes->kind, WP_KIND_DICT);
  assert_int_equal(made.items.size, 1);
  assert_int_equal(find(*at(10), "key")->integer, 7);
  assert_true(at(11)->is(WP_KIND_SET) && at(11)->flag && child_at(*at(11), 0)->integer == 7);
  assert_string_equal(extra_of(*at(12))->class_name.data(), "a.Tensor");
  assert_int_equal(child_at(*at(13), 0)->integer, 7);
}

void deep_values_are_copied(void **) {
  auto tree = make_ref<Tree>();
  Node *node = tree->list();
  for (int i = 0; i < 1'000'000; ++i) {
    Node *outer = tree->list();
    tree->append(*outer, node);
    node = outer;
  }
  auto other = make_ref<Tree>();
  size_t depth = 0;
  for (Node *copy = copy_into(*other, *node); child_count(*copy); copy = child_at(*copy, 0)) ++depth;
  assert_int_equal(depth, 1'000'000);
}

void tuples_as_keys_find_their_copies(void **) {
  auto tree = make_ref<Tree>();
  Node *parts[] = {tree->string("a"), tree->list()};
  parts[1] = tree->sequence(WP_KIND_TUPLE, parts, 1);
  Node *key = tree->sequence(WP_KIND_TUPLE, parts, 2);
  Node *dict = dict_of_numbers(*tree, 20);
  set(*dict, *key, *tree->integer(99));
  Node *items[] = {key, dict};

  auto other = make_ref<Tree>();
  Node *copy = copy_into(*other, *tree->sequence(WP_KIND_TUPLE, items, 2));
  Node *copied_key = child_at(*copy, 0), *copied_dict = child_at(*copy, 1);
  assert_ptr_equal(key_at(*copied_dict, 20), copied_key);
  assert_int_equal(find_entry(*copied_dict->dict, *key, hash_key(*key))->value->integer, 99);
}

void tuples_that_are_keys_stay_as_they_are(void **) {
  auto tree = make_ref<Tree>();
  Node *one = tree->integer(1), *list = tree->list();
  Node *inner = tree->sequence(WP_KIND_TUPLE, &one, 1), *free = tree->sequence(WP_KIND_TUPLE, &one, 1);
  Node *outer = tree->sequence(WP_KIND_TUPLE, &inner, 1), *dict = tree->dict();
  set_item(*free, 0, *list);
  assert_ptr_equal(child_at(*free, 0), list);
  set(*dict, *outer, *one);
  assert_int_equal(code_of([&] { set_item(*outer, 0, *list); }), WP_ERROR_MISMATCH);
  assert_int_equal(code_of([&] { set_item(*inner, 0, *list); }), WP_ERROR_MISMATCH);
  assert_int_equal(code_of([&] { set(*dict, *free, *one); }), WP_ERROR_MISMATCH);
  assert_int_equal(code_of([&] { append(*tree->sequence(WP_KIND_SET), *free); }), WP_ERROR_MISMATCH);
  // A copy that is no key may change.
  auto other = make_ref<Tree>();
  set_item(*copy_into(*other, *outer), 0, *list);
}

// Against a model, with and without an index.
void entries_come_and_go(void **) {
  std::mt19937 random(5);
  for (size_t size : {6, 60, 600}) {
    auto tree = make_ref<Tree>();
    Node *dict = tree->dict();
    std::vector<std::pair<std::string, int64_t>> model;
    auto at = [&](const std::string &key) {
      return std::find_if(model.begin(), model.end(), [&](const auto &entry) { return entry.first == key; });
    };
    for (int64_t step = 0; step < 5000; ++step) {
      std::string key = concat(random() % size), to = concat(random() % size);
      auto found = at(key);
      switch (random() % 3) {
        case 0:
          set(*dict, key, *tree->integer(step));
          if (found == model.end()) {
            model.emplace_back(key, step);
          } else {
            found->second = step;
          }
          break;
        case 1: {
          bool removed = code_of([&] { remove(*dict, key); }) == WP_OK;
          assert_int_equal(removed, found != model.end());
          if (removed) model.erase(found);
          break;
        }
        default: {
          bool renamed = code_of([&] { rename(*dict, key, to); }) == WP_OK;
          assert_int_equal(renamed, found != model.end() && (key == to || at(to) == model.end()));
          if (renamed) found->first = to;
        }
      }
      if (step % 50) continue;
      assert_int_equal(child_count(*dict), model.size());
      for (size_t i = 0; i < model.size(); ++i) {
        assert_true(key_at(*dict, i)->view() == model[i].first);
        assert_int_equal(find(*dict, model[i].first)->integer, model[i].second);
      }
      for (size_t i = 0; i < size; ++i) assert_int_equal(find(*dict, concat(i)) != nullptr, at(concat(i)) != model.end());
    }
  }
}

void long_keys_are_hashed_and_compared_once(void **) {
  auto tree = make_ref<Tree>();
  Node *dict = tree->dict(), *key = tree->string(std::string(5000, 'k')), *equal = tree->string(std::string(5000, 'k'));
  Node *pair[] = {equal, tree->integer(1)}, *same[] = {key, tree->integer(1)};
  tree->set(*dict, key, tree->none());
  auto hash = static_cast<uint32_t>(hash_key(*tree->string(std::string(5000, 'k'))));
  assert_int_equal(static_cast<uint32_t>(key->dtype), hash);
  assert_int_equal(equal->dtype, 0);
  tree->set(*dict, tree->sequence(WP_KIND_TUPLE, same, 2), tree->none());
  tree->set(*dict, tree->sequence(WP_KIND_TUPLE, pair, 2), tree->none());
  assert_int_equal(dict->dict->size, 2);
  assert_int_equal(static_cast<uint32_t>(equal->dtype), hash);
  assert_ptr_equal(equal->text.data, key->text.data);
}

void other_long_texts_are_hashed_once_too(void **) {
  auto tree = make_ref<Tree>();
  Node *dict = tree->dict(), *number = tree->big_integer(std::string(2000, '9')), *device = tree->device("cuda:0");
  for (Node *key : {number, device}) {
    tree->set(*dict, key, tree->none());
    assert_int_not_equal(key->dtype, 0);
  }
}

void a_string_and_bytes_have_hashes_of_their_own(void **) {
  auto tree = make_ref<Tree>();
  assert_true(static_cast<uint32_t>(hash_key(*tree->string("a"))) != static_cast<uint32_t>(hash_key(*tree->bytes("a"))));
}

// As in Python, where torch.Size is a tuple.
void a_size_and_a_tuple_are_one_key(void **) {
  auto tree = make_ref<Tree>();
  Node *items[] = {tree->integer(1), tree->integer(2)};
  Node *tuple = tree->sequence(WP_KIND_TUPLE, items, 2), *size = tree->sequence(WP_KIND_SIZE, items, 2);
  Node *shorter = tree->sequence(WP_KIND_SIZE, items, 1), *dict = tree->dict();
  set(*dict, *tuple, *tree->integer(1));
  set(*dict, *size, *tree->integer(2));
  set(*dict, *shorter, *tree->integer(3));
  assert_int_equal(child_count(*dict), 2);
  assert_int_equal(key_at(*dict, 0)->kind, WP_KIND_TUPLE);
  assert_int_equal(child_at(*dict, 0)->integer, 2);
}

void not_a_number_is_a_key_of_its_own(void **) {
  auto tree = make_ref<Tree>();
  double nan = std::numeric_limits<double>::quiet_NaN();
  Node *dict = tree->dict(), *first = tree->real(nan), *second = tree->real(nan);
  assert_true(hash_key(*first) != hash_key(*second));
  assert_true(hash_key(*tree->complex(0, nan)) != hash_key(*tree->complex(0, nan)));
  assert_false(has_key_value(*first));
  for (Node *key : {first, second, first}) tree->set(*dict, key, tree->none());
  assert_int_equal(dict->dict->size, 2);
}

void the_order_of_entries_stays(void **) {
  auto tree = make_ref<Tree>();
  Node *dict = dict_of_numbers(*tree, 12);
  remove(*dict, "k3");
  remove_item(*dict, 0);
  rename(*dict, "k5", "new");
  set(*dict, "k3", *tree->none());
  set(*dict, "k7", *tree->none());
  assert_string_equal(keys_of(*dict).c_str(), "k1 k2 k4 new k6 k7 k8 k9 k10 k11 k3");
  assert_int_equal(find(*dict, "k7")->kind, WP_KIND_NONE);
  rename(*dict, "new", "new");
  assert_int_equal(find(*dict, "new")->integer, 5);
}

void ints_and_bools_are_one_key(void **) {
  auto tree = make_ref<Tree>();
  Node *dict = tree->dict();
  set(*dict, *tree->boolean(true), *tree->string("bool"));
  set(*dict, 1, *tree->string("int"));
  set(*dict, 2, *tree->string("two"));
  assert_int_equal(child_count(*dict), 2);
  assert_int_equal(key_at(*dict, 0)->kind, WP_KIND_BOOL);
  assert_true(child_at(*dict, 0)->is_string("int"));
}

void lists_sets_and_what_extends_them(void **) {
  auto tree = make_ref<Tree>();
  Node *one = tree->integer(1), *two = tree->integer(2), *three = tree->integer(3);
  for (Node *node : {tree->list(), tree->sequence(WP_KIND_SET)}) {
    for (Node *item : {one, two, three}) append(*node, *item);
    remove_item(*node, 1);
    assert_int_equal(child_count(*node), 2);
    assert_ptr_equal(child_at(*node, 1), three);
  }
  Node *object = tree->object("a.ListAndDict");
  assert_int_equal(code_of([&] { append(*object, *one); }), WP_ERROR_MISMATCH);
  tree->append(*object, one);
  tree->set(*object, two, two);
  append(*object, *three);
  set(*object, "k", *three);
  set_item(*object, 2, *one);
  assert_ptr_equal(child_at(*object, 2), one);
  assert_ptr_equal(find_int(*object, 2), one);
  rename(*object, "k", "l");
  remove_item(*object, 0);
  assert_ptr_equal(find(*object, "l"), three);
  remove(*object, "l");
  assert_int_equal(child_count(*object), 2);
  assert_ptr_equal(child_at(*object, 0), three);
}

void what_cannot_be_changed(void **) {
  auto tree = make_ref<Tree>();
  Node *one = tree->integer(1), *list = tree->list(), *dict = tree->dict(), *frozen = tree->sequence(WP_KIND_SET, &one, 1);
  Node *tuple = tree->sequence(WP_KIND_TUPLE, &one, 1), *size = tree->sequence(WP_KIND_SIZE, &one, 1);
  frozen->flag = true;
  for (Node *node : {one, dict, frozen, tuple, size}) {
    assert_int_equal(code_of([&] { append(*node, *one); }), WP_ERROR_MISMATCH);
  }
  for (Node *node : {one, list, frozen, tuple}) {
    assert_int_equal(code_of([&] { set(*node, "k", *one); }), WP_ERROR_MISMATCH);
    assert_int_equal(code_of([&] { set(*node, 1, *one); }), WP_ERROR_MISMATCH);
    assert_int_equal(code_of([&] { set(*node, *one, *one); }), WP_ERROR_MISMATCH);
    assert_int_equal(code_of([&] { remove(*node, "k"); }), WP_ERROR_MISMATCH);
    assert_int_equal(code_of([&] { rename(*node, "k", "l"); }), WP_ERROR_MISMATCH);
  }
  for (Node *node : {one, frozen, size}) assert_int_equal(code_of([&] { set_item(*node, 0, *one); }), WP_ERROR_MISMATCH);
  for (Node *node : {one, frozen, size, tuple}) assert_int_equal(code_of([&] { remove_item(*node, 0); }), WP_ERROR_MISMATCH);
  for (Node *node : {list, dict}) {
    assert_int_equal(code_of([&] { set_item(*node, 0, *one); }), WP_ERROR_NOT_FOUND);
    assert_int_equal(code_of([&] { remove_item(*node, 0); }), WP_ERROR_NOT_FOUND);
  }
  assert_int_equal(code_of([&] { set(*dict, *list, *one); }), WP_ERROR_MISMATCH);
  assert_int_equal(code_of([&] { set(*dict, "\xff", *one); }), WP_ERROR_INVALID_ARGUMENT);
  assert_int_equal(code_of([&] { remove(*dict, "k"); }), WP_ERROR_NOT_FOUND);
  assert_int_equal(child_count(*dict), 0);
}

void attributes(void **) {
  auto tree = make_ref<Tree>();
  Node *dict = tree->dict(), *tuple = tree->sequence(WP_KIND_TUPLE);
  Node *ordered = tree->dict("collections.OrderedDict"), *object = tree->object("a.B"),
       *tensor = tree->tensor(zeros(WP_DTYPE_BOOL, {}));
  for (Node *node : {ordered, object, tensor}) {
    set_attributes(*node, dict);
    assert_ptr_equal(extra_of(*node)->attributes, dict);
    set_attributes(*node, nullptr);
    assert_null(extra_of(*node)->attributes);
  }
  set_attributes(*object, tuple);
  assert_int_equal(code_of([&] { set_attributes(*ordered, tuple); }), WP_ERROR_MISMATCH);
  assert_int_equal(code_of([&] { set_attributes(*dict, dict); }), WP_ERROR_MISMATCH);
  assert_int_equal(code_of([&] { set_attributes(*tuple, dict); }), WP_ERROR_MISMATCH);
  object->object->is_global = true;
  assert_int_equal(code_of([&] { set_attributes(*object, dict); }), WP_ERROR_MISMATCH);
}

void the_budget_of_a_file_ends_with_the_first_edit(void **) {
  Limits limits;
  limits.max_bytes = 1000;
  auto tree = make_ref<Tree>(Budget(limits, 0));
  Node *list = tree->list();
  assert_int_equal(code_of([&] { tree->string(std::string(2000, 'x')); }), WP_ERROR_LIMIT);
  auto other = make_ref<Tree>();
  assert_int_equal(tree->edits(), 0);
  append(*list, *other->string(std::string(2000, 'x')));
  assert_int_equal(child_at(*list, 0)->text.size, 2000);
  assert_int_equal(tree->edits(), 1);
}

void script_facts_come_along(void **) {
  class Facts final : public ScriptFacts {
    bool is_module(std::string_view) const override { return true; }
    bool is_parameter(std::string_view, std::string_view) const override { return true; }
    bool is_buffer(std::string_view, std::string_view) const override { return false; }
  };
  auto tree = make_ref<Tree>(), other = make_ref<Tree>();
  tree->set_script_facts(make_ref<Facts>());
  Node *module = tree->object("__torch__.Net");
  set_attributes(*module, tree->dict());
  copy_into(*other, *module);
  assert_ptr_equal(other->script_facts(), tree->script_facts());
}

void a_state_dict_as_a_value(void **) {
  StateDict state_dict;
  auto weight = zeros(WP_DTYPE_FLOAT32, {});
  state_dict.set("b", weight);
  state_dict.set("a", weight);
  auto tree = make_ref<Tree>();
  Node *value = new_state_dict(*tree, state_dict);
  assert_string_equal(keys_of(*value).c_str(), "b a");
  assert_string_equal(value->dict->extra.class_name.data(), "collections.OrderedDict");
  assert_ptr_equal(find(*value, "a")->tensor.pointer, weight.get());
  state_dict.set("\xff", weight);
  assert_int_equal(code_of([&] { new_state_dict(*tree, state_dict); }), WP_ERROR_INVALID_ARGUMENT);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_node_of_the_same_tree_is_no_copy),
      cmocka_unit_test(a_copy_shares_what_the_original_shares),
      cmocka_unit_test(several_copies_of_one_copier_share_too),
      cmocka_unit_test(every_kind_is_copied),
      cmocka_unit_test(deep_values_are_copied),
      cmocka_unit_test(tuples_as_keys_find_their_copies),
      cmocka_unit_test(tuples_that_are_keys_stay_as_they_are),
      cmocka_unit_test(entries_come_and_go),
      cmocka_unit_test(long_keys_are_hashed_and_compared_once),
      cmocka_unit_test(other_long_texts_are_hashed_once_too),
      cmocka_unit_test(a_string_and_bytes_have_hashes_of_their_own),
      cmocka_unit_test(a_size_and_a_tuple_are_one_key),
      cmocka_unit_test(not_a_number_is_a_key_of_its_own),
      cmocka_unit_test(the_order_of_entries_stays),
      cmocka_unit_test(ints_and_bools_are_one_key),
      cmocka_unit_test(lists_sets_and_what_extends_them),
      cmocka_unit_test(what_cannot_be_changed),
      cmocka_unit_test(attributes),
      cmocka_unit_test(the_budget_of_a_file_ends_with_the_first_edit),
      cmocka_unit_test(script_facts_come_along),
      cmocka_unit_test(a_state_dict_as_a_value),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
