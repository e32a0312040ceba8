// SPDX-License-Identifier: MIT
#include "checkpoint/open_sharded.hpp"

#include <algorithm>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/hash.hpp"
#include "format/shard_index.hpp"

namespace weightport {
namespace {

class Merger {
 public:
  Merger(const Source &index, const Operation &operation) : operation_(operation) {
    document_.tree = make_ref<Tree>(Budget(operation.limits(), index.size()));
    index_ = read_shard_index(index, *document_.tree, operation);
    document_.root = document_.tree->dict();
    document_.metadata = index_.metadata;
    tensors_.resize(index_.weights.size());
    weights_of_.resize(index_.files.size());
    for (size_t i = 0; i < index_.weights.size(); ++i) weights_of_[index_.weights[i].file].push_back(i);
  }

  Document merge(const OpenShard &open, const ReadShard &read) {
    bool torch = false;
    for (size_t i = 0; i < index_.files.size(); ++i) torch |= !add_shard(i, open(std::string(index_.files[i])), read);
    for (size_t i = 0; i < tensors_.size(); ++i) add(index_.weights[i].name, std::move(tensors_[i]));
    document_.format = torch ? WP_FORMAT_TORCH_INDEX : WP_FORMAT_SAFETENSORS_INDEX;
    if (!torch) add_tied();
    document_.verify_checksums = take_checks();
    return std::move(document_);
  }

 private:
  // Of a shard's tree nothing is left: there may be many. True for safetensors.
  bool add_shard(size_t number, Ref<Source> source, const ReadShard &read) {
    Document shard = read_shard(source, read);
    const Node &root = *shard.root;
    bool safetensors = shard.format == WP_FORMAT_SAFETENSORS;
    std::unordered_set<const Tensor *> known;
    std::unordered_set<std::string_view, StringHash> names;
    for (size_t i : weights_of_[number]) {
      Node &name = *index_.weights[i].name;
      const Node *found = find(root, name.view());
      if (!found || !found->is(WP_KIND_TENSOR)) {
        throw Error(WP_ERROR_CORRUPT, concat("the shard \"", printable(index_.files[number]), "\" holds no such tensor"))
            .with_key(name.view());
      }
      tensors_[i] = Ref<Tensor>::share(found->tensor.pointer);
      if (!safetensors) continue;
      known.insert(found->tensor.pointer);
      names.insert(name.view());
    }
    // Hugging Face leaves tied tensors out of weight_map. The reader restores them as the same tensor under another name.
    for (uint32_t i = 0; safetensors && i < child_count(root); ++i) {
      std::string_view name = key_at(root, i)->view();
      Tensor *tensor = child_at(root, i)->tensor.pointer;
      if (!known.contains(tensor) || names.contains(name)) continue;
      tied_.emplace_back(document_.tree->string(name), Ref<Tensor>::share(tensor));
    }
    document_.storages.insert(document_.storages.end(), shard.storages.begin(), shard.storages.end());
    for (auto &global : shard.globals) {
      if (global_names_.insert(global.name).second) document_.globals.push_back(std::move(global));
    }
    if (shard.verify_checksums) checks_.emplace_back(source->name(), std::move(shard.verify_checksums));
    return safetensors;
  }

  // All shards together may take what one file of their size may.
  Document read_shard(const Ref<Source> &source, const ReadShard &read) try {
    operation_.check_cancelled();
    Tree &tree = *document_.tree;
    tree.extend_budget(source->size());
    Limits left = operation_.limits();
    left.max_bytes = tree.budget().max();
    left.used_bytes = tree.budget().used();
    left.max_tensors -= std::min<uint64_t>(tensors_read_, left.max_tensors);
    Operation part(operation_, left);
    Document shard = read(source, part);
    tree.charge(shard.tree->budget().used() - left.used_bytes);
    tensors_read_ += shard.tree->tensor_count();
    return shard;
  } catch (Error &error) {
    throw error.in_file(source->name());
  }

  void add(Node *name, Ref<Tensor> tensor) {
    Tree &tree = *document_.tree;
    tree.set(*document_.root, name, tree.tensor(std::move(tensor)));
  }

  void add_tied() {
    for (auto &[name, tensor] : tied_) {
      if (!find(*document_.root, name->view())) add(name, std::move(tensor));
    }
  }

  decltype(Document::verify_checksums) take_checks() {
    if (checks_.empty()) return {};
    return [checks = std::move(checks_)](Operation &operation, const TakeFault &take) {
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
  std::vector<std::vector<size_t>> weights_of_;                                       // each file's, in the index
  std::vector<Ref<Tensor>> tensors_;                                                  // of the index's weights
  std::vector<std::pair<Node *, Ref<Tensor>>> tied_;                                  // to one of these, with its name
  std::vector<std::pair<std::string, decltype(Document::verify_checksums)>> checks_;  // by the shard's name in errors
  std::unordered_set<std::string, StringHash> global_names_;
  uint64_t tensors_read_ = 0;
};

}  // namespace

Document read_sharded(const Source &index, const OpenShard &open, const ReadShard &read, Operation &operation) {
  if (!open) fail(WP_ERROR_UNSUPPORTED, "an index of shards can be opened by its path only, since the shards lie beside it");
  return Merger(index, operation).merge(open, read);
}

}  // namespace weightport
