// SPDX-License-Identifier: MIT
// safetensors headers: what is read, and every rule by which one is refused.
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

extern "C" {
#include <cmocka.h>  // last, because its macro fail() would break the headers above
}

using namespace weightport;

namespace {

std::string file_with(std::string_view header, size_t data_size) {
  std::string out(8, '\0');
  store_le(out.data(), uint64_t{header.size()});
  out += header;
  for (size_t i = 0; i < data_size; ++i) out.push_back(static_cast<char>(i));
  return out;
}

// A heap block of exactly the right size, so that a sanitizer sees a step outside.
Ref<Source> source_of(std::string_view bytes) {
  Buffer buffer(bytes.size());
  std::copy(bytes.begin(), bytes.end(), reinterpret_cast<char *>(buffer.data()));
  return buffer_source(std::move(buffer), "test.safetensors");
}

Document open(std::string_view bytes, Limits limits = {}) {
  Operation operation(limits, nullptr, nullptr, nullptr);
  return read_safetensors(source_of(bytes), operation);
}

Document open(std::string_view header, size_t data_size) { return open(file_with(header, data_size)); }

const Tensor &tensor(const Document &document, std::string_view name) {
  const Node *node = find(*document.root, name);
  assert_non_null(node);
  assert_true(node->is(WP_KIND_TENSOR));
  return *node->tensor.pointer;
}

// The first element, in this machine's byte order.
template <class Int>
Int first(const Tensor &tensor) {
  Int out;
  std::memcpy(&out, tensor.data(), sizeof out);
  return out;
}

wp_code code_of(const std::function<void()> &action) {
  try {
    action();
  } catch (const Error &error) {
    return error.code();
  }
  return WP_OK;
}

// The header is refused with a message that has `part`, for the tensor `key`.
wp_code refused(std::string_view header, size_t data_size, std::string_view part, std::string_view key = "") {
  try {
    open(header, data_size);
  } catch (const Error &error) {
    bool right = error.message().find(part) != std::string::npos && error.key() == key;
    if (!right) print_error("the message is: %s (%s)\n", error.message().c_str(), error.key().c_str());
    assert_true(right);
    return error.code();
  }
  return WP_OK;
}

std::string one(std::string_view dtype, std::string_view shape, std::string_view range) {
  return concat(R"({"a":{"dtype":")", dtype, R"(","shape":)", shape, R"(,"data_offsets":)", range, "}}");
}

void test_reads_tensors_in_the_order_of_the_header(void **) {
  // The data is in another order, spaces pad the header, and an unknown field is passed over.
  auto document = open(R"({"b":{"dtype":"F32","shape":[2,3],"data_offsets":[8,32]},
    "a\u00e9":{"data_offsets":[0,8],"new":{"x":[1,{}]},"shape":[],"dtype":"I64"},
    "empty":{"dtype":"F16","shape":[3,0],"data_offsets":[32,32]}}   )",
                       32);
  assert_int_equal(document.format, WP_FORMAT_SAFETENSORS);
  assert_null(document.metadata);
  const Dict &dict = *document.root->dict;
  assert_int_equal(dict.size, 3);
  assert_true(dict.entries[0].key->is_string("b"));
  assert_true(dict.entries[1].key->is_string("a\u00e9"));
  const Tensor &b = tensor(document, "b");
  assert_int_equal(b.dtype(), WP_DTYPE_FLOAT32);
  assert_true(b.ndim() == 2 && b.shape()[0] == 2 && b.shape()[1] == 3 && b.strides()[0] == 3 && b.strides()[1] == 1);
  assert_int_equal(first<uint32_t>(b), 0x0b0a0908);
  const Tensor &a = tensor(document, "a\u00e9");
  assert_int_equal(a.ndim(), 0);
  assert_int_equal(a.nbytes(), 8);
  assert_int_equal(first<uint64_t>(a), 0x0706050403020100);
  assert_int_equal(tensor(document, "empty").numel(), 0);
  assert_int_equal(document.storages.size(), 3);
  assert_ptr_equal(document.storages[0].get(), b.storage());
}

void test_no_tensors(void **) {
  assert_int_equal(open("{}", 0).root->dict->size, 0);
  assert_int_equal(open(R"({"__metadata__":{"k":"v"}})", 0).metadata->dict->size, 1);
  assert_null(open(R"({"__metadata__":null})", 0).metadata);
}

