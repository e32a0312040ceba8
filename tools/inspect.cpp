// SPDX-License-Identifier: MIT
#include "inspect.hpp"

#include "input.hpp"
#include "page.hpp"
#include "text.hpp"

namespace {

constexpr size_t kMaxOutput = size_t{1} << 29;

}  // namespace

std::string inspect(const InspectOptions &options) {
  if (!options.html.empty()) return inspect_html(options), "";
  if (options.files.size() > 1) throw WrongUsage("two files are compared on a page: --html OUT; or see weightport diff");
  Input input(options.files[0]);
  TreeWalk walk;
  if (!options.key.empty()) walk.select(input.value(options.key), options.key);
  return input.naming([&] {
    if (options.json) return inspect_json(options, input.checkpoint(), walk);
    if (options.globals) return list_globals(input.checkpoint());
    return inspect_text(options, input.checkpoint(), walk);
  });
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
