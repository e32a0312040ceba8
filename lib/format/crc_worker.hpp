// SPDX-License-Identifier: MIT
// Computes a checksum on another thread while the calling one does something else with the same bytes.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>
#include <thread>

namespace weightport {

// One thread at a time. The other thread exists from the first job to the end; where none can be made, jobs are done by the
// caller.
class CrcWorker {
 public:
  CrcWorker() = default;
  ~CrcWorker();
  CrcWorker(const CrcWorker &) = delete;
  CrcWorker &operator=(const CrcWorker &) = delete;

  // The bytes must stay as long as the job does. One job at a time.
  class Job {
   public:
    Job(CrcWorker &worker, std::span<const std::byte> bytes, uint32_t before);
    ~Job() { worker_.finish(); }
    Job(const Job &) = delete;
    Job &operator=(const Job &) = delete;
    // The checksum; computed here if the other thread has not begun.
    uint32_t result();

   private:
    CrcWorker &worker_;
  };

 private:
  enum State : int { kIdle, kOffered, kTaken, kDone, kStop };

  void make_thread() noexcept;
  void run() noexcept;
  // Waits until the other thread is not at the bytes. True if it has never been.
  bool finish() noexcept;

  // Not std::atomic's wait(), with which a save sometimes hung under Wine (libstdc++ 12 of mingw-w64).
  std::mutex mutex_;
  std::condition_variable changed_;
  State state_ = kIdle;
  // The other thread's while state_ is kTaken, else the caller's.
  std::span<const std::byte> bytes_;
  uint32_t crc_ = 0;
  std::thread thread_;
  bool tried_ = false;
};

}  // namespace weightport
