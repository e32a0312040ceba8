// SPDX-License-Identifier: MIT
// Where a model's archive goes: libweightport's sinks, which replace a file in one step.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "weightport/checkpoint.h"

namespace weightport {
class Sink;
}

namespace weightport::libtorch {

// Destroyed without finish(), it throws away what was written. Each throws IO, NOT_FOUND, CALLBACK.
class ArchiveSink {
 public:
  ArchiveSink(const char *path, uint32_t mode, bool durable);
  explicit ArchiveSink(const wp_sink &sink);
  ~ArchiveSink();
  ArchiveSink(const ArchiveSink &) = delete;
  ArchiveSink &operator=(const ArchiveSink &) = delete;

  void write(std::span<const std::byte> bytes);
  void finish();

 private:
  std::unique_ptr<Sink> sink_;
};

}  // namespace weightport::libtorch
