// SPDX-License-Identifier: MIT
// Sharded checkpoints: the files that are written, that they are read back, and what is refused.
#include <algorithm>
#include <csetjmp>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "checkpoint/checkpoint.hpp"
#include "checkpoint/save_sharded.hpp"
#include "temp_folder.hpp"
#include "tensor/wrap.hpp"
#include "value/tree.hpp"

extern "C" {
#include <cmocka.h>  // last, because its macro fail() would break the headers above
}

using namespace weightport;

namespace {

namespace fs = std::filesystem;

Ref<Tree> new_tree() { return make_ref<Tree>(Budget({}, 0)); }

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

// A folder that is removed again.
class Folder {
 public:
  Folder() : path_(test::make_temp_folder()) {}
  Folder(const Folder &) = delete;
  Folder &operator=(const Folder &) = delete;
  ~Folder() { fs::remove_all(path_); }

  std::string operator/(std::string_view name) const { return (path_ / name).string(); }
  void write(std::string_view name, std::string_view text) const {
    std::ofstream(*this / name, std::ios::binary).write(text.data(), static_cast<std::streamsize>(text.size()));
  }
  std::string read(std::string_view name) const {
    std::ifstream file(*this / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const auto &entry : fs::directory_iterator(path_)) names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
  }

 private:
  fs::path path_;
};

struct Builder {
  Ref<Tree> tree = new_tree();
  Node *root = tree->dict();

  Builder &add(std::string_view name, Ref<Tensor> tensor) {
    tree->set(*root, tree->string(name), tree->tensor(std::move(tensor)));
    return *this;
  }
};

Ref<Tensor> filled(int64_t size, int value) {
  auto out = create_tensor(WP_DTYPE_UINT8, {&size, 1});
  std::memset(out->mutable_data(), value, out->nbytes());
  return out;
}

// 9 tensors of 100 bytes, one of 1,000, and 2 tied ones.
Builder model() {
  Builder builder;
  auto tied = filled(100, 9);
  builder.add("tied.z", tied);
  for (int i = 0; i < 4; ++i) builder.add(concat("early.", i), filled(100, i));
  builder.add("large", filled(1000, 77));
  for (int i = 0; i < 4; ++i) builder.add(concat("late.", i), filled(100, 10 + i));
  builder.add("tied.a", Ref<Tensor>(tied));
  return builder;
}

void save(const Builder &builder, const std::string &path, wp_format format, uint64_t max = 300,
          const Node *metadata = nullptr) {
  FileSinkOptions options;
  options.durable = false;
  Operation operation;
  save_sharded(*builder.root, metadata, path.c_str(), format, max, options, operation);
}

Ref<Checkpoint> open(const std::string &path, OpenOptions options = {}, const Limits &limits = {}) {
  Operation operation(limits, nullptr, nullptr, nullptr);
  return open_checkpoint(path.c_str(), options, operation);
}

const Tensor &tensor(const Document &document, std::string_view name) {
  const Node *node = find(*document.root, name);
  assert_non_null(node);
  return *node->tensor.pointer;
}

void assert_same_tensors(const Document &document, const Builder &builder) {
  assert_int_equal(document.root->dict->size, builder.root->dict->size);
  for (uint32_t i = 0; i < builder.root->dict->size; ++i) {
    const auto &[key, value] = builder.root->dict->entries[i];
    const Tensor &read = tensor(document, key->view());
    assert_int_equal(read.nbytes(), value->tensor.pointer->nbytes());
    assert_memory_equal(read.data(), value->tensor.pointer->data(), read.nbytes());
  }
  assert_ptr_equal(tensor(document, "tied.a").storage(), tensor(document, "tied.z").storage());
}

// The shard of the large tensor comes before the one that was being filled, as huggingface_hub has it.
void test_safetensors_shards(void **) {
  Folder folder;
  Builder builder = model();
  std::string path = folder / "model.safetensors.index.json";
  save(builder, path, WP_FORMAT_SAFETENSORS_INDEX);
  assert_string_equal(folder.read("model.safetensors.index.json").c_str(), R"({
  "metadata": {
    "total_size": 1900
  },
  "weight_map": {
    "early.0": "model-00001-of-00004.safetensors",
    "early.1": "model-00001-of-00004.safetensors",
    "early.2": "model-00003-of-00004.safetensors",
    "early.3": "model-00003-of-00004.safetensors",
    "large": "model-00002-of-00004.safetensors",
    "late.0": "model-00003-of-00004.safetensors",
    "late.1": "model-00004-of-00004.safetensors",
    "late.2": "model-00004-of-00004.safetensors",
    "late.3": "model-00004-of-00004.safetensors",
    "tied.a": "model-00001-of-00004.safetensors"
  }
}
)");
  assert_int_equal(folder.names().size(), 5);
  assert_true(folder.read("model-00002-of-00004.safetensors").find(R"({"__metadata__":{"format":"pt"},"large":)") == 8);

