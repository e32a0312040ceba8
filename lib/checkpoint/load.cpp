// SPDX-License-Identifier: MIT
#include "checkpoint/load.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace weightport {
namespace {

constexpr uint64_t kChunk = uint64_t{8} << 20;

// Large storages are read in pieces by several threads, small ones whole.
struct Target {
  const Storage *storage;
  Extent extent;
  Buffer buffer;
  std::atomic<uint64_t> left;  // bytes still to read; whoever reads the last ones hands the buffer over

  Target(const Storage *s, Extent e) : storage(s), extent(e), left(s->nbytes()) {}
};

struct Piece {
  Target *target;  // null: a storage that must be inflated
  const Storage *storage;
  uint64_t offset;
  uint64_t size;
};

class Loader {
 public:
  Loader(std::span<const Ref<Storage>> storages, Operation &operation) : operation_(operation) {
    uint64_t total = 0;
    for (const Ref<Storage> &storage : storages) {
      total += storage->nbytes();
      add(*storage);
    }
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
  void add(const Storage &storage) {
    auto extent = storage.extent();
    if (!extent) {
      pieces_.push_back({nullptr, &storage, 0, storage.nbytes()});
      return;
    }
    targets_.push_back(std::make_unique<Target>(&storage, *extent));
    Target *target = targets_.back().get();
    uint64_t offset = 0;
    do {
      uint64_t size = std::min(kChunk, storage.nbytes() - offset);
      pieces_.push_back({target, &storage, offset, size});
      offset += size;
    } while (offset < storage.nbytes());
  }

  void work() noexcept {
    try {
      for (size_t i; !stop_ && (i = next_++) < pieces_.size();) read(pieces_[i]);
    } catch (...) {
      std::lock_guard lock(mutex_);
      if (!failure_) failure_ = std::current_exception();
      stop_ = true;
    }
  }

  void read(const Piece &piece) {
    if (!piece.target) {
      piece.storage->own();
    } else {
      Target &target = *piece.target;
      target.extent.source->read(target.extent.offset + piece.offset, allocated(target).subspan(piece.offset, piece.size));
      if (target.left.fetch_sub(piece.size) == piece.size) target.storage->adopt(std::move(target.buffer));
    }
    operation_.advance(piece.size);
  }

  // Allocated when its first piece is read, so that memory is not all claimed before anything can fail.
  std::span<std::byte> allocated(Target &target) {
    std::lock_guard lock(mutex_);
    if (!target.buffer.data()) target.buffer = Buffer(target.storage->nbytes());
    return target.buffer.span();
  }

  Operation &operation_;
  std::vector<std::unique_ptr<Target>> targets_;
  std::vector<Piece> pieces_;
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
