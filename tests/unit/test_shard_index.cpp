// SPDX-License-Identifier: MIT
// Indexes of shards: how they are read and written, and what a hostile one cannot do.
#include <algorithm>
#include <csetjmp>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "base/error.hpp"
#include "format/shard_index.hpp"
#include "format/shard_index_writer.hpp"

extern "C" {
#include <cmocka.h>  // last, because its macro fail() would break the headers above
}

using namespace weightport;

namespace {

Ref<Tree> new_tree() { return make_ref<Tree>(Budget({}, 0)); }

Ref<Source> source_of(std::string_view bytes) {
  Buffer buffer(bytes.size());
  std::copy(bytes.begin(), bytes.end(), reinterpret_cast<char *>(buffer.data()));
  return buffer_source(std::move(buffer), "test.index.json");
}

// What is wrong with an action, or OK; the message has `part`.
wp_code code_of(const std::function<void()> &action, std::string_view part = "") {
  try {
    action();
  } catch (const Error &error) {
    bool right = error.message().find(part) != std::string::npos;
    if (!right) print_error("the message is: %s (%s)\n", error.message().c_str(), error.key().c_str());
    assert_true(right);
    return error.code();
  }
  return WP_OK;
}

wp_code parse(std::string_view json, std::string_view part = "", Limits limits = {}) {
  return code_of(
      [&] {
        auto tree = new_tree();
        Operation operation(limits, nullptr, nullptr, nullptr);
        read_shard_index(*source_of(json), *tree, operation);
      },
      part);
}

std::string mapped(std::string_view file) { return concat(R"({"weight_map":{"a":)", file, "}}"); }

void test_reads_an_index(void **) {
  auto tree = new_tree();
  Operation operation;
  auto source = source_of(R"( {"other": [1], "weight_map": {"b": "x-2.bin", "a\u00e9": "x-1.bin", "c": "x-2.bin"},
    "metadata": {"total_size": 18446744073709551615, "f": 1.5, "n": null, "t": true, "l": [-1, {"s": "v"}]}})");
  auto index = read_shard_index(*source, *tree, operation);
  assert_int_equal(index.files.size(), 2);
  assert_true(index.files[0] == "x-2.bin" && index.files[1] == "x-1.bin");
  assert_int_equal(index.weights.size(), 3);
  assert_true(index.weights[1].name->is_string("a\u00e9"));
  assert_int_equal(index.weights[1].file, 1);
  assert_int_equal(index.weights[2].file, 0);
  assert_true(find(*index.metadata, "total_size")->view() == "18446744073709551615");
  assert_true(child_at(*child_at(*find(*index.metadata, "l"), 1), 0)->is_string("v"));

  assert_int_equal(read_shard_index(*source_of(R"({"weight_map":{}})"), *tree, operation).files.size(), 0);
  assert_null(read_shard_index(*source_of(R"({"weight_map":{},"metadata":null})"), *tree, operation).metadata);
}

void test_refuses_broken_indexes(void **) {
  assert_int_equal(parse(R"({"weight_map":{"a":"x"}})"), WP_OK);
  for (const char *json :
       {"", "{", "[]", "{}{}", R"({"weight_map":{"a":"x"})", "{\"weight_map\":{\"\xff\":\"x\"}}", R"({"weight_map":[]})",
        R"({"weight_map":"x"})", R"({"weight_map":{},"metadata":1})", R"({"weight_map":{},"metadata":[]})",
        R"({"weight_map":{"a":1}})", R"({"weight_map":{"a":null}})", R"({"weight_map":{"a":["x"]}})"}) {
    assert_int_equal(parse(json), WP_ERROR_CORRUPT);
  }
  assert_int_equal(parse(R"({"weight_map":{"a":"x","a":"x"}})", "twice"), WP_ERROR_CORRUPT);
  assert_int_equal(parse(R"({"weight_map":{},"weight_map":{}})", "twice"), WP_ERROR_CORRUPT);
  assert_int_equal(parse(R"({"weight_map":{},"metadata":{},"metadata":{}})", "twice"), WP_ERROR_CORRUPT);
  assert_int_equal(parse(R"({"weight_map":{},"metadata":{"k":1,"k":1}})", "twice"), WP_ERROR_CORRUPT);
  assert_int_equal(parse(R"({"weight_map":{},"metadata":{"x":[{"k":1,"k":1}]}})", "twice"), WP_ERROR_CORRUPT);
  assert_int_equal(parse(R"({"tokenizer":{}})", "no weight_map"), WP_ERROR_UNSUPPORTED);
}

void test_confines_files_to_the_folder(void **) {
  for (const char *name : {"", ".", "..", "/etc/passwd", "../x", "a/../../x", "a/..", "a/", "a//b", "/", "./x", "a/./x",
                           R"(\\\\host)", R"(..\\x)", "C:x", "x:y", R"(a\u0000b)", R"(\/x)", R"(\u002e\u002e)"}) {
    assert_int_equal(parse(mapped(concat("\"", name, "\"")), "no file in its own folder"), WP_ERROR_UNSAFE);
  }
  for (const char *name : {"x", "...", "..x", "a b.bin", R"(\u00e9)", "-", "a/b", "a/..b/c.bin"}) {
    assert_int_equal(parse(mapped(concat("\"", name, "\""))), WP_OK);
  }
}

