// SPDX-License-Identifier: MIT
// How much heap and processor time one input takes.
#include <sys/time.h>

#include <atomic>
#include <csignal>

#include "fuzz.hpp"

// Of the address sanitizer; null in other builds.
extern "C" {
[[gnu::weak]] int __sanitizer_install_malloc_and_free_hooks(void (*)(const volatile void *, size_t),
                                                            void (*)(const volatile void *));
[[gnu::weak]] size_t __sanitizer_get_allocated_size(const volatile void *);
// Of libFuzzer; null in a replay, where nothing is timed.
[[gnu::weak]] int LLVMFuzzerRunDriver(int *, char ***, int (*)(const uint8_t *, size_t));
}

namespace fuzz {
namespace {

constexpr int64_t kMaxHeap = int64_t{64} << 20;
constexpr time_t kSeconds = 10;  // one, times what the instrumentation costs

std::atomic<int64_t> heap{0};
std::atomic<int64_t> allowed{INT64_MAX};

void on_malloc(const volatile void *, size_t size) {
  if (heap.fetch_add(static_cast<int64_t>(size)) + static_cast<int64_t>(size) <= allowed) return;
  allowed = INT64_MAX;
  broken("opening takes at most 64 MiB");
}

void on_free(const volatile void *memory) {
  if (memory) heap -= static_cast<int64_t>(__sanitizer_get_allocated_size(memory));
}

void on_time(int) { broken("opening takes at most one second"); }

// Counts processor time, which a busy machine does not take from it.
void set_timer(time_t seconds) {
  if (!LLVMFuzzerRunDriver) return;
  itimerval timer{{0, 0}, {seconds, 0}};
  setitimer(ITIMER_VIRTUAL, &timer, nullptr);
}

bool install() {
  if (__sanitizer_install_malloc_and_free_hooks) __sanitizer_install_malloc_and_free_hooks(on_malloc, on_free);
  std::signal(SIGVTALRM, on_time);
  return true;
}

}  // namespace

Bounds::Bounds() {
  static const bool installed = install();
  static_cast<void>(installed);
  allowed = heap + kMaxHeap;
  set_timer(kSeconds);
}

Bounds::~Bounds() {
  set_timer(0);
  allowed = INT64_MAX;
}

}  // namespace fuzz
