// SPDX-License-Identifier: MIT
#include "format/shard_index.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "base/hash.hpp"
#include "format/json.hpp"
#include "format/json_tree.hpp"

namespace weightport {
namespace {

namespace dom = simdjson::dom;

constexpr uint64_t kMaxIndex = 100'000'000;
constexpr uint64_t kEntryBytes = 64;  // of a hash table

class IndexReader {
 public:
  IndexReader(Tree &tree, const Operation &operation) : tree_(tree), operation_(operation) {}

  ShardIndex read(dom::element root) {
    dom::object object = json_value<dom::object>(root, "the index");
    std::optional<dom::element> metadata, weight_map;
    for (auto [key, value] : object) {
      if (key == "metadata" && std::exchange(metadata, value)) fail(WP_ERROR_CORRUPT, "the index holds metadata twice");
      if (key == "weight_map" && std::exchange(weight_map, value)) fail(WP_ERROR_CORRUPT, "the index holds weight_map twice");
    }
    if (!weight_map) fail(WP_ERROR_UNSUPPORTED, "this is a JSON file, but no index of shards: it has no weight_map");
    auto files = json_value<dom::object>(*weight_map, "weight_map");
    for (auto [name, file] : files) add(name, file);
    if (metadata && !metadata->is_null()) {
      json_value<dom::object>(*metadata, "metadata");
      index_.metadata = json_tree(tree_, *metadata, kMaxMetadataDepth, "metadata");
    }
    return std::move(index_);
  }

 private:
  void add(std::string_view name, dom::element value) try {
    operation_.check_cancelled();
    if (index_.weights.size() >= operation_.limits().max_tensors) {
      fail(WP_ERROR_LIMIT, "the index has more than ", operation_.limits().max_tensors, " tensors (wp_limits.max_tensors)");
    }
    auto file = json_value<std::string_view>(value, "the name of the tensor's file");
    if (!is_inside(file)) {
      fail(WP_ERROR_UNSAFE, "the index names \"", printable(file), "\", which is no file in its own folder");
    }
    tree_.charge(sizeof(ShardIndex::Weight) + 2 * kEntryBytes);
    Node *key = tree_.string(name);
    if (!names_.insert(key->view()).second) fail(WP_ERROR_CORRUPT, "weight_map holds a name twice");
    auto known = files_.find(file);
    if (known == files_.end()) {
      known = files_.emplace(tree_.copy(file), index_.files.size()).first;
      index_.files.push_back(known->first);
    }
    index_.weights.push_back({key, known->second});
  } catch (Error &error) {
    throw error.with_key(name);
  }

  Tree &tree_;
  const Operation &operation_;
  ShardIndex index_;
  std::unordered_set<std::string_view, StringHash> names_;
  std::unordered_map<std::string_view, size_t, StringHash> files_;
};

}  // namespace

bool looks_like_shard_index(const Source &source) {
  std::array<std::byte, 8> start{};
  if (source.size() < start.size()) return false;
  source.read(0, start);
  std::string_view text(reinterpret_cast<const char *>(start.data()), start.size());
  // A safetensors file may start with any byte, but not without zeros: they are the upper half of a length.
  return text.find('\0') == text.npos && text.substr(std::min(text.find_first_not_of(" \t\r\n"), text.size())).starts_with('{');
}

ShardIndex read_shard_index(const Source &source, Tree &tree, const Operation &operation) {
  if (source.size() > kMaxIndex) fail(WP_ERROR_LIMIT, "the index has ", source.size(), " bytes, more than ", kMaxIndex);
  Json json(source, 0, source.size(), Budget(operation.limits(), source.size()), "the index");
  return IndexReader(tree, operation).read(json.root());
}

bool is_file_name(std::string_view name) noexcept {
  // A colon stands in Windows's absolute paths and names of streams.
  constexpr std::string_view kSeparators("/\\:\0", 4);
  return !name.empty() && name != "." && name != ".." && name.find_first_of(kSeparators) == name.npos;
}

bool is_inside(std::string_view path) noexcept {
  for (size_t slash; (slash = path.find('/')) != path.npos; path.remove_prefix(slash + 1)) {
    if (!is_file_name(path.substr(0, slash))) return false;
  }
  return is_file_name(path);
}

}  // namespace weightport
