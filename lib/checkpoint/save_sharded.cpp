// SPDX-License-Identifier: MIT
// After huggingface_hub/serialization/_base.py (split_state_dict_into_shards_factory).
#include "checkpoint/save_sharded.hpp"

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "format/flat_state_dict.hpp"
#include "format/safetensors_writer.hpp"
#include "format/shard_index.hpp"
#include "format/shard_index_writer.hpp"
#include "format/torch_zip_writer.hpp"
#include "io/path.hpp"
#include "value/tree.hpp"

namespace weightport {
namespace {

// Shards that are written and not yet visible, each of which holds its folder open.
constexpr size_t kMaxPending = 500;

// A path's parts around the number of a shard.
struct Names {
  std::string folder;  // with its slash
  std::string stem;
  std::string_view ending;

  std::string shard(size_t number, size_t count) const {
    auto padded = [](size_t n) {
      std::string digits = concat(n);
      return std::string(digits.size() < 5 ? 5 - digits.size() : 0, '0') + digits;
    };
    return concat(stem, "-", padded(number + 1), "-of-", padded(count), ending);
  }
};

Names names_of(std::string_view path, wp_format format) {
  constexpr std::string_view kIndex = ".index.json";
  std::string_view ending = format == WP_FORMAT_SAFETENSORS_INDEX ? ".safetensors" : ".bin";
  std::string_view rest = path;
  auto strip = [&](std::string_view tail) {
    if (!rest.ends_with(tail)) fail(WP_ERROR_INVALID_ARGUMENT, "the path of this index must end in ", ending, kIndex);
    rest.remove_suffix(tail.size());
  };
  strip(kIndex);
  strip(ending);
  size_t folder = folder_size(rest);
  Names names{std::string(rest.substr(0, folder)), std::string(rest.substr(folder)), ending};
  if (!is_file_name(names.shard(0, 1))) fail(WP_ERROR_INVALID_ARGUMENT, "the path names shards that no index can name");
  return names;
}

class Split {
 public:
  Split(const std::vector<NamedTensor> &tensors, wp_format format, uint64_t max_size)
      : tensors_(tensors), tied_(tied_weights(tensors)), safetensors_(format == WP_FORMAT_SAFETENSORS_INDEX) {
    group();
    assign(max_size);
    for (size_t i = 0; i < group_of_.size(); ++i) shards_[groups_[group_of_[i]].shard].push_back(i);
  }

  // Tensors by their numbers in the state_dict.
  const std::vector<std::vector<size_t>> &shards() const noexcept { return shards_; }
  uint64_t total_size() const noexcept { return total_size_; }
  // The index does not name what a shard's metadata records only.
  bool is_stored(size_t i) const noexcept { return !safetensors_ || tied_[i] == i; }

 private:
  struct Group {
    uint64_t size = 0;
    size_t shard = 0;
  };

  // Tensors of one storage: .bin holds the storage, .safetensors each view of it.
  void group() {
    std::unordered_map<const Storage *, size_t> known;
    for (size_t i = 0; i < tensors_.size(); ++i) {
      const Tensor &tensor = *tensors_[i].tensor;
      const Storage *storage = tensor.storage();
      bool added = !storage || known.try_emplace(storage, groups_.size()).second;
      group_of_.push_back(added ? groups_.size() : known[storage]);
      if (added) groups_.emplace_back();
      uint64_t size = safetensors_ || !storage ? tensor.nbytes() : storage->nbytes();
      if (safetensors_ ? is_stored(i) : added) groups_[group_of_[i]].size += size;
    }
  }

  // A group that is too large for any shard comes before the shard that is being filled.
  void assign(uint64_t max_size) {
    std::vector<size_t> filling;
    uint64_t filled = 0;
    auto close = [&](const std::vector<size_t> &shard) {
      for (size_t group : shard) groups_[group].shard = shards_.size();
      shards_.emplace_back();
    };
    for (size_t i = 0; i < groups_.size(); ++i) {
      uint64_t size = groups_[i].size;
      total_size_ += size;
      if (size > max_size) {
        close({i});
        continue;
      }
      if (!filling.empty() && size > max_size - filled) {
        close(filling);
        filling.clear();
        filled = 0;
      }
      filling.push_back(i);
      filled += size;
    }
    if (!filling.empty()) close(filling);
  }

  const std::vector<NamedTensor> &tensors_;
  std::vector<size_t> tied_;
  bool safetensors_;
  std::vector<Group> groups_;
  std::vector<size_t> group_of_;
  std::vector<std::vector<size_t>> shards_;
  uint64_t total_size_ = 0;
};

// Transformers refuses a shard whose metadata does not name the framework.
Node *shard_metadata(Tree &tree, const Node *metadata) {
  Node *dict = tree.dict();
  tree.set(*dict, tree.string("format"), tree.string("pt"));
  for (uint32_t i = 0; metadata && i < child_count(*metadata); ++i) {
    const Node *key = key_at(*metadata, i), *value = child_at(*metadata, i);
    if (key && key->is(WP_KIND_STRING) && value->is(WP_KIND_STRING)) {
      tree.set(*dict, tree.string(key->view()), tree.string(value->view()));
    }
  }
  return dict;
}

void write_shard(const std::vector<NamedTensor> &tensors, const std::vector<size_t> &shard, const Node *metadata,
                 wp_format format, Sink &sink, Operation &operation) try {
  Ref<Tree> tree = make_ref<Tree>();
  Node *root = tree->dict();
  for (size_t i : shard) tree->set(*root, tree->string(tensors[i].name), tree->tensor(Ref<Tensor>::share(tensors[i].tensor)));
  if (format == WP_FORMAT_SAFETENSORS_INDEX) {
    write_safetensors(*root, shard_metadata(*tree, metadata), sink, operation);
  } else {
    write_torch_zip(*root, sink, operation);
  }
} catch (Error &error) {
  throw error.in_file(sink.name());
}

}  // namespace

void save_sharded(const Node &root, const Node *metadata, const char *path, wp_format format, uint64_t max_shard_size,
                  const FileSinkOptions &options, Operation &operation) {
  Names names = names_of(path, format);
  FlatStateDict state_dict = flat_state_dict(root, operation.limits());
  Split split(state_dict.tensors, format, max_shard_size);
  operation.set_total(split.total_size());

  const auto &shards = split.shards();
  std::vector<std::string> files;
  for (size_t i = 0; i < shards.size(); ++i) files.push_back(names.shard(i, shards.size()));
  std::vector<std::pair<std::string_view, std::string_view>> weight_map;
  for (size_t i = 0; i < shards.size(); ++i) {
    for (size_t tensor : shards[i]) {
      if (split.is_stored(tensor)) weight_map.emplace_back(state_dict.tensors[tensor].name, files[i]);
    }
  }
  std::string index = write_shard_index(metadata, split.total_size(), std::move(weight_map), operation.limits());

  std::deque<std::unique_ptr<Sink>> pending;
  for (size_t i = 0; i < shards.size(); ++i) {
    // The folder is synced before the index names the shards, and after.
    FileSinkOptions shard = options;
    shard.sync_folder = i + 1 == shards.size();
    pending.push_back(file_sink((names.folder + files[i]).c_str(), shard));
    write_shard(state_dict.tensors, shards[i], metadata, format, *pending.back(), operation);
    pending.back()->prepare();
    if (pending.size() > kMaxPending) {
      pending.front()->finish();
      pending.pop_front();
    }
  }
  pending.push_back(file_sink(path, options));
  pending.back()->write(std::as_bytes(std::span(index)));
  for (const auto &sink : pending) sink->finish();
}

}  // namespace weightport
