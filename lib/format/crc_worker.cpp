// SPDX-License-Identifier: MIT
#include "format/crc_worker.hpp"

#include <exception>
#include <utility>

#include "format/checksum.hpp"

namespace weightport {

CrcWorker::Job::Job(CrcWorker &worker, std::span<const std::byte> bytes, uint32_t before) : worker_(worker) {
  worker.make_thread();
  worker.bytes_ = bytes;
  worker.crc_ = before;
  worker.state_.store(kOffered, std::memory_order_release);
  worker.state_.notify_one();
}

uint32_t CrcWorker::Job::result() { return worker_.finish() ? crc32(worker_.bytes_, worker_.crc_) : worker_.crc_; }

bool CrcWorker::finish() noexcept {
  State state = kOffered;
  if (state_.compare_exchange_strong(state, kIdle, std::memory_order_acquire)) return true;
  for (; state == kTaken; state = state_.load(std::memory_order_acquire)) state_.wait(kTaken, std::memory_order_acquire);
  state_.store(kIdle, std::memory_order_relaxed);
  return false;
}

CrcWorker::~CrcWorker() {
  if (!thread_.joinable()) return;
  state_.store(kStop, std::memory_order_relaxed);
  state_.notify_one();
  thread_.join();
}

void CrcWorker::make_thread() noexcept {
  if (std::exchange(tried_, true)) return;
  try {
    thread_ = std::thread([this] { run(); });
  } catch (const std::exception &) {
    // Job::result() computes.
  }
}

void CrcWorker::run() noexcept {
  for (;;) {
    State state = kOffered;
    if (state_.compare_exchange_strong(state, kTaken, std::memory_order_acquire)) {
      crc_ = crc32(bytes_, crc_);
      state_.store(kDone, std::memory_order_release);
      state_.notify_one();
    } else if (state == kStop) {
      return;
    } else {
      state_.wait(state, std::memory_order_relaxed);
    }
  }
}

}  // namespace weightport