void test_every_dtype(void **) {
  const std::pair<const char *, const char *> dtypes[] = {{"BOOL", "bool"},
                                                          {"U8", "uint8"},
                                                          {"I8", "int8"},
                                                          {"F8_E4M3", "float8_e4m3fn"},
                                                          {"F8_E5M2", "float8_e5m2"},
                                                          {"F8_E8M0", "float8_e8m0fnu"},
                                                          {"F8_E4M3FNUZ", "float8_e4m3fnuz"},
                                                          {"F8_E5M2FNUZ", "float8_e5m2fnuz"},
                                                          {"I16", "int16"},
                                                          {"U16", "uint16"},
                                                          {"F16", "float16"},
                                                          {"BF16", "bfloat16"},
                                                          {"I32", "int32"},
                                                          {"U32", "uint32"},
                                                          {"F32", "float32"},
                                                          {"F64", "float64"},
                                                          {"I64", "int64"},
                                                          {"U64", "uint64"},
                                                          {"C64", "complex64"}};
  for (const auto &[code, name] : dtypes) {
    size_t size = 3 * itemsize(dtype_from_name(name));
    auto document = open(one(code, "[3]", concat("[0,", size, "]")), size);
    assert_string_equal(dtype_info(tensor(document, "a").dtype())->name, name);
  }
  auto document = open(one("F4", "[2,6]", "[0,6]"), 6);
  assert_int_equal(tensor(document, "a").dtype(), WP_DTYPE_FLOAT4_E2M1FN_X2);
  assert_int_equal(tensor(document, "a").shape()[1], 3);
  assert_int_equal(refused(one("F4", "[2,3]", "[0,3]"), 3, "odd", "a"), WP_ERROR_UNSUPPORTED);
  assert_int_equal(refused(one("F4", "[]", "[0,0]"), 0, "odd", "a"), WP_ERROR_UNSUPPORTED);
  assert_int_equal(refused(one("F6_E2M3", "[4]", "[0,3]"), 3, "\"F6_E2M3\"", "a"), WP_ERROR_UNSUPPORTED);
}

void test_metadata_and_aliases(void **) {
  auto document = open(R"({"__metadata__":{"format":"pt","weightport.alias:tied":"w","weightport.alias:lost":"gone",
    "weightport.alias:v":"w"},"w":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},
    "v":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}})",
                       4);
  assert_int_equal(document.root->dict->size, 3);
  assert_ptr_equal(tensor(document, "tied").storage(), tensor(document, "w").storage());
  assert_ptr_not_equal(tensor(document, "v").storage(), tensor(document, "w").storage());
  assert_int_equal(document.storages.size(), 2);
  assert_int_equal(document.metadata->dict->size, 3);
  assert_true(find(*document.metadata, "format")->is_string("pt"));
  assert_non_null(find(*document.metadata, "weightport.alias:lost"));
  assert_non_null(find(*document.metadata, "weightport.alias:v"));

  assert_int_equal(refused(R"({"__metadata__":{"a":1}})", 0, "__metadata__"), WP_ERROR_CORRUPT);
  assert_int_equal(refused(R"({"__metadata__":[]})", 0, "__metadata__"), WP_ERROR_CORRUPT);
  assert_int_equal(refused(R"({"__metadata__":{"a":"","a":""}})", 0, "\"a\" twice"), WP_ERROR_CORRUPT);
  assert_int_equal(refused(R"({"__metadata__":{},"__metadata__":{}})", 0, "__metadata__ twice"), WP_ERROR_CORRUPT);
}

void test_refuses_a_bad_length(void **) {
  std::string good = file_with(one("U8", "[4]", "[0,4]"), 4);
  auto open_with = [&](uint64_t length) {
    std::string bytes = good;
    store_le(bytes.data(), length);
    assert_false(looks_like_safetensors(*source_of(bytes)) && length > bytes.size() - 8);
    return code_of([&] { open(bytes); });
  };
  assert_int_equal(code_of([&] { open(good); }), WP_OK);
  uint64_t size = good.size();
  for (uint64_t length : {uint64_t{0}, size - 13, size - 11, size - 7, uint64_t{100'000'001}, UINT64_MAX}) {
    assert_int_equal(open_with(length), WP_ERROR_CORRUPT);
  }
}

void test_refuses_bad_json(void **) {
  for (const char *header :
       {"", " {}", "[]", "{", "{]", "{}{}", "{} x", R"({"a":1})", R"({"a":{}})", "{\"\xff\":{}}", R"({"a" {}})"}) {
    assert_int_equal(code_of([&] { open(header, 0); }), WP_ERROR_CORRUPT);
  }
  // Nesting that would overflow the stack of a recursive parser.
  std::string deep = concat("{\"a\":", std::string(1'000'000, '['), std::string(1'000'000, ']'), "}");
  assert_int_equal(code_of([&] { open(deep, 0); }), WP_ERROR_LIMIT);
}

