// SPDX-License-Identifier: MIT
#include "checkpoint/load.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace weightport {
namespace {

constexpr uint64_t kChunk = uint64_t{8} << 20;
constexpr uint64_t kSmall = uint64_t{64} << 10;   // storages up to this size share memory: most of the cost of one is to get it
constexpr uint64_t kShared = Buffer::kLargePage;  // that many bytes of them

constexpr uint64_t aligned(uint64_t size) { return (size + Buffer::kAlignment - 1) & ~uint64_t{Buffer::kAlignment - 1}; }

// A storage that is read in pieces by several threads.
struct Target {
  const Storage *storage;
  Extent extent;
  Ref<SharedBuffer> memory;
  std::atomic<uint64_t> left;  // bytes still to read; whoever reads the last ones hands the memory over

  Target(const Storage *s, Extent e) : storage(s), extent(e), left(s->nbytes()) {}
};

// What one thread does in one go: a piece of a target, or several whole storages.
struct Piece {
  Target *target = nullptr;
  uint64_t offset = 0;
  std::vector<const Storage *> storages = {};
  uint64_t size = 0;  // of the storages: with each of them aligned
};

class Loader {
 public:
  Loader(std::span<const Ref<Storage>> storages, Operation &operation) : operation_(operation) {
    uint64_t total = 0;
    for (const Ref<Storage> &storage : storages) {
      total += storage->nbytes();
      storage->nbytes() <= kSmall ? add_small(*storage) : add_large(*storage);
    }
    if (!small_.storages.empty()) pieces_.push_back(std::move(small_));
    operation.set_total(total);
  }

  void run(uint32_t threads) {
    std::vector<std::thread> helpers;
    try {
      while (helpers.size() + 1 < std::min<size_t>(threads, pieces_.size())) helpers.emplace_back([this] { work(); });
    } catch (...) {
      // Fewer threads do the same work.
    }
    work();
    for (std::thread &helper : helpers) helper.join();
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  void add_small(const Storage &storage) {
    uint64_t size = aligned(storage.nbytes());
    if (small_.size + size > kShared) pieces_.push_back(std::exchange(small_, {}));
    small_.storages.push_back(&storage);
    small_.size += size;
  }

  void add_large(const Storage &storage) {
    auto extent = storage.extent();
    if (!extent) {  // to be inflated
      pieces_.push_back({.storages = {&storage}});
      return;
    }
    targets_.push_back(std::make_unique<Target>(&storage, *extent));
    for (uint64_t offset = 0; offset < storage.nbytes(); offset += kChunk) {
      pieces_.push_back({targets_.back().get(), offset, {}, std::min(kChunk, storage.nbytes() - offset)});
    }
  }

  void work() noexcept {
    try {
      for (size_t i; !stop_ && (i = next_++) < pieces_.size();) {
        pieces_[i].target ? read(*pieces_[i].target, pieces_[i]) : read(pieces_[i].storages, pieces_[i].size);
      }
    } catch (...) {
      std::lock_guard lock(mutex_);
      if (!failure_) failure_ = std::current_exception();
      stop_ = true;
    }
  }

  void read(Target &target, const Piece &piece) {
    auto bytes = allocated(target).subspan(piece.offset, piece.size);
    target.extent.source->read(target.extent.offset + piece.offset, bytes);
    if (target.left.fetch_sub(piece.size) == piece.size) {
      std::byte *all = target.memory->bytes.data();
      target.storage->adopt(std::move(target.memory), all);
    }
    operation_.advance(piece.size);
  }

  void read(const std::vector<const Storage *> &storages, uint64_t size) {
    auto memory = make_ref<SharedBuffer>(Buffer(size));
    std::byte *at = memory->bytes.data();
    uint64_t done = 0;
    for (const Storage *storage : storages) {
      if (auto extent = storage->extent()) {
        extent->source->read(extent->offset, {at, static_cast<size_t>(storage->nbytes())});
        storage->adopt(memory, at);
      } else {
        storage->own();
      }
      at += aligned(storage->nbytes());
      done += storage->nbytes();
    }
    operation_.advance(done);
  }

  // Allocated when its first piece is read, so that memory is not all claimed before anything can fail.
  std::span<std::byte> allocated(Target &target) {
    std::lock_guard lock(mutex_);
    if (!target.memory) target.memory = make_ref<SharedBuffer>(Buffer(target.storage->nbytes()));
    return target.memory->bytes.span();
  }

  Operation &operation_;
  std::vector<std::unique_ptr<Target>> targets_;
  std::vector<Piece> pieces_;
  Piece small_;  // storages that wait for more
  std::atomic<size_t> next_{0};
  std::atomic<bool> stop_{false};
  std::mutex mutex_;
  std::exception_ptr failure_;
};

}  // namespace

void load_storages(std::span<const Ref<Storage>> storages, uint32_t threads, Operation &operation) {
  if (!threads) threads = std::clamp(std::thread::hardware_concurrency(), 1u, 8u);
  Loader(storages, operation).run(threads);
}

}  // namespace weightport