  auto checkpoint = open(path);
  const Document &document = checkpoint->document();
  assert_int_equal(document.format, WP_FORMAT_SAFETENSORS_INDEX);
  assert_same_tensors(document, builder);
  assert_int_equal(find(*document.metadata, "total_size")->integer, 1900);
  assert_int_equal(document.storages.size(), 10);
  assert_int_equal(checkpoint->state_dict(nullptr)->size(), 11);
  OpenOptions read;
  read.memory = WP_MEMORY_READ;
  assert_same_tensors(open(path, read)->document(), builder);
}

void test_torch_shards(void **) {
  Folder folder;
  Builder builder = model();
  std::string path = folder / "pytorch_model.bin.index.json";
  save(builder, path, WP_FORMAT_TORCH_INDEX);
  assert_int_equal(folder.names().size(), 5);
  assert_true(folder.names()[0] == "pytorch_model-00001-of-00004.bin");
  std::string index = folder.read("pytorch_model.bin.index.json");
  assert_true(index.find(R"("tied.a": "pytorch_model-00001-of-00004.bin")") != index.npos);
  assert_true(index.find(R"("tied.z": "pytorch_model-00001-of-00004.bin")") != index.npos);

  OpenOptions checked;
  checked.verify_checksums = true;
  auto checkpoint = open(path, checked);
  assert_int_equal(checkpoint->document().format, WP_FORMAT_TORCH_INDEX);
  assert_same_tensors(checkpoint->document(), builder);
  checkpoint = {};  // Windows lets nobody write a file that is mapped

  // A flipped byte is found by the checksum, and its shard is named.
  std::string shard = folder.read("pytorch_model-00002-of-00004.bin");
  shard[shard.find(std::string(500, 77))] ^= 1;
  folder.write("pytorch_model-00002-of-00004.bin", shard);
  open(path);
  try {
    open(path, checked);
    assert_true(false);
  } catch (const Error &error) {
    assert_int_equal(error.code(), WP_ERROR_CORRUPT);
    assert_true(error.file().ends_with("pytorch_model-00002-of-00004.bin"));
  }
}

void test_a_second_save_gives_the_same_bytes(void **) {
  for (auto [name, format] :
       {std::pair("m.safetensors.index.json", WP_FORMAT_SAFETENSORS_INDEX), {"m.bin.index.json", WP_FORMAT_TORCH_INDEX}}) {
    Folder first, second, third;
    save(model(), first / name, format);
    save(model(), second / name, format);
    assert_true(first.names() == second.names());
    for (const auto &file : first.names()) assert_true(first.read(file) == second.read(file));

    // Over the very files that are mapped; the order is that of the index from then on.
    auto resave = [format = format](const std::string &from, const std::string &to) {
      auto checkpoint = open(from);
      Operation operation;
      save_sharded(*checkpoint->document().root, checkpoint->document().metadata, to.c_str(), format, 300, {}, operation);
    };
    resave(first / name, first / name);
    resave(first / name, third / name);
    assert_same_tensors(open(first / name)->document(), model());
    for (const auto &file : third.names()) assert_true(first.read(file) == third.read(file));
  }
}

