// SPDX-License-Identifier: MIT
#include "checkpoint/open_sharded.hpp"

#include <algorithm>
#include <memory>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "format/shard_index.hpp"

namespace weightport {
namespace {

struct Shard {
  std::string name;  // in errors
  Document document;
};

class Merger {
 public:
  Merger(const Source &index, const Operation &operation) : operation_(operation) {
    document_.tree = make_ref<Tree>(Budget(operation.limits(), index.size()));
    index_ = read_shard_index(index, *document_.tree, operation);
    document_.root = document_.tree->dict();
    document_.metadata = index_.metadata;
  }

  Document merge(const OpenShard &open, const ReadShard &read) {
    for (std::string_view name : index_.files) add_shard(open(std::string(name)), read);
    for (const auto &weight : index_.weights) add_weight(*weight.name, weight.file);
    bool torch = std::any_of(shards_.begin(), shards_.end(),
                             [](const Shard &shard) { return shard.document.format != WP_FORMAT_SAFETENSORS; });
    document_.format = torch ? WP_FORMAT_TORCH_INDEX : WP_FORMAT_SAFETENSORS_INDEX;
    if (!torch) add_tied();
    document_.verify_checksums = checks();
    return std::move(document_);
  }

 private:
  void add_shard(Ref<Source> source, const ReadShard &read) try {
    operation_.check_cancelled();
    shards_.push_back({source->name(), read(source)});
    Document &shard = shards_.back().document;
    document_.storages.insert(document_.storages.end(), shard.storages.begin(), shard.storages.end());
    for (auto &global : shard.globals) {
      if (global_names_.insert(global.name).second) document_.globals.push_back(std::move(global));
    }
  } catch (Error &error) {
    throw error.in_file(source->name());
  }

  void add_weight(Node &name, size_t file) {
    const Node *found = find(*shards_[file].document.root, name.view());
    if (!found || !found->is(WP_KIND_TENSOR)) {
      throw Error(WP_ERROR_CORRUPT, concat("the shard \"", printable(index_.files[file]), "\" holds no such tensor"))
          .with_key(name.view());
    }
    add(&name, *found);
  }

  void add(Node *name, const Node &tensor) {
    Tree &tree = *document_.tree;
    tree.set(*document_.root, name, tree.tensor(Ref<Tensor>::share(tensor.tensor.pointer)));
    tensors_.insert(tensor.tensor.pointer);
  }

  // Hugging Face leaves these out of weight_map. The reader of a shard restores them as the same tensor under another name.
  void add_tied() {
    for (const auto &shard : shards_) {
      const Node &root = *shard.document.root;
      for (uint32_t i = 0; i < child_count(root); ++i) {
        std::string_view name = key_at(root, i)->view();
        const Node &tensor = *child_at(root, i);
        if (tensors_.contains(tensor.tensor.pointer) && !find(*document_.root, name)) add(document_.tree->string(name), tensor);
      }
    }
  }

  // Keeps of each shard only what its check itself keeps.
  decltype(Document::verify_checksums) checks() {
    std::vector<std::pair<std::string, decltype(Document::verify_checksums)>> checks;
    for (auto &[name, document] : shards_) {
      if (document.verify_checksums) checks.emplace_back(std::move(name), std::move(document.verify_checksums));
    }
    if (checks.empty()) return {};
    return [checks = std::move(checks)](Operation &operation, const TakeFault &take) {
      for (const auto &check : checks) {
        try {
          check.second(operation,
                       [&](const Error &fault, const Storage *storage) { take(Error(fault).in_file(check.first), storage); });
        } catch (Error &error) {
          throw error.in_file(check.first);
        }
      }
    };
  }

  const Operation &operation_;
  Document document_;
  ShardIndex index_;
  std::vector<Shard> shards_;
  std::unordered_set<std::string> global_names_;
  std::unordered_set<const Tensor *> tensors_;
};

}  // namespace

Document read_sharded(const Source &index, const OpenShard &open, const ReadShard &read, Operation &operation) {
  if (!open) fail(WP_ERROR_UNSUPPORTED, "an index of shards can be opened by its path only, since the shards lie beside it");
  return Merger(index, operation).merge(open, read);
}

}  // namespace weightport
