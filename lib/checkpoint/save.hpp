// SPDX-License-Identifier: MIT
// Saves a tree of values in the format that is asked for, or that the path's ending names.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/operation.hpp"
#include "checkpoint/checkpoint.hpp"
#include "io/sink.hpp"

namespace weightport {

struct SaveOptions {
  wp_format format = WP_FORMAT_UNKNOWN;
  uint32_t mode = 0;
  bool durable = true;
  uint64_t max_shard_size = 5'000'000'000;
};

wp_format format_of_path(std::string_view path);

// Finishes the sink. Throws UNSUPPORTED for a format that is not written to one file.
void save_checkpoint(const Checkpoint &checkpoint, wp_format format, Sink &sink, Operation &operation);
void save_checkpoint(const Checkpoint &checkpoint, const char *path, const SaveOptions &options, Operation &operation);

}  // namespace weightport