void test_views_stay_with_their_storage(void **) {
  auto whole = filled(400, 1);
  auto part = [&](int64_t offset, int64_t size) {
    const int64_t one = 1;
    return view_tensor(*whole, offset, {&size, 1}, &one);
  };
  Builder builder;
  builder.add("a", part(0, 100)).add("b", filled(100, 2)).add("c", filled(100, 3)).add("d", part(50, 100));
  Folder folder;
  save(builder, folder / "x.safetensors.index.json", WP_FORMAT_SAFETENSORS_INDEX);
  // Two views of 100 bytes each, then the others.
  assert_true(folder.read("x.safetensors.index.json").find("\"total_size\": 400") != std::string::npos);
  assert_int_equal(folder.names().size(), 3);
  assert_true(folder.read("x-00001-of-00002.safetensors").find("\"d\":") != std::string::npos);
  // A .bin file holds the storage of 400 bytes whole.
  save(builder, folder / "x.bin.index.json", WP_FORMAT_TORCH_INDEX);
  assert_true(folder.read("x.bin.index.json").find("\"total_size\": 600") != std::string::npos);
  assert_true(folder.read("x.bin.index.json").find("\"d\": \"x-00001-of-00002.bin\"") != std::string::npos);
}

void test_metadata_is_kept(void **) {
  Folder folder;
  Builder builder;
  builder.add("a", filled(1, 1));
  Node *metadata = builder.tree->dict();
  auto set = [&](const char *key, Node *value) { builder.tree->set(*metadata, builder.tree->string(key), value); };
  set("author", builder.tree->string("me"));
  set("total_size", builder.tree->integer(7));
  set("total_parameters", builder.tree->integer(9));
  save(builder, folder / "x.safetensors.index.json", WP_FORMAT_SAFETENSORS_INDEX, 300, metadata);
  auto checkpoint = open(folder / "x.safetensors.index.json");
  const Node &read = *checkpoint->document().metadata;
  assert_true(find(read, "author")->is_string("me"));
  assert_int_equal(find(read, "total_size")->integer, 1);
  assert_int_equal(find(read, "total_parameters")->integer, 9);
  assert_true(folder.read("x-00001-of-00001.safetensors").find(R"({"__metadata__":{"format":"pt","author":"me"},)") == 8);
}

void test_refuses_to_save(void **) {
  Folder folder;
  auto code = [&](std::string_view name, wp_format format) { return code_of([&] { save(Builder(), folder / name, format); }); };
  assert_int_equal(code("x.json", WP_FORMAT_SAFETENSORS_INDEX), WP_ERROR_INVALID_ARGUMENT);
  assert_int_equal(code("x.bin.index.json", WP_FORMAT_SAFETENSORS_INDEX), WP_ERROR_INVALID_ARGUMENT);
  assert_int_equal(code("x.safetensors.index.json", WP_FORMAT_TORCH_INDEX), WP_ERROR_INVALID_ARGUMENT);
  assert_int_equal(code("a:b.bin.index.json", WP_FORMAT_TORCH_INDEX), WP_ERROR_INVALID_ARGUMENT);
  assert_int_equal(code("no/x.bin.index.json", WP_FORMAT_TORCH_INDEX), WP_ERROR_NOT_FOUND);
  assert_true(folder.names().empty());
  Builder nested;
  nested.tree->set(*nested.root, nested.tree->string("epoch"), nested.tree->integer(1));
  assert_int_equal(code_of([&] { save(nested, folder / "x.bin.index.json", WP_FORMAT_TORCH_INDEX); }), WP_ERROR_UNSUPPORTED);
  save(Builder(), folder / "x.bin.index.json", WP_FORMAT_TORCH_INDEX);
  assert_int_equal(open(folder / "x.bin.index.json")->document().root->dict->size, 0);
}

// What fails in the third shard leaves the files of an earlier save as they were.
void test_a_failed_save_changes_nothing(void **) {
  Folder folder;
  std::string path = folder / "x.safetensors.index.json";
  save(model(), path, WP_FORMAT_SAFETENSORS_INDEX);
  auto all = [&] {
    std::string text;
    for (const auto &name : folder.names()) text += name + folder.read(name);
    return text;
  };
  std::string before = all();
  Builder other = model();
  const int64_t two = 2, one = 1;
  other.add("late.0", make_ref<Tensor>(owned_storage(Buffer::zeroed(100)), WP_DTYPE_QINT8, Dims{&two, 1}, Dims{&one, 1}, 0));
  std::memset(find(*other.root, "early.0")->tensor.pointer->mutable_data(), 0xff, 100);
  assert_int_equal(code_of([&] { save(other, path, WP_FORMAT_SAFETENSORS_INDEX); }), WP_ERROR_UNSUPPORTED);
  assert_true(all() == before);
}

