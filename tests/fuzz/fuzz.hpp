// SPDX-License-Identifier: MIT
// What every fuzz target shares: what it may be thrown, what one input may cost, and choices made by the input's bytes.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/operation.hpp"
#include "checkpoint/checkpoint.hpp"
#include "io/source.hpp"
#include "weightport/weightport.h"

// What a target defines, and libFuzzer or replay.cpp calls.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

namespace fuzz {

using weightport::Ref;
using weightport::Source;

// Ends the program, so that the input is kept.
[[noreturn]] inline void broken(const char *promise, std::string_view detail = "") {
  std::fprintf(stderr, "broken promise: %s: %.*s\n", promise, static_cast<int>(detail.size()), detail.data());
  std::abort();
}

inline void expect(bool kept, const char *promise) {
  if (!kept) broken(promise);
}

inline std::span<const std::byte> bytes_of(const uint8_t *data, size_t size) { return std::as_bytes(std::span(data, size)); }

// An error that a caller may get: of a known code, that is no bug's, in one line.
void check_error(wp_code code, std::string_view message);

// Runs what may fail; the error's code, or OK.
template <class Use>
wp_code attempt(Use use) {
  try {
    use();
    return WP_OK;
  } catch (const weightport::Error &e) {
    check_error(e.code(), e.message());
    return e.code();
  }
}

// While it lives, the heap may not grow by more than 64 MiB, nor processor time by more than one second, scaled for sanitizers
// (see docs/reliability.md). Measured where the build can: the heap with the address sanitizer, time under libFuzzer. What
// opens a file has one; what then reads tensors does not, since a caller asks for that memory.
class Bounds {
 public:
  Bounds();
  ~Bounds();
  Bounds(const Bounds &) = delete;
  Bounds &operator=(const Bounds &) = delete;
};

// The input as a mapped file, and as one that is read in pieces.
Ref<Source> mapped(std::span<const std::byte> bytes);
Ref<Source> unmapped(std::span<const std::byte> bytes);

// Does with a document what a curious program would: walks the tree, takes every state_dict, reads tensors, verifies.
void use(weightport::Document document);
void use(const weightport::Checkpoint &checkpoint);

// Reads the input both ways, which must agree, and uses what came out.
template <class Read>
void read_both_ways(std::span<const std::byte> bytes, Read read) {
  wp_code codes[2];
  for (bool map : {true, false}) {
    weightport::Document document;
    codes[map] = attempt([&] {
      Bounds bounds;
      weightport::Operation operation;
      document = read(map ? mapped(bytes) : unmapped(bytes), operation);
    });
    if (codes[map] == WP_OK) use(std::move(document));
  }
  expect(codes[0] == codes[1], "a mapped file and one that is read end alike");
}

// Takes choices from the front of the input; zeros when it is used up.
class Choices {
 public:
  Choices(const uint8_t *data, size_t size) : data_(data), size_(size) {}

  bool empty() const noexcept { return !size_; }
  uint8_t byte() {
    if (!size_) return 0;
    --size_;
    return *data_++;
  }
  // 0 to count - 1.
  size_t below(size_t count) { return byte() % count; }
  int64_t integer() {
    uint64_t value = 0;
    for (size_t i = below(9); i > 0; --i) value = value << 8 | byte();
    return static_cast<int64_t>(value);
  }
  std::string_view text(size_t most) {
    size_t size = std::min(below(most + 1), size_);
    std::string_view out(reinterpret_cast<const char *>(data_), size);
    data_ += size;
    size_ -= size;
    return out;
  }

 private:
  const uint8_t *data_;
  size_t size_;
};

}  // namespace fuzz
