// SPDX-License-Identifier: MIT
// A bar on the terminal that says how far long work is.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

// Drawn on standard error if that is a terminal and the work lasts longer than a second, or than WEIGHTPORT_PROGRESS_AFTER.
class Progress {
 public:
  explicit Progress(std::string label);
  Progress(const Progress &) = delete;
  Progress &operator=(const Progress &) = delete;
  // Takes the bar away.
  ~Progress();

  // For wp_progress, with the Progress as its `user`.
  static int32_t report(uint64_t done_bytes, uint64_t total_bytes, void *user) noexcept;

 private:
  using Clock = std::chrono::steady_clock;

  void draw(uint64_t done, uint64_t total, Clock::time_point now);

  std::string label_;
  bool shown_;
  bool drawn_ = false;
  Clock::time_point start_;
  Clock::time_point next_;
};