void test_refuses_shards_that_do_not_fit(void **) {
  Folder folder;
  std::string path = folder / "m.safetensors.index.json";
  save(model(), path, WP_FORMAT_SAFETENSORS_INDEX, 1'000'000);
  auto opens = [&](std::string_view json, std::string_view part) {
    folder.write("other.json", json);
    return code_of([&] { open(folder / "other.json"); }, part);
  };
  auto map = [](std::string_view name, std::string_view file) {
    return concat(R"({"weight_map":{")", name, R"(":")", file, R"("}})");
  };
  std::string_view shard = "m-00001-of-00001.safetensors";
  assert_int_equal(opens(map("large", shard), ""), WP_OK);
  assert_int_equal(opens(map("gone", shard), "m-00001-of-00001.safetensors"), WP_ERROR_CORRUPT);
  assert_int_equal(opens(map("large", "gone"), "cannot open"), WP_ERROR_NOT_FOUND);
  // An index is no shard: no index can name itself.
  assert_int_equal(opens(map("large", "other.json"), ""), WP_ERROR_UNSUPPORTED);
  // Without a path there are no files beside it.
  Operation operation;
  assert_int_equal(code_of([&] { open_checkpoint(open_file(path.c_str(), true), {}, operation); }, "path"),
                   WP_ERROR_UNSUPPORTED);
  // Of a shard, only what the index names is there; tied names come along.
  folder.write("one.json", map("tied.a", shard));
  auto checkpoint = open(folder / "one.json");
  assert_int_equal(checkpoint->document().root->dict->size, 2);
  assert_ptr_equal(tensor(checkpoint->document(), "tied.z").storage(), tensor(checkpoint->document(), "tied.a").storage());
}

// What the shards hold beside the weights that the index names counts too.
void test_limits_count_all_shards(void **) {
  Folder folder;
  Builder builder;
  for (int i = 0; i < 100; ++i) builder.add(concat("t", i), filled(1, i));
  auto save_shard = [&](const char *name) {
    save(builder, folder / "m.bin.index.json", WP_FORMAT_TORCH_INDEX, 1'000'000);
    fs::rename(folder / "m-00001-of-00001.bin", folder / name);
  };
  save_shard("a.bin");
  save_shard("b.bin");
  folder.write("both.json", R"({"weight_map":{"t0":"a.bin","t1":"b.bin"}})");
  Limits limits;
  limits.max_bytes = 400'000;
  limits.max_tensors = 150;
  auto opens = [&](const char *name, std::string_view part = "") {
    return code_of([&] { open(folder / name, {}, limits); }, part);
  };
  assert_int_equal(opens("a.bin"), WP_OK);
  assert_int_equal(opens("both.json"), WP_ERROR_LIMIT);
  limits.max_tensors = 200;
  assert_int_equal(opens("both.json"), WP_OK);
  limits.max_bytes = 200'000;
  assert_int_equal(opens("a.bin"), WP_OK);
  assert_int_equal(opens("both.json", "more than 200000 bytes"), WP_ERROR_LIMIT);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(test_safetensors_shards),
      cmocka_unit_test(test_torch_shards),
      cmocka_unit_test(test_a_second_save_gives_the_same_bytes),
      cmocka_unit_test(test_views_stay_with_their_storage),
      cmocka_unit_test(test_metadata_is_kept),
      cmocka_unit_test(test_refuses_to_save),
      cmocka_unit_test(test_a_failed_save_changes_nothing),
      cmocka_unit_test(test_refuses_shards_that_do_not_fit),
      cmocka_unit_test(test_limits_count_all_shards),
  };
  return cmocka_run_group_tests_name("sharded", tests, nullptr, nullptr);
}