void test_refuses_bad_descriptions(void **) {
  auto code = [](std::string_view fields, std::string_view part) {
    return refused(concat(R"({"a":{)", fields, "}}"), 4, part, "a");
  };
  std::string_view dtype = R"("dtype":"U8")", shape = R"("shape":[4])", range = R"("data_offsets":[0,4])";
  auto all = [](auto... parts) { return concat(parts...); };
  assert_int_equal(code(all(dtype, ",", shape, ",", range), ""), WP_OK);
  assert_int_equal(code(all(shape, ",", range), "no dtype"), WP_ERROR_CORRUPT);
  assert_int_equal(code(all(dtype, ",", range), "no shape"), WP_ERROR_CORRUPT);
  assert_int_equal(code(all(dtype, ",", shape), "no data_offsets"), WP_ERROR_CORRUPT);
  assert_int_equal(code(all(dtype, ",", shape, ",", range, ",", shape), "twice"), WP_ERROR_CORRUPT);
  assert_int_equal(code(all(R"("dtype":8,)", shape, ",", range), "dtype"), WP_ERROR_CORRUPT);
  assert_int_equal(code(all(R"("dtype":"u8",)", shape, ",", range), "\"u8\""), WP_ERROR_UNSUPPORTED);
  for (const char *bad : {"4", "[-4]", "[4.0]", "[\"4\"]", "[[4]]", "[null]", "{}"}) {
    assert_int_equal(code(all(dtype, R"(,"shape":)", bad, ",", range), "shape"), WP_ERROR_CORRUPT);
    assert_int_equal(code(all(dtype, ",", shape, R"(,"data_offsets":)", bad), "data_offsets"), WP_ERROR_CORRUPT);
  }
  for (const char *bad :
       {"[0,4,4]", "[0,-4]", "[4,0]", "[0,5]", "[4,8]", "[0,18446744073709551615]", "[18446744073709551615,4]"}) {
    assert_int_equal(code(all(dtype, ",", shape, R"(,"data_offsets":)", bad), "data_offsets"), WP_ERROR_CORRUPT);
  }
  std::string duplicate = all(R"({"a":{)", dtype, ",", shape, ",", range, R"(},"a":{)", dtype, ",", shape, ",", range, "}}");
  assert_int_equal(refused(duplicate, 4, "a name twice", "a"), WP_ERROR_CORRUPT);
}

void test_refuses_sizes_that_overflow(void **) {
  for (const char *shape : {"[9223372036854775807]", "[4294967296,4294967296]", "[4611686018427387904,4]",
                            "[9223372036854775808]", "[9223372036854775807,2,0]"}) {
    assert_int_equal(code_of([&] { open(one("F32", shape, "[0,0]"), 0); }), WP_ERROR_CORRUPT);
  }
  std::string ones = "[1";
  for (int i = 1; i < 64; ++i) ones += ",1";
  assert_int_equal(code_of([&] { open(one("U8", ones + "]", "[0,1]"), 1); }), WP_OK);
  assert_int_equal(refused(one("U8", ones + ",1]", "[0,1]"), 1, "64 dimensions", "a"), WP_ERROR_LIMIT);
}

void test_refuses_holes_overlaps_and_rests(void **) {
  auto two = [](const char *first, const char *second) {
    return concat(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":)", first,
                  R"(},"b":{"dtype":"U8","shape":[4],"data_offsets":)", second, "}}");
  };
  assert_int_equal(refused(two("[4,8]", "[0,4]"), 8, ""), WP_OK);
  assert_int_equal(refused(two("[0,4]", "[5,9]"), 9, "leave a hole", "b"), WP_ERROR_CORRUPT);
  assert_int_equal(refused(two("[1,5]", "[5,9]"), 9, "leave a hole", "a"), WP_ERROR_CORRUPT);
  assert_int_equal(refused(two("[3,7]", "[0,4]"), 7, "overlap", "a"), WP_ERROR_CORRUPT);
  assert_int_equal(refused(two("[0,4]", "[0,4]"), 4, "overlap", "b"), WP_ERROR_CORRUPT);
  assert_int_equal(refused(two("[0,4]", "[4,8]"), 9, "the tensors end here"), WP_ERROR_CORRUPT);
  assert_int_equal(refused(one("U8", "[3]", "[0,4]"), 4, "not what the shape", "a"), WP_ERROR_CORRUPT);
}

