// SPDX-License-Identifier: MIT
#include "checkpoint/verify.hpp"

#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/steps.hpp"
#include "value/places.hpp"

namespace weightport {
namespace {

// Where each storage is first used.
class StorageWalk {
 public:
  explicit StorageWalk(const Limits &limits) : steps_(limits) {}

  void run(const Node &root) {
    enter(root, Places::kRoot);
    while (!work_.empty()) {
      auto [node, place] = work_.back();
      work_.pop_back();
      look(*node, place);
    }
  }

  Steps &steps() noexcept { return steps_; }
  const std::vector<const Storage *> &storages() const noexcept { return order_; }
  // "" for a storage that no tensor uses.
  std::string path(const Storage *storage) const {
    auto found = places_of_.find(storage);
    return found == places_of_.end() ? "" : places_.path(found->second);
  }

 private:
  void enter(const Node &node, const Step &step) {
    steps_.take();
    if (!node.is(WP_KIND_TENSOR) && !child_count(node) && !extra_of(node)) return;
    if (seen_.insert(&node).second) work_.push_back({&node, places_.add(step)});
  }
  // Attributes have the place of what they belong to.
  void enter(const Node &node, uint32_t place) {
    steps_.take();
    if (seen_.insert(&node).second) work_.push_back({&node, place});
  }

  void look(const Node &node, uint32_t place) {
    if (const Extra *extra = extra_of(node)) {
      if (extra->attributes) enter(*extra->attributes, place);
      if (extra->args) enter(*extra->args, Step{place, Places::kArgs, nullptr});
    }
    // The last one pushed is looked at first.
    for (uint32_t i = child_count(node); i-- > 0;) enter(*child_at(node, i), Step{place, i, key_at(node, i)});
    if (node.is(WP_KIND_TENSOR)) add(*node.tensor.pointer, place);
  }

  void add(const Tensor &tensor, uint32_t place) {
    if (const Storage *storage = tensor.storage(); storage && places_of_.emplace(storage, place).second) {
      order_.push_back(storage);
    }
    if (!tensor.extra()) return;
    for (const auto &part : tensor.extra()->parts) {
      if (part) add(*part, place);
    }
  }

  Steps steps_;
  Places places_;
  std::vector<std::pair<const Node *, uint32_t>> work_;
  std::unordered_set<const Node *> seen_;
  std::unordered_map<const Storage *, uint32_t> places_of_;
  std::vector<const Storage *> order_;
};

void read_through(const Storage &storage, Operation &operation) {
  storage.stream(Storage::kPiece, [&](std::span<const std::byte> piece) { operation.advance(piece.size()); });
}

}  // namespace

Ref<Report> verify_checkpoint(const Checkpoint &checkpoint, Operation &operation) {
  const Document &document = checkpoint.document();
  StorageWalk walk(operation.limits());
  walk.run(*document.root);
  uint64_t total = 0;
  for (const Storage *storage : walk.storages()) total += storage->nbytes();
  operation.set_total(total);

  std::vector<Finding> findings;
  auto take = [&](const Error &fault, const Storage *storage) {
    findings.push_back({WP_FINDING_CORRUPT, walk.path(storage), fault.line()});
    walk.steps().take(steps_of(findings.back()));
  };
  std::unordered_set<const Storage *> checked;
  if (document.verify_checksums) {
    document.verify_checksums(operation, take);
    for (const auto &storage : document.storages) checked.insert(storage.get());
  }
  for (const Storage *storage : walk.storages()) {
    if (checked.contains(storage)) continue;
    operation.check_cancelled();
    try {
      read_through(*storage, operation);
    } catch (const Error &e) {
      if (!is_content_error(e)) throw;
      take(e, storage);
    }
  }
  return make_ref<Report>(std::move(findings));
}

}  // namespace weightport
