// SPDX-License-Identifier: MIT
#include "progress.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "system.hpp"
#include "text.hpp"

namespace {

constexpr auto kRedraw = std::chrono::milliseconds(100);
constexpr size_t kBar = 16;

std::chrono::milliseconds quiet_time() {
  const char *text = std::getenv("WEIGHTPORT_PROGRESS_AFTER");
  char *end = nullptr;
  double seconds = text ? std::strtod(text, &end) : 1;
  if (end == text || !std::isfinite(seconds)) seconds = 1;
  return std::chrono::milliseconds(std::llround(std::clamp(seconds, 0.0, 1e6) * 1000));
}

std::string time_text(double seconds) {
  auto whole = static_cast<uint64_t>(std::ceil(std::min(seconds, 1e9)));
  if (whole < 120) return std::to_string(whole) + " s";
  return std::to_string(whole / 60) + " min";
}

// "  42%  1.2 GiB of 2.9 GiB  1.1 GiB/s  2 s left"
std::string numbers(double part, uint64_t done, uint64_t total, double seconds) {
  char percent[8];
  std::snprintf(percent, sizeof percent, "%3.0f%%", std::floor(part * 100));
  std::string text = percent;
  text += "  " + size_text(done) + " of " + size_text(total);
  if (done == 0 || seconds <= 0) return text;
  double rate = static_cast<double>(done) / seconds;
  text += "  " + size_text(static_cast<uint64_t>(rate)) + "/s";
  return text + "  " + time_text(static_cast<double>(total - done) / rate) + " left";
}

}  // namespace

Progress::Progress(std::string label)
    : label_(std::move(label)), shown_(can_draw_lines()), start_(Clock::now()), next_(start_ + quiet_time()) {}

Progress::~Progress() {
  if (drawn_) std::fputs("\r\x1b[K", stderr);
}

int32_t Progress::report(uint64_t done_bytes, uint64_t total_bytes, void *user) noexcept {
  auto &self = *static_cast<Progress *>(user);
  if (!self.shown_ || total_bytes == 0) return 0;
  auto now = Clock::now();
  if (now < self.next_) return 0;
  self.next_ = now + kRedraw;
  try {
    self.draw(std::min(done_bytes, total_bytes), total_bytes, now);
  } catch (...) {
    self.shown_ = false;
  }
  return 0;
}

void Progress::draw(uint64_t done, uint64_t total, Clock::time_point now) {
  double part = static_cast<double>(done) / static_cast<double>(total);
  auto filled = static_cast<size_t>(part * kBar);
  std::string line = label_ + " [" + std::string(filled, '=') + std::string(kBar - filled, ' ') + "] ";
  line += numbers(part, done, total, std::chrono::duration<double>(now - start_).count());
  // A line that wraps could not be taken away.
  line.resize(std::min(line.size(), terminal_columns() - 1));
  line = "\r" + line + "\x1b[K";
  std::fwrite(line.data(), 1, line.size(), stderr);
  std::fflush(stderr);
  drawn_ = true;
}