void test_limits_and_cancel(void **) {
  std::string header = R"({"__metadata__":{"weightport.alias:b":"a"},"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}})";
  Limits limits;
  limits.max_tensors = 2;
  assert_int_equal(open(file_with(header, 0), limits).root->dict->size, 2);
  limits.max_tensors = 1;
  assert_int_equal(code_of([&] { open(file_with(header, 0), limits); }), WP_ERROR_LIMIT);
  limits = {};
  limits.max_bytes = 1000;
  assert_int_equal(code_of([&] { open(file_with(header, 0), limits); }), WP_ERROR_LIMIT);

  auto cancel = make_ref<Cancel>();
  cancel->request();
  Operation operation({}, cancel.get(), nullptr, nullptr);
  assert_int_equal(code_of([&] { read_safetensors(source_of(file_with(header, 0)), operation); }), WP_ERROR_CANCELLED);
}

void test_sniffing(void **) {
  auto looks = [](std::string_view bytes) { return looks_like_safetensors(*source_of(bytes)); };
  assert_true(looks(file_with("{}", 0)));
  assert_true(looks(file_with(one("U8", "[4]", "[0,4]"), 4)));
  assert_false(looks(""));
  assert_false(looks(std::string(8, '\0')));
  assert_false(looks(file_with("[]", 0)));
  assert_false(looks(file_with("{}", 0).substr(0, 9)));
  assert_false(looks("{\"a\":{\"dtype\":\"U8\"}}"));
  assert_false(looks("PK\3\4{}{}{}{}{}{}"));
}

const char *const kSmall =
    R"({"__metadata__":{"f":"pt","weightport.alias:c":"a"},"a":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},)"
    R"("b":{"dtype":"U8","shape":[3],"data_offsets":[8,11]}})";

void test_truncated_at_every_byte(void **) {
  std::string bytes = file_with(kSmall, 11);
  assert_int_equal(code_of([&] { open(bytes); }), WP_OK);
  for (size_t size = 0; size < bytes.size(); ++size) {
    assert_int_equal(code_of([&] { open(bytes.substr(0, size)); }), WP_ERROR_CORRUPT);
  }
}

void test_every_flipped_byte_ends_well(void **) {
  std::string bytes = file_with(kSmall, 11);
  size_t refusals = 0;
  for (size_t at = 0; at < bytes.size() - 11; ++at) {
    for (int other = 0; other < 256; ++other) {
      std::string flipped = bytes;
      flipped[at] = static_cast<char>(other);
      wp_code code = code_of([&] {
        auto document = open(flipped);
        for (uint32_t i = 0; i < child_count(*document.root); ++i) child_at(*document.root, i)->tensor.pointer->data();
      });
      assert_true(code == WP_OK || code == WP_ERROR_CORRUPT || code == WP_ERROR_UNSUPPORTED);
      refusals += code != WP_OK;
    }
  }
  assert_true(refusals > 100 * bytes.size());
}

void test_fixtures(void **) {
  constexpr const char *kFolder = WEIGHTPORT_FIXTURES "/real";
  if (!std::filesystem::exists(kFolder)) {
    print_message("skipped: there is no %s\n", kFolder);
    skip();
  }
  for (const auto &[name, tensors] : {std::pair("djl_list", 2), {"pybridge_module_load", 2}, {"stcpp_model", 2}}) {
    auto source = open_file((std::filesystem::path(kFolder) / (std::string(name) + ".safetensors")).string().c_str(), true);
    assert_true(looks_like_safetensors(*source));
    Operation operation;
    assert_int_equal(read_safetensors(source, operation).root->dict->size, tensors);
  }
  auto source = open_file((std::filesystem::path(kFolder) / "stcpp_abuse1.safetensors").string().c_str(), true);
  assert_false(looks_like_safetensors(*source));
  Operation operation;
  assert_int_equal(code_of([&] { read_safetensors(source, operation); }), WP_ERROR_CORRUPT);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(test_reads_tensors_in_the_order_of_the_header),
      cmocka_unit_test(test_no_tensors),
      cmocka_unit_test(test_every_dtype),
      cmocka_unit_test(test_metadata_and_aliases),
      cmocka_unit_test(test_refuses_a_bad_length),
      cmocka_unit_test(test_refuses_bad_json),
      cmocka_unit_test(test_refuses_bad_descriptions),
      cmocka_unit_test(test_refuses_sizes_that_overflow),
      cmocka_unit_test(test_refuses_holes_overlaps_and_rests),
      cmocka_unit_test(test_limits_and_cancel),
      cmocka_unit_test(test_sniffing),
      cmocka_unit_test(test_truncated_at_every_byte),
      cmocka_unit_test(test_every_flipped_byte_ends_well),
      cmocka_unit_test(test_fixtures),
  };
  return cmocka_run_group_tests_name("safetensors", tests, nullptr, nullptr);
}
