// SPDX-License-Identifier: MIT
// What a long operation carries along: its limits, the caller's wish to stop it, and whom to tell how far it is.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>

#include "base/limits.hpp"
#include "base/ref.hpp"

namespace weightport {

class Cancel : public RefCounted {
 public:
  void request() noexcept { requested_.store(true, std::memory_order_relaxed); }
  bool requested() const noexcept { return requested_.load(std::memory_order_relaxed); }

 private:
  std::atomic<bool> requested_{false};
};

class Operation {
 public:
  Operation() = default;
  Operation(Limits limits, const Cancel *cancel, wp_progress progress, void *progress_user)
      : limits_(limits), cancel_(cancel), progress_(progress), progress_user_(progress_user) {}
  // A part of another one, with limits of its own and no progress.
  Operation(const Operation &whole, const Limits &limits) : limits_(limits), cancel_(whole.cancel_) {}
  Operation(const Operation &) = delete;
  Operation &operator=(const Operation &) = delete;

  const Limits &limits() const noexcept { return limits_; }
  // The first one counts: who knows of all the work calls it before its parts do.
  void set_total(uint64_t bytes) noexcept {
    if (!total_) total_ = bytes;
  }
  void check_cancelled() const;  // throws CANCELLED
  void advance(uint64_t bytes);  // any thread; throws CANCELLED and CALLBACK

 private:
  Limits limits_;
  const Cancel *cancel_ = nullptr;
  wp_progress progress_ = nullptr;
  void *progress_user_ = nullptr;
  std::mutex mutex_;
  uint64_t done_ = 0;
  uint64_t total_ = 0;
};

}  // namespace weightport
