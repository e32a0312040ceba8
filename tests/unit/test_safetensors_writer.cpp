// SPDX-License-Identifier: MIT
// safetensors files as they are written: the bytes, what is refused, and that the reader gives the same tensors back.
#include <algorithm>
#include <csetjmp>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/endian.hpp"
#include "base/error.hpp"
#include "format/safetensors.hpp"
#include "format/safetensors_writer.hpp"
#include "tensor/convert.hpp"
#include "tensor/wrap.hpp"
#include "value/tree.hpp"

extern "C" {
#include <cmocka.h>  // last, because its macro fail() would break the headers above
}

using namespace weightport;

namespace {

// A dict of tensors that is being made.
struct Builder {
  Ref<Tree> tree = make_ref<Tree>(Budget({}, 0));
  Node *root = tree->dict();

  Builder &add(std::string_view name, Ref<Tensor> tensor) {
    tree->set(*root, tree->string(name), tree->tensor(std::move(tensor)));
    return *this;
  }
};

// Bytes 0, 1, 2 and so on.
Ref<Tensor> counting(wp_dtype dtype, std::vector<int64_t> shape) {
  auto out = create_tensor(dtype, shape);
  for (uint64_t i = 0; i < out->nbytes(); ++i) out->mutable_data()[i] = static_cast<std::byte>(i * 7);
  return out;
}

Ref<Tensor> view(const Ref<Tensor> &tensor, int64_t offset, std::vector<int64_t> shape, std::vector<int64_t> strides) {
  return view_tensor(*tensor, offset, shape, strides.data());
}

std::string text_of(std::span<const std::byte> bytes) { return {reinterpret_cast<const char *>(bytes.data()), bytes.size()}; }

std::string write(const Node &root, const Node *metadata = nullptr) {
  MemorySink sink;
  Operation operation;
  write_safetensors(root, metadata, sink, operation);
  sink.finish();
  return text_of(sink.take().span());
}

std::string header_of(const std::string &file) { return file.substr(8, load_le<uint64_t>(file.data())); }

Document open(std::string_view bytes) {
  Buffer buffer(bytes.size());
  std::copy(bytes.begin(), bytes.end(), reinterpret_cast<char *>(buffer.data()));
  Operation operation;
  return read_safetensors(buffer_source(std::move(buffer), "test.safetensors"), operation);
}

const Tensor &tensor(const Document &document, std::string_view name) {
  const Node *node = find(*document.root, name);
  assert_non_null(node);
  return *node->tensor.pointer;
}

std::string elements(const Tensor &tensor) {
  std::string out(tensor.nbytes(), '\0');
  read_elements(tensor, std::as_writable_bytes(std::span(out)), tensor.dtype());
  return out;
}

// Saving fails for the tensor or value `key` with a message that has `part`.
wp_code refused(const Node &root, std::string_view part, std::string_view key) {
  try {
    write(root);
  } catch (const Error &error) {
    bool right = error.message().find(part) != std::string::npos && error.key() == key;
    if (!right) print_error("the message is: %s (%s)\n", error.message().c_str(), error.key().c_str());
    assert_true(right);
    return error.code();
  }
  return WP_OK;
}

// The files that the tests of the reference implementation expect.
void test_writes_the_bytes_of_the_reference(void **) {
  float numbers[] = {0, 1, 2, 3, 4, 5};
  auto six = [&](std::vector<int64_t> shape) {
    return tensor_from_data(WP_DTYPE_FLOAT32, shape, std::as_bytes(std::span(numbers)));
  };
  std::string data("\0\0\0\0\0\0\x80\x3f\0\0\0\x40\0\0\x40\x40\0\0\x80\x40\0\0\xa0\x40", 24);
  auto file = [](const char *length, std::string_view header) {
    return concat(std::string_view(length, 1), std::string(7, '\0'), header);
  };

  assert_true(write(*Builder().add("attn.0", six({1, 2, 3})).root) ==
              file("\x40", R"({"attn.0":{"dtype":"F32","shape":[1,2,3],"data_offsets":[0,24]}})") + data);
  assert_true(write(*Builder().add("attn0", six({1, 1, 2, 3})).root) ==
              file("\x48", R"({"attn0":{"dtype":"F32","shape":[1,1,2,3],"data_offsets":[0,24]}}       )") + data);
  assert_true(write(*Builder().root) == file("\x08", "{}      "));
  Builder metadata;
  metadata.tree->set(*metadata.root, metadata.tree->string("framework"), metadata.tree->string("pt"));
  assert_true(write(*Builder().root, metadata.root) == file("\x28", R"({"__metadata__":{"framework":"pt"}}     )"));
}

void test_sorts_by_dtype_then_name(void **) {
  Builder builder;
  const std::pair<const char *, wp_dtype> dtypes[] = {{"BOOL", WP_DTYPE_BOOL},
                                                      {"U8", WP_DTYPE_UINT8},
                                                      {"I8", WP_DTYPE_INT8},
                                                      {"F8_E5M2", WP_DTYPE_FLOAT8_E5M2},
                                                      {"F8_E4M3", WP_DTYPE_FLOAT8_E4M3FN},
                                                      {"F8_E8M0", WP_DTYPE_FLOAT8_E8M0FNU},
                                                      {"F8_E4M3FNUZ", WP_DTYPE_FLOAT8_E4M3FNUZ},
                                                      {"F8_E5M2FNUZ", WP_DTYPE_FLOAT8_E5M2FNUZ},
                                                      {"I16", WP_DTYPE_INT16},
                                                      {"U16", WP_DTYPE_UINT16},
                                                      {"F16", WP_DTYPE_FLOAT16},
                                                      {"BF16", WP_DTYPE_BFLOAT16},
                                                      {"I32", WP_DTYPE_INT32},
                                                      {"U32", WP_DTYPE_UINT32},
                                                      {"F32", WP_DTYPE_FLOAT32},
                                                      {"C64", WP_DTYPE_COMPLEX64},
                                                      {"F64", WP_DTYPE_FLOAT64},
                                                      {"I64", WP_DTYPE_INT64},
                                                      {"U64", WP_DTYPE_UINT64}};
  for (const auto &[code, dtype] : dtypes) {
    builder.add(concat("b.", code), counting(dtype, {3})).add(concat("a.", code), counting(dtype, {}));
  }
  std::string file = write(*builder.root), header = header_of(file);
  size_t at = header.size();
  for (const auto &[code, dtype] : dtypes) {
    size_t b = header.find(concat("\"b.", code, "\":{\"dtype\":\"", code, "\"")), a = header.find(concat("\"a.", code, "\":"));
    assert_true(b < at && a < b);
    at = a;
  }
  auto document = open(file);
  for (const auto &[code, dtype] : dtypes) {
    assert_int_equal(tensor(document, concat("b.", code)).dtype(), dtype);
    assert_true(elements(tensor(document, concat("b.", code))) == elements(*counting(dtype, {3})));
  }
  assert_true(write(*document.root) == file);
}

void test_packed_halves(void **) {
  auto document = open(write(*Builder().add("x", counting(WP_DTYPE_FLOAT4_E2M1FN_X2, {2, 3})).root));
  assert_int_equal(tensor(document, "x").dtype(), WP_DTYPE_FLOAT4_E2M1FN_X2);
  assert_int_equal(tensor(document, "x").shape()[1], 3);
  assert_int_equal(refused(*Builder().add("x", counting(WP_DTYPE_FLOAT4_E2M1FN_X2, {})).root, "dimension", "x"),
                   WP_ERROR_UNSUPPORTED);
}

void test_escapes_names_and_keeps_metadata(void **) {
  std::string name("q\" b\\ \b\f\n\r\t \x01\x1f \x7f \0 \u00e9\u20ac\U0001f600", 28);
  Builder metadata;
  Tree &tree = *metadata.tree;
  tree.set(*metadata.root, tree.string("z"), tree.string(name));
  tree.set(*metadata.root, tree.string("total_size"), tree.integer(5));
  tree.set(*metadata.root, tree.string(name), tree.string(""));
  std::string file = write(*Builder().add(name, counting(WP_DTYPE_UINT8, {2})).root, metadata.root);
  std::string_view quoted = "\"q\\\" b\\\\ \\b\\f\\n\\r\\t \\u0001\\u001f \x7f \\u0000 \u00e9\u20ac\U0001f600\"";
  assert_true(header_of(file).starts_with(concat("{\"__metadata__\":{\"z\":", quoted, ",", quoted, ":\"\"},", quoted, ":{")));
  auto document = open(file);
  assert_int_equal(tensor(document, name).numel(), 2);
  assert_int_equal(document.metadata->dict->size, 2);
  assert_true(find(*document.metadata, "z")->is_string(name));
  assert_true(write(*document.root, document.metadata) == file);
}

void test_tied_weights(void **) {
  auto w = counting(WP_DTYPE_FLOAT32, {4, 2});
  Builder builder;
  builder.add("wte", w)
      .add("half", view(w, 0, {2, 2}, {2, 1}))
      .add("head", view(w, 0, {4, 2}, {2, 1}))
      .add("t", view(w, 0, {2, 4}, {1, 2}));
  std::string file = write(*builder.root);
  assert_true(header_of(file).starts_with(R"({"__metadata__":{"format":"pt","weightport.alias:wte":"head"},"half":)"));
  assert_int_equal(file.size(), 8 + header_of(file).size() + 32 + 32 + 16);

  auto document = open(file);
  assert_int_equal(document.root->dict->size, 4);
  assert_ptr_equal(tensor(document, "wte").storage(), tensor(document, "head").storage());
  assert_ptr_not_equal(tensor(document, "half").storage(), tensor(document, "head").storage());
  for (const char *name : {"wte", "half", "head", "t"}) {
    assert_true(elements(tensor(document, name)) == elements(*find(*builder.root, name)->tensor.pointer));
  }
  assert_int_equal(document.metadata->dict->size, 1);
  assert_true(write(*document.root, document.metadata) == file);

  // The same bytes as another dtype, or negated, are no tied weights.
  auto negated = std::make_unique<TensorExtra>();
  negated->neg = true;
  auto other = make_ref<Tensor>(Ref<Storage>::share(w->storage()), WP_DTYPE_INT32, w->shape(), w->strides(), 0);
  file = write(*Builder().add("w", w).add("n", make_ref<Tensor>(*w, std::move(negated))).add("i", other).root);
  assert_int_equal(header_of(file).find("alias"), std::string::npos);
}

// What looks like a record of tied weights, and is none, must not become one.
void test_metadata_that_looks_like_tied_weights(void **) {
  Builder metadata;
  for (const auto &[key, text] : {std::pair("weightport.alias:lost", "gone"),
                                  {"weightport.alias:new", "a"},
                                  {"weightport.alias:b", "gone"},
                                  {"weightport.alias:a", "c"},
                                  {"format", "other"}}) {
    metadata.tree->set(*metadata.root, metadata.tree->string(key), metadata.tree->string(text));
  }
  auto w = counting(WP_DTYPE_UINT8, {4});
  std::string file = write(*Builder().add("a", w).add("b", w).add("c", counting(WP_DTYPE_UINT8, {4})).root, metadata.root);
  assert_true(header_of(file).starts_with(
      R"({"__metadata__":{"weightport.alias:lost":"gone","weightport.alias:a":"c","format":"other",)"
      R"("weightport.alias:b":"a"},"a":)"));
  assert_int_equal(open(file).root->dict->size, 3);
}

void test_strided_tensors_are_written_contiguous(void **) {
  auto flat = counting(WP_DTYPE_UINT8, {3'000'000});
  auto wide = counting(WP_DTYPE_INT64, {700'000});
  Builder builder;
  builder.add("transposed", view(flat, 0, {1500, 2000}, {1, 1500}))
      .add("rows", view(flat, 5, {1000, 2, 700}, {2900, 1400, 2}))
      .add("deep", view(flat, 0, {1, 3, 5, 1, 2, 99'991}, {7, 300'000, 100'000, 1, 2, 1}))
      .add("long", view(flat, 1, {1'400'000}, {2}))
      .add("expanded", view(flat, 3, {3, 600'000}, {0, 1}))
      .add("every_other", view(wide, 0, {2, 300'000}, {1, 2}))
      .add("small", view(flat, 0, {3, 2}, {1, 3}))
      .add("empty", view(flat, 9, {3, 0}, {1, 1}));
  auto document = open(write(*builder.root));
  for (uint32_t i = 0; i < builder.root->dict->size; ++i) {
    const auto &[key, value] = builder.root->dict->entries[i];
    const Tensor &read = tensor(document, key->view());
    assert_true(read.is_contiguous());
    assert_true(elements(read) == elements(*value->tensor.pointer));
  }
}

void test_conj_and_neg_bits_are_applied(void **) {
  const float numbers[] = {1, 2, 3, 4}, expected[] = {-1, 2, -3, 4}, negated[] = {-1, -2, -3, -4};
  const int64_t shape[] = {2};
  auto z = tensor_from_data(WP_DTYPE_COMPLEX64, shape, std::as_bytes(std::span(numbers)));
  auto extra = std::make_unique<TensorExtra>();
  extra->conj = extra->neg = true;
  auto neg = std::make_unique<TensorExtra>();
  neg->neg = true;
  Builder builder;
  builder.add("z", make_ref<Tensor>(*z, std::move(extra))).add("n", make_ref<Tensor>(*z, std::move(neg)));
  auto document = open(write(*builder.root));
  assert_memory_equal(tensor(document, "z").data(), expected, sizeof expected);
  assert_memory_equal(tensor(document, "n").data(), negated, sizeof negated);
}

// A source without a mapping, as callbacks may give.
class Unmapped final : public Source {
 public:
  explicit Unmapped(std::string bytes) : Source("unmapped", bytes.size()), bytes_(std::move(bytes)) {}
  mutable size_t reads = 0, largest = 0;

 private:
  void read_at(uint64_t offset, std::span<std::byte> out) const override {
    ++reads;
    largest = std::max(largest, out.size());
    std::memcpy(out.data(), bytes_.data() + offset, out.size());
  }

  std::string bytes_;
};

void test_what_is_not_in_memory_passes_through(void **) {
  std::string bytes(3'000'000, '\0');
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * i);
  auto source = make_ref<Unmapped>(bytes);
  auto storage = source_storage(source, 0, bytes.size());
  auto swapped = source_storage(source, 16, 16);
  swapped->set_unit(4);
  swapped->set_swapped(true);
  auto of = [](const Ref<Storage> &from, wp_dtype dtype, int64_t offset, int64_t size) {
    const int64_t one = 1;
    return make_ref<Tensor>(from, dtype, Dims{&size, 1}, Dims{&one, 1}, offset);
  };
  Builder builder;
  builder.add("whole", of(storage, WP_DTYPE_UINT8, 0, 3'000'000)).add("part", of(storage, WP_DTYPE_UINT8, 100, 2'000'000));
  builder.add("tiny", of(storage, WP_DTYPE_UINT8, 7, 3)).add("turned", of(swapped, WP_DTYPE_INT32, 1, 2));
  std::string file = write(*builder.root);
  // A big-endian machine turns the numbers round in memory.
  if (kLittleEndian) {
    assert_null(storage->in_memory());
    assert_null(swapped->in_memory());
    assert_true(source->largest <= size_t{1} << 20);
  }

  auto document = open(file);
  assert_true(elements(tensor(document, "whole")) == bytes);
  assert_true(elements(tensor(document, "part")) == bytes.substr(100, 2'000'000));
  assert_true(elements(tensor(document, "tiny")) == bytes.substr(7, 3));
  std::string turned = bytes.substr(20, 8);
  std::reverse(turned.begin(), turned.begin() + 4);
  std::reverse(turned.begin() + 4, turned.end());
  assert_true(elements(tensor(document, "turned")) == turned);

  // Half of a number cannot be turned round by itself.
  auto half = of(swapped, WP_DTYPE_INT16, 1, 2);
  std::string numbers = elements(*half);
  if (!kLittleEndian) swap_units(std::as_writable_bytes(std::span(numbers)), 2);
  assert_true(write(*Builder().add("half", half).root).ends_with(numbers));
}

// Bytes that are there only as a whole, as those of a compressed record.
class Packed final : public Storage {
 public:
  Packed() : Storage(8, "cpu") {}
  mutable int fetched = 0;

 private:
  Buffer fetch() const override {
    ++fetched;
    Buffer out(8);
    std::memcpy(out.data(), "abcdefgh", 8);
    return out;
  }
};

void test_parts_of_compressed_bytes_inflate_them_once(void **) {
  auto storage = make_ref<Packed>();
  Builder builder;
  const int64_t two = 2, one = 1;
  for (int64_t i = 0; i < 4; ++i) {
    builder.add(concat(i), make_ref<Tensor>(Ref<Storage>(storage), WP_DTYPE_UINT8, Dims{&two, 1}, Dims{&one, 1}, 2 * i));
  }
  assert_true(write(*builder.root).ends_with("abcdefgh"));
  assert_int_equal(storage->fetched, 1);
}

void test_refuses_what_the_format_cannot_hold(void **) {
  const int64_t two = 2, one = 1;
  for (wp_dtype dtype = 0; dtype_info(dtype); ++dtype) {
    auto storage = owned_storage(Buffer::zeroed(32));
    auto of = make_ref<Tensor>(storage, dtype, Dims{&two, 1}, Dims{&one, 1}, 0);
    bool refuse = is_quantized(dtype) || (is_complex(dtype) && dtype != WP_DTYPE_COMPLEX64) ||
                  std::string_view(dtype_info(dtype)->name).starts_with("bits") ||
                  (dtype >= dtype_from_name("uint1") && dtype <= dtype_from_name("int7"));
    assert_int_equal(refused(*Builder().add("x", of).root, dtype_info(dtype)->name, "x"),
                     refuse ? WP_ERROR_UNSUPPORTED : WP_OK);
  }
  auto meta = std::make_unique<TensorExtra>(), sparse = std::make_unique<TensorExtra>();
  sparse->layout = WP_LAYOUT_SPARSE_COO;
  auto without = [&](auto extra) { return make_ref<Tensor>(WP_DTYPE_FLOAT32, Dims{&two, 1}, Dims{&one, 1}, std::move(extra)); };
  assert_int_equal(refused(*Builder().add("m", without(std::move(meta))).root, "meta", "m"), WP_ERROR_UNSUPPORTED);
  assert_int_equal(refused(*Builder().add("s", without(std::move(sparse))).root, "sparse", "s"), WP_ERROR_UNSUPPORTED);
  for (const char *name : {"__metadata__", "\xed\xa0\x80", "\xff", "a\n\xed\xbf\xbf"}) {
    assert_int_equal(refused(*Builder().add(name, counting(WP_DTYPE_UINT8, {1})).root, "", name), WP_ERROR_UNSUPPORTED);
  }
  assert_int_equal(refused(*Builder().add("\xed\x9f\xbf", counting(WP_DTYPE_UINT8, {1})).root, "", ""), WP_OK);
}

void test_refuses_other_trees(void **) {
  auto with = [](std::string_view name, const std::function<Node *(Tree &)> &make) {
    Builder builder;
    builder.add("a", counting(WP_DTYPE_UINT8, {1}));
    builder.tree->set(*builder.root, builder.tree->string(name), make(*builder.tree));
    return builder;
  };
  assert_int_equal(refused(*with("opt", [](Tree &tree) { return tree.dict(); }).root, "kind dict", "opt"),
                   WP_ERROR_UNSUPPORTED);
  assert_int_equal(refused(*with("epoch", [](Tree &tree) { return tree.integer(1); }).root, "kind int", "epoch"),
                   WP_ERROR_UNSUPPORTED);
  assert_int_equal(refused(*with("b._extra_state", [](Tree &tree) { return tree.none(); }).root, "kind none", "b._extra_state"),
                   WP_ERROR_UNSUPPORTED);
  Builder numbered;
  numbered.tree->set(*numbered.root, numbered.tree->integer(3), numbered.tree->none());
  assert_int_equal(refused(*numbered.root, "entry 0 has a key of kind int", ""), WP_ERROR_UNSUPPORTED);
  assert_int_equal(refused(*numbered.tree->list(), "kind list", ""), WP_ERROR_UNSUPPORTED);
}

void test_flattens_modules(void **) {
  Builder builder;
  Tree &tree = *builder.tree;
  auto module = [&](Node *parameters, Node *modules) {
    Node *body = tree.dict(), *object = tree.object("torch.nn.modules.linear.Linear");
    tree.set(*body, tree.string("_parameters"), parameters);
    tree.set(*body, tree.string("_buffers"), tree.dict());
    tree.set(*body, tree.string("_modules"), modules);
    tree.extra(*object).attributes = body;
    return object;
  };
  builder.add("weight", counting(WP_DTYPE_FLOAT32, {2}));
  Node *modules = tree.dict();
  tree.set(*modules, tree.string("fc"), module(builder.root, tree.dict()));
  auto document = open(write(*module(tree.dict(), modules)));
  assert_int_equal(document.root->dict->size, 1);
  assert_int_equal(tensor(document, "fc.weight").numel(), 2);
}

void test_progress_and_cancel(void **) {
  Builder builder;
  builder.add("a", counting(WP_DTYPE_UINT8, {9'000'000})).add("b", counting(WP_DTYPE_UINT8, {5}));
  std::vector<uint64_t> seen;
  auto note = [](uint64_t done, uint64_t total, void *user) {
    static_cast<std::vector<uint64_t> *>(user)->push_back(done);
    return static_cast<int32_t>(done > total ? 1 : 0);
  };
  Operation watched({}, nullptr, note, &seen);
  MemorySink sink;
  write_safetensors(*builder.root, nullptr, sink, watched);
  assert_true(seen.size() >= 3);
  assert_int_equal(seen.back(), sink.position());

  auto cancel = make_ref<Cancel>();
  cancel->request();
  Operation cancelled({}, cancel.get(), nullptr, nullptr);
  MemorySink other;
  wp_code code = WP_OK;
  try {
    write_safetensors(*builder.root, nullptr, other, cancelled);
  } catch (const Error &error) {
    code = error.code();
  }
  assert_int_equal(code, WP_ERROR_CANCELLED);
  assert_true(other.position() < 9'000'000);
}

void test_fixtures_are_rewritten_byte_for_byte(void **) {
  constexpr const char *kFolder = WEIGHTPORT_FIXTURES "/real";
  if (!std::filesystem::exists(kFolder)) {
    print_message("skipped: there is no %s\n", kFolder);
    skip();  // jumps out of here: nothing may be left to destroy
  }
  const std::filesystem::path folder = kFolder;
  for (const char *name : {"djl_list", "pybridge_module_load", "pybridge_tensors", "stcpp_model"}) {
    auto source = open_file((folder / (std::string(name) + ".safetensors")).string().c_str(), true);
    Operation operation;
    auto document = read_safetensors(source, operation);
    assert_true(write(*document.root, document.metadata) == text_of({source->mapping(), static_cast<size_t>(source->size())}));
  }
  // Written by another program, in an order of its own.
  Operation operation;
  auto document = read_safetensors(open_file((folder / "silero_vad_16k.safetensors").string().c_str(), true), operation);
  auto again = open(write(*document.root, document.metadata));
  assert_int_equal(again.root->dict->size, document.root->dict->size);
  for (uint32_t i = 0; i < document.root->dict->size; ++i) {
    const auto &[key, value] = document.root->dict->entries[i];
    assert_true(elements(tensor(again, key->view())) == elements(*value->tensor.pointer));
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(test_writes_the_bytes_of_the_reference),
      cmocka_unit_test(test_sorts_by_dtype_then_name),
      cmocka_unit_test(test_packed_halves),
      cmocka_unit_test(test_escapes_names_and_keeps_metadata),
      cmocka_unit_test(test_tied_weights),
      cmocka_unit_test(test_metadata_that_looks_like_tied_weights),
      cmocka_unit_test(test_strided_tensors_are_written_contiguous),
      cmocka_unit_test(test_conj_and_neg_bits_are_applied),
      cmocka_unit_test(test_what_is_not_in_memory_passes_through),
      cmocka_unit_test(test_parts_of_compressed_bytes_inflate_them_once),
      cmocka_unit_test(test_refuses_what_the_format_cannot_hold),
      cmocka_unit_test(test_refuses_other_trees),
      cmocka_unit_test(test_flattens_modules),
      cmocka_unit_test(test_progress_and_cancel),
      cmocka_unit_test(test_fixtures_are_rewritten_byte_for_byte),
  };
  return cmocka_run_group_tests_name("safetensors_writer", tests, nullptr, nullptr);
}
