// SPDX-License-Identifier: MIT
#include "format/crc_worker.hpp"

#include <exception>
#include <utility>

#include "format/checksum.hpp"

namespace weightport {

CrcWorker::Job::Job(CrcWorker &worker, std::span<const std::byte> bytes, uint32_t before) : worker_(worker) {
  worker.make_thread();
  std::lock_guard lock(worker.mutex_);
  worker.bytes_ = bytes;
  worker.crc_ = before;
  worker.state_ = kOffered;
  worker.changed_.notify_one();
}

uint32_t CrcWorker::Job::result() { return worker_.finish() ? crc32(worker_.bytes_, worker_.crc_) : worker_.crc_; }

bool CrcWorker::finish() noexcept {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return state_ != kTaken; });
  return std::exchange(state_, kIdle) == kOffered;
}

CrcWorker::~CrcWorker() {
  if (!thread_.joinable()) return;
  {
    std::lock_guard lock(mutex_);
    state_ = kStop;
    changed_.notify_one();
  }
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
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return state_ == kOffered || state_ == kStop; });
    if (state_ == kStop) return;
    state_ = kTaken;
    lock.unlock();
    crc_ = crc32(bytes_, crc_);
    lock.lock();
    state_ = kDone;
    changed_.notify_one();
  }
}

}  // namespace weightport
