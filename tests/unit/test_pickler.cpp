// SPDX-License-Identifier: MIT
// Pickles that are written are read back as the same values. What Python makes of them the interop tests say.
#include <csetjmp>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.hpp"
#include "base/text.hpp"
#include "format/pickle/emitter.hpp"
#include "format/pickle/pickler.hpp"
#include "format/pickle/unpickler.hpp"

// Last: it defines macros with common names.
extern "C" {
#include <cmocka.h>
}

using namespace weightport;
using namespace std::string_literals;
using namespace std::string_view_literals;

namespace {

struct Loaded {
  Ref<Tree> tree = make_ref<Tree>(Budget(Limits{}, 1 << 20));
  Node *root = nullptr;
};

Loaded unpickled(std::string_view bytes) {
  Loaded out;
  Globals globals;
  Operation operation;
  Reader reader(memory_source(std::as_bytes(std::span(bytes.data(), bytes.size())), "test"));
  out.root = unpickle(reader, *out.tree, globals, nullptr, operation);
  assert_true(reader.left() == 0);
  return out;
}

std::string text_of(const Buffer &bytes) { return {reinterpret_cast<const char *>(bytes.data()), bytes.size()}; }

std::string pickled(const Node &node) {
  StorageTable storages;
  return text_of(pickle(node, storages, StorageIds::kNone, Operation()));
}

// A pickle of any protocol, read, written, and read again.
Loaded again(std::string_view bytes) {
  Loaded first = unpickled(bytes);
  std::string once = pickled(*first.root);
  Loaded second = unpickled(once);
  // Writing is deterministic, and what was written is written again as it is.
  assert_true(pickled(*second.root) == once);
  return second;
}

template <class Action>
void expect_code(wp_code code, Action action) {
  try {
    action();
  } catch (const Error &e) {
    assert_int_equal(e.code(), code);
    return;
  }
  fail_msg("no error");
}

void scalars(void **) {
  for (int64_t value :
       {int64_t{0}, int64_t{255}, int64_t{256}, int64_t{65535}, int64_t{65536}, int64_t{-1}, int64_t{INT32_MIN},
        int64_t{INT32_MAX} + 1, int64_t{INT32_MIN} - 1, INT64_MAX, INT64_MIN, int64_t{1} << 39, -(int64_t{1} << 39)}) {
    Loaded made;
    Loaded read = unpickled(pickled(*made.tree->integer(value)));
    assert_int_equal(read.root->kind, WP_KIND_INT);
    assert_true(read.root->integer == value);
  }
  for (std::string_view text : {"9223372036854775808"sv, "-9223372036854775809"sv, "18446744073709551616"sv,
                                "-340282366920938463463374607431768211456"sv, "123456789012345678901234567890123456789"sv}) {
    Loaded made;
    Loaded read = unpickled(pickled(*made.tree->big_integer(text)));
    assert_true(read.root->flag);
    assert_true(read.root->view() == text);
  }
  assert_true(again("G\x3f\xb9\x99\x99\x99\x99\x99\x9a."sv).root->real == 0.1);
  assert_int_equal(again("N.").root->kind, WP_KIND_NONE);
  assert_true(again("\x88.").root->flag);
  Loaded complex = again("cbuiltins\ncomplex\n(F1\nF-2\ntR.");
  assert_true(complex.root->complex.re == 1 && complex.root->complex.im == -2);
}

void an_int_is_as_short_as_python_writes_it(void **) {
  Loaded made;
  assert_true(pickled(*made.tree->integer(int64_t{1} << 31)) == "\x80\x02\x8a\x05\x00\x00\x00\x80\x00."sv);
  assert_true(pickled(*made.tree->integer(-(int64_t{1} << 31) - 1)) == "\x80\x02\x8a\x05\xff\xff\xff\x7f\xff."sv);
  // torch's magic number.
  assert_true(pickled(*made.tree->big_integer("119547037146038801333356")) ==
              "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."sv);
}

void text_and_bytes(void **) {
  assert_true(again("X\x03\x00\x00\x00\xed\xa0\x80."sv).root->view() == "\xed\xa0\x80"sv);
  assert_true(again("C\x03\x00\xff\x41."sv).root->view() == "\x00\xff\x41"sv);
  Loaded array = again("\x96\x02\x00\x00\x00\x00\x00\x00\x00\x80\x01."sv);
  assert_true(array.root->flag);
  assert_true(array.root->view() == "\x80\x01"sv);
  assert_true(again("\x96\x00\x00\x00\x00\x00\x00\x00\x00."sv).root->flag);
  assert_int_equal(again("C\x00."sv).root->kind, WP_KIND_BYTES);
}

void containers(void **) {
  for (size_t size : {0, 1, 2, 3, 4, 999, 1000, 1001, 2500}) {
    Loaded made;
    Node *list = made.tree->list(), *dict = made.tree->dict();
    for (size_t i = 0; i < size; ++i) {
      made.tree->append(*list, made.tree->integer(static_cast<int64_t>(i)));
      made.tree->set(*dict, made.tree->integer(static_cast<int64_t>(i)), made.tree->string("v"));
    }
    Node *both[] = {list, dict, made.tree->sequence(WP_KIND_TUPLE, list->items.data, size),
                    made.tree->sequence(WP_KIND_SET, list->items.data, size),
                    made.tree->sequence(WP_KIND_SIZE, list->items.data, size)};
    Loaded read = unpickled(pickled(*made.tree->sequence(WP_KIND_TUPLE, both, 5)));
    for (uint32_t k : {0u, 2u, 3u, 4u}) {
      const Node &node = *read.root->items.data[k];
      assert_int_equal(node.kind, both[k]->kind);
      assert_int_equal(node.items.size, size);
      for (uint32_t i = 0; i < size; ++i) assert_int_equal(node.items.data[i]->integer, i);
    }
    assert_int_equal(read.root->items.data[1]->dict->size, size);
  }
}

void classes_keep_how_they_are_made(void **) {
  Loaded ordered = again("ccollections\nOrderedDict\n)R}S'_metadata'\nNsb."sv);
  assert_true(ordered.root->dict->extra.class_name == "collections.OrderedDict");
  assert_non_null(ordered.root->dict->extra.attributes);
  Loaded called = again("cos\nsystem\n(S'ls'\ntR."sv);
  assert_true(called.root->object->creation == Creation::kCall);
  Loaded made = again("cargparse\nNamespace\n)\x81}S'lr'\nF0.5\nsb."sv);
  assert_true(made.root->object->creation == Creation::kNew);
  assert_true(find(*made.root->object->extra.attributes, "lr")->real == 0.5);
  Loaded keywords = again("cm\nC\n(I1\nt}S'k'\nI2\ns\x92."sv);
  assert_true(keywords.root->object->creation == Creation::kNewEx);
  assert_int_equal(keywords.root->object->extra.args->items.size, 2);
  Loaded object = again("cfunctools\npartial\n(cm\nf\ntR(I1\ntR."sv);
  assert_true(object.root->object->creation == Creation::kCallObject);
  Loaded factory = again("ccollections\ndefaultdict\n(cbuiltins\nlist\ntR(S'a'\nI1\nu."sv);
  assert_true(factory.root->dict->extra.class_name == "collections.defaultdict");
  assert_int_equal(find(*factory.root, "a")->integer, 1);
  Loaded extended = again("cm\nL\n)\x81(I1\nI2\ne(I3\nI4\nu."sv);
  assert_int_equal(extended.root->object->items.size, 2);
  assert_int_equal(extended.root->object->dict->size, 1);
  assert_true(again("cm\nC\n."sv).root->object->is_global);
  // A class that was pickled by value, as cloudpickle does: its __init__ must not run.
  Loaded by_value = again("cm\nmake_class\n)R)\x81}S'v'\nI1\nsb."sv);
  assert_true(by_value.root->object->creation == Creation::kNewOfObject);
  assert_int_equal(find(*by_value.root->object->extra.attributes, "v")->integer, 1);
  assert_true(pickled(*by_value.root).find(")\x81"sv) != std::string::npos);
  Loaded with_keywords = again("cm\nmake_class\n)R(I1\nt}S'k'\nI2\ns\x92."sv);
  assert_true(pickled(*with_keywords.root).find("ccopyreg\n__newobj_ex__\n") != std::string::npos);
}

// An object, a frozenset: finished inside what they are made of.
void what_reaches_itself_by_its_arguments(void **) {
  Loaded object = again("cm\nP\nK\x01]q\x00"
                        "cm\nP\nK\x01h\x00\x86Rq\x01"
                        "a\x86R0h\x01."sv);
  assert_ptr_equal(object.root->object->extra.args->items.data[1]->items.data[0], object.root);
  Loaded set = again("cbuiltins\nfrozenset\n](cm\nO\n)\x81q\x01}S'f'\ncbuiltins\nfrozenset\n](h\x01"
                     "e\x85Rq\x02sbe\x85R0h\x02."sv);
  assert_int_equal(set.root->kind, WP_KIND_SET);
  assert_ptr_equal(find(*set.root->items.data[0]->object->extra.attributes, "f"), set.root);
}

void a_tensor_that_wraps_others_is_made_as_it_was(void **) {
  Loaded read = again("ctorch._tensor\n_rebuild_from_type_v2\n(ctorch._utils\n_rebuild_wrapper_subclass\ncm\nW\n"
                      "(cm\nW\nctorch\nfloat32\nK\x02\x85K\x01\x85K\x00"
                      "ctorch.serialization\n_get_layout\nS'torch.strided'\n\x85R"
                      "ctorch\ndevice\nS'cuda'\nK\x01\x86R\x89t}S'inner'\nI5\nstR."sv);
  assert_int_equal(read.root->kind, WP_KIND_TENSOR);
  assert_int_equal(read.root->tensor.pointer->shape()[0], 2);
  const Extra &extra = *read.root->tensor.extra;
  assert_true(extra.class_name == "m.W");
  assert_int_equal(find(*extra.attributes, "inner")->integer, 5);
  assert_true(extra.args->items.data[6]->view() == "cuda:1");
  // Without these, there is nothing to make it of.
  expect_code(WP_ERROR_UNSUPPORTED, [&] { pickled(*read.tree->tensor(Ref<Tensor>::share(read.root->tensor.pointer))); });
}

void arrays_keep_the_modules_of_their_numpy(void **) {
  for (std::string_view module : {"numpy.core.multiarray"sv, "numpy._core.multiarray"sv}) {
    Loaded array = again(concat("c", module,
                                "\n_reconstruct\n(cnumpy\nndarray\nI0\n\x85"
                                "C\x01"
                                "btR(K\x01K\x02\x85"
                                "cnumpy\ndtype\n(S'u1'\nI00\nI01\ntR\x89"
                                "C\x02"
                                "abtb."));
    assert_true(pickled(*array.root).find(concat("c", module, "\n_reconstruct\n")) != std::string::npos);
  }
}

void sharing_and_cycles(void **) {
  Loaded shared = again("](]q\x00h\x00"
                        "e."sv);
  assert_ptr_equal(shared.root->items.data[0], shared.root->items.data[1]);
  Loaded list = again("]q\x00h\x00"
                      "a."sv);
  assert_ptr_equal(list.root->items.data[0], list.root);
  // t = ([t],), the way Python pickles it: the tuple is finished inside its own list.
  Loaded tuple = again("]q\x00h\x00\x85q\x01"
                       "a0h\x01."sv);
  assert_int_equal(tuple.root->kind, WP_KIND_TUPLE);
  assert_ptr_equal(tuple.root->items.data[0]->items.data[0], tuple.root);
}

// A small file must not become a large one by naming something long again and again.
void what_is_named_often_is_written_once(void **) {
  constexpr uint32_t kTimes = 1000;
  std::string text(100'000, 'x'), name = "A";
  while (name.size() < 249) name += ".B";
  const std::pair<std::string, size_t> values[] = {
      {concat("X\xa0\x86\x01\x00"sv, text), 100'000},       // a string
      {concat("I", std::string(2000, '9'), "\n"), 900},     // an int
      {concat("\x8c\x01m\x8c\xf9"sv, name, "\x93"), 2500},  // a class, nested 125 deep
  };
  for (const auto &[value, size] : values) {
    std::string references = "](" + value + "q\x01";
    for (uint32_t i = 1; i < kTimes; ++i) references.append("h\x01", 2);
    Loaded small = unpickled(references + "e.");
    std::string bytes = pickled(*small.root);
    assert_in_range(bytes.size(), size, size + 10 * kTimes);
    Loaded read = unpickled(bytes);
    assert_int_equal(read.root->items.size, kTimes);
    for (uint32_t i = 1; i < kTimes; ++i) assert_ptr_equal(read.root->items.data[i], read.root->items.data[0]);
  }
}

// torch.load knows a storage by the type that the file names first, and takes that for the dtype of a _v2 tensor.
void tensors_of_two_dtypes_share_a_storage(void **) {
  Loaded made;
  auto storage = owned_storage(Buffer::zeroed(8));
  Node *list = made.tree->list();
  for (auto [dtype, count] : {std::pair{WP_DTYPE_FLOAT32, int64_t{2}}, {WP_DTYPE_UINT8, int64_t{8}}}) {
    int64_t stride = 1;
    made.tree->append(*list, made.tree->tensor(make_ref<Tensor>(storage, dtype, Dims{&count, 1}, Dims{&stride, 1}, 0)));
  }
  StorageTable storages;
  std::string bytes = text_of(pickle(*list, storages, StorageIds::kZip, Operation()));
  assert_int_equal(storages.storages().size(), 1);
  size_t first = bytes.find("_rebuild_tensor_v2"), second = bytes.find("_rebuild_tensor_v3");
  assert_true(first < second && second != bytes.npos);
  assert_true(bytes.find("UntypedStorage", second) != bytes.npos);
  assert_true(bytes.find("uint8", second) != bytes.npos);
  assert_true(bytes.find("ByteStorage") == bytes.npos);
}

// A file names a window of a storage as often as it likes.
void a_window_of_a_storage_is_written_once(void **) {
  Loaded made;
  auto whole = owned_storage(Buffer::zeroed(8));
  for (size_t i = 0; i < 8; ++i) whole->mutable_data()[i] = static_cast<std::byte>(i);
  Node *list = made.tree->list();
  for (int64_t offset : {0, 2, 2, 0, 2}) {
    int64_t size = 3, stride = 1;
    auto window = make_ref<Tensor>(whole, WP_DTYPE_UINT8, Dims{&size, 1}, Dims{&stride, 1}, offset);
    made.tree->append(*list, made.tree->storage(std::move(window), "torch.ByteStorage"));
  }
  StorageTable storages;
  pickle(*list, storages, StorageIds::kZip, Operation());
  assert_int_equal(storages.storages().size(), 2);
  assert_memory_equal(storages.storages()[0].storage->data(), "\0\1\2", 3);
  assert_memory_equal(storages.storages()[1].storage->data(), "\2\3\4", 3);
}

Node *small_tensor(Tree &tree) { return tree.tensor(zeros(WP_DTYPE_FLOAT32, {})); }

std::string pickled_tensor(const Node &node) {
  StorageTable storages;
  return text_of(pickle(node, storages, StorageIds::kZip, Operation()));
}

void the_class_of_a_tensor_is_found_where_it_is(void **) {
  Loaded made;
  Node *tensor = small_tensor(*made.tree);
  Extra &extra = made.tree->extra(*tensor);
  extra.class_name = "a.Outer.Tensor";
  assert_true(pickled_tensor(*tensor).find("ca.Outer\nTensor\n") != std::string::npos);
  extra.module_size = 1;
  std::string bytes = pickled_tensor(*tensor);
  assert_true(bytes.find("cbuiltins\ngetattr\n") != bytes.npos);
  assert_true(bytes.find("ca\nOuter\n") != bytes.npos);
}

// What stands behind a line break would be opcodes: a class of "list\ncos\nsystem" would run a command.
void a_name_of_two_lines_is_refused(void **) {
  Loaded made;
  for (std::string_view name : {"builtins.list\ncos\nsystem\n(U\x04touchtR"sv, "builtins\n.list"sv}) {
    Node *tensor = small_tensor(*made.tree);
    made.tree->extra(*tensor).class_name = name;
    expect_code(WP_ERROR_UNSUPPORTED, [&] { pickled_tensor(*tensor); });
    expect_code(WP_ERROR_UNSUPPORTED, [&] { pickled(*made.tree->object(name)); });
  }
  Emitter out;
  expect_code(WP_ERROR_UNSUPPORTED, [&] { out.global("os", "a\nb"); });
  expect_code(WP_ERROR_UNSUPPORTED, [&] { out.global("a\nb", "c"); });
}

// torch.load finds layouts alone by this function. Another name would be a class that the list of globals lacks.
void only_layouts_have_names_of_layouts(void **) {
  Loaded layout = again("ctorch.serialization\n_get_layout\nS'torch.sparse_csr'\n\x85R."sv);
  assert_true(layout.root->object->is_global);
  assert_true(pickled(*layout.root).find("ctorch.serialization\n_get_layout\n") != std::string::npos);
  expect_code(WP_ERROR_CORRUPT, [] { unpickled("ctorch.serialization\n_get_layout\nS'os.system'\n\x85R."sv); });
}

void writing_can_be_cancelled(void **) {
  Loaded made;
  Node *list = made.tree->list(), *none = made.tree->none();
  for (int i = 0; i < 100'000; ++i) made.tree->append(*list, none);
  auto cancel = make_ref<Cancel>();
  cancel->request();
  Operation operation(Limits{}, cancel.get(), nullptr, nullptr);
  StorageTable storages;
  expect_code(WP_ERROR_CANCELLED, [&] { pickle(*list, storages, StorageIds::kNone, operation); });
}

void what_cannot_be_written(void **) {
  Loaded made;
  for (std::string_view name : {"__torch__.Net", "no_module"}) {
    expect_code(WP_ERROR_UNSUPPORTED, [&] { pickled(*made.tree->object(name)); });
  }
  Node *deep = made.tree->list();
  for (int i = 0; i < 2000; ++i) {
    Node *outer = made.tree->list();
    made.tree->append(*outer, deep);
    deep = outer;
  }
  expect_code(WP_ERROR_LIMIT, [&] { pickled(*deep); });
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(scalars),
      cmocka_unit_test(an_int_is_as_short_as_python_writes_it),
      cmocka_unit_test(text_and_bytes),
      cmocka_unit_test(containers),
      cmocka_unit_test(classes_keep_how_they_are_made),
      cmocka_unit_test(what_reaches_itself_by_its_arguments),
      cmocka_unit_test(a_tensor_that_wraps_others_is_made_as_it_was),
      cmocka_unit_test(arrays_keep_the_modules_of_their_numpy),
      cmocka_unit_test(sharing_and_cycles),
      cmocka_unit_test(what_is_named_often_is_written_once),
      cmocka_unit_test(tensors_of_two_dtypes_share_a_storage),
      cmocka_unit_test(a_window_of_a_storage_is_written_once),
      cmocka_unit_test(the_class_of_a_tensor_is_found_where_it_is),
      cmocka_unit_test(a_name_of_two_lines_is_refused),
      cmocka_unit_test(only_layouts_have_names_of_layouts),
      cmocka_unit_test(writing_can_be_cancelled),
      cmocka_unit_test(what_cannot_be_written),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