void test_limits(void **) {
  std::string two = R"({"weight_map":{"a":"x","b":"x"},"metadata":{}})";
  Limits limits;
  limits.max_tensors = 2;
  assert_int_equal(parse(two, "", limits), WP_OK);
  limits.max_tensors = 1;
  assert_int_equal(parse(two, "max_tensors", limits), WP_ERROR_LIMIT);
  limits = {};
  limits.max_bytes = 100;
  assert_int_equal(parse(two, "max_bytes", limits), WP_ERROR_LIMIT);

  auto nested = [](size_t depth) {
    return concat(R"({"weight_map":{},"metadata":{"x":)", std::string(depth, '['), std::string(depth, ']'), "}}");
  };
  assert_int_equal(parse(nested(63)), WP_OK);
  assert_int_equal(parse(nested(64), "nested"), WP_ERROR_LIMIT);
  assert_int_equal(parse(nested(1'000'000), "cannot be parsed"), WP_ERROR_LIMIT);
}

void test_every_cut_and_flipped_byte_ends_well(void **) {
  std::string json = R"({"metadata":{"n":[1,2.5]},"weight_map":{"a":"x","b":"y"}})";
  for (size_t size = 0; size < json.size(); ++size) {
    assert_int_equal(parse(std::string_view(json).substr(0, size)), WP_ERROR_CORRUPT);
  }
  for (size_t at = 0; at < json.size(); ++at) {
    for (int other = 0; other < 256; ++other) {
      std::string flipped = json;
      flipped[at] = static_cast<char>(other);
      wp_code code = parse(flipped);
      assert_true(code == WP_OK || code == WP_ERROR_CORRUPT || code == WP_ERROR_UNSUPPORTED || code == WP_ERROR_UNSAFE);
    }
  }
}

void test_sniffing(void **) {
  assert_true(looks_like_shard_index(*source_of("{\"weight_map\":{}}")));
  assert_true(looks_like_shard_index(*source_of("\n  {\n  \"")));
  assert_false(looks_like_shard_index(*source_of("{}")));
  assert_false(looks_like_shard_index(*source_of("        ")));
  assert_false(looks_like_shard_index(*source_of("[{}, {}, {}]")));
  // The length of a safetensors header.
  assert_false(looks_like_shard_index(*source_of(std::string_view("{\"\0\0\0\0\0\0{", 9))));
}

// Compared with Python 3.11's json.dumps(index, indent=2, sort_keys=True) + "\n".
void test_writes_what_python_writes(void **) {
  auto tree = new_tree();
  Node *metadata = tree->dict(), *list = tree->list();
  tree->append(*list, tree->real(2));
  tree->append(*list, tree->list());
  auto set = [&](const char *key, Node *value) { tree->set(*metadata, tree->string(key), value); };
  set("z", list);
  set("total_size", tree->integer(1));
  set("big", tree->real(1e16));
  set("almost", tree->real(1234567890123456.0));
  set("small", tree->real(0.00001));
  set("tenth", tree->real(0.1));
  set("none", tree->none());
  set("yes", tree->boolean(true));
  set("dict", tree->dict());
  std::string text = write_shard_index(metadata, 12, {{"b\x7f\"", "2"}, {"\u00e9\U0001f600", "1"}, {"a", "3"}}, {});
  assert_string_equal(text.c_str(), R"({
  "metadata": {
    "almost": 1234567890123456.0,
    "big": 1e+16,
    "dict": {},
    "none": null,
    "small": 1e-05,
    "tenth": 0.1,
    "total_size": 12,
    "yes": true,
    "z": [
      2.0,
      []
    ]
  },
  "weight_map": {
    "a": "3",
    "b\u007f\"": "2",
    "\u00e9\ud83d\ude00": "1"
  }
}
)");
  assert_true(write_shard_index(nullptr, 0, {}, {}) ==
              "{\n  \"metadata\": {\n    \"total_size\": 0\n  },\n  \"weight_map\": {}\n}\n");
  tree->append(*list, list);
  assert_int_equal(code_of([&] { write_shard_index(metadata, 0, {}, {}); }, "nested"), WP_ERROR_UNSUPPORTED);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(test_reads_an_index),
      cmocka_unit_test(test_refuses_broken_indexes),
      cmocka_unit_test(test_confines_files_to_the_folder),
      cmocka_unit_test(test_limits),
      cmocka_unit_test(test_every_cut_and_flipped_byte_ends_well),
      cmocka_unit_test(test_sniffing),
      cmocka_unit_test(test_writes_what_python_writes),
  };
  return cmocka_run_group_tests_name("shard_index", tests, nullptr, nullptr);
}
