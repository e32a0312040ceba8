// SPDX-License-Identifier: MIT
#include "inspect.hpp"

#include <string_view>

#include "handles.hpp"
#include "text.hpp"

namespace {

constexpr size_t kMaxOutput = size_t{1} << 29;

std::string inspect_opened(const InspectOptions &options, const wp_checkpoint *checkpoint) {
  TreeWalk walk;
  if (!options.key.empty()) {
    wp_value *value;
    check(wp_value_at(&value, wp_checkpoint_root(checkpoint), options.key.c_str()));
    walk.select(value, options.key);
  }
  if (options.json) return inspect_json(options, checkpoint, walk);
  if (options.globals) return list_globals(checkpoint);
  return inspect_text(options, checkpoint, walk);
}

}  // namespace

std::string inspect(const InspectOptions &options) {
  wp_checkpoint *opened;
  check(wp_checkpoint_open(&opened, options.file.c_str(), nullptr));
  CheckpointHandle checkpoint(opened);
  try {
    return inspect_opened(options, opened);
  } catch (const Failure &e) {
    if (std::string_view(e.what()).starts_with(options.file)) throw;
    throw Failure(options.file + ": " + e.what());
  }
}

std::string list_globals(const wp_checkpoint *checkpoint) {
  std::string out;
  for (size_t i = 0; i < wp_checkpoint_global_count(checkpoint); ++i) {
    out += wp_checkpoint_global_allowed(checkpoint, i) ? "allowed  " : "foreign  ";
    append_escaped(out, wp_checkpoint_global_name(checkpoint, i));
    out += '\n';
  }
  return out;
}

void check_output(size_t bytes) {
  if (bytes > kMaxOutput) throw Failure("the output would be larger than 512 MiB, because values are reached by many paths");
}
