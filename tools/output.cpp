// SPDX-License-Identifier: MIT
#include "output.hpp"

#include <charconv>
#include <string_view>
#include <utility>

#include "handles.hpp"
#include "interrupt.hpp"
#include "progress.hpp"

namespace {

wp_format format_of_name(std::string_view name) {
  if (name == "torch") return WP_FORMAT_TORCH_ZIP;
  for (wp_format format : {WP_FORMAT_TORCH_ZIP, WP_FORMAT_TORCH_LEGACY, WP_FORMAT_SAFETENSORS, WP_FORMAT_SAFETENSORS_INDEX,
                           WP_FORMAT_TORCH_INDEX}) {
    if (name == wp_format_name(format)) return format;
  }
  throw WrongUsage("--to: \"" + std::string(name) +
                   "\" is none of torch, torch_legacy, safetensors, safetensors_index, torch_index");
}

wp_format format_of_file(std::string_view file) {
  static constexpr std::pair<std::string_view, wp_format> kEndings[] = {
      {".safetensors", WP_FORMAT_SAFETENSORS},
      {".safetensors.index.json", WP_FORMAT_SAFETENSORS_INDEX},
      {".bin.index.json", WP_FORMAT_TORCH_INDEX},
      {".pt", WP_FORMAT_TORCH_ZIP},
      {".pth", WP_FORMAT_TORCH_ZIP},
      {".bin", WP_FORMAT_TORCH_ZIP},
      {".tar", WP_FORMAT_TORCH_ZIP},
      {".ckpt", WP_FORMAT_TORCH_ZIP},
  };
  for (auto [ending, format] : kEndings) {
    if (file.ends_with(ending)) return format;
  }
  throw WrongUsage("the ending of " + std::string(file) + " names no format: say it with --to");
}

bool is_sharded(wp_format format) { return format == WP_FORMAT_SAFETENSORS_INDEX || format == WP_FORMAT_TORCH_INDEX; }

uint64_t unit_of(std::string_view name) {
  static constexpr std::pair<std::string_view, uint64_t> kUnits[] = {
      {"", 1},
      {"B", 1},
      {"KB", 1'000},
      {"MB", 1'000'000},
      {"GB", 1'000'000'000},
      {"TB", 1'000'000'000'000},
      {"KiB", uint64_t{1} << 10},
      {"MiB", uint64_t{1} << 20},
      {"GiB", uint64_t{1} << 30},
      {"TiB", uint64_t{1} << 40},
  };
  for (auto [known, bytes] : kUnits) {
    if (name == known) return bytes;
  }
  return 0;
}

uint64_t parse_size(const std::string &text) {
  uint64_t number = 0, bytes = 0;
  const char *end = text.data() + text.size();
  auto [rest, error] = std::from_chars(text.data(), end, number);
  uint64_t unit = unit_of({rest, static_cast<size_t>(end - rest)});
  if (error != std::errc() || !number || !unit || __builtin_mul_overflow(number, unit, &bytes)) {
    throw WrongUsage("--shard-size: \"" + text + "\" is no size such as 500MB, 2GiB or 5000000000");
  }
  return bytes;
}

uint32_t parse_mode(const std::string &text) {
  uint32_t mode = 0;
  const char *end = text.data() + text.size();
  auto [rest, error] = std::from_chars(text.data(), end, mode, 8);
  if (error != std::errc() || rest != end || mode == 0 || mode > 0777) {
    throw WrongUsage("--mode: \"" + text + "\" is no octal number such as 644");
  }
  return mode;
}

}  // namespace

Output::Output(const OutputOptions &options) : file_(options.file) {
  save_.format = options.format.empty() ? format_of_file(file_) : format_of_name(options.format);
  save_.durable = !options.no_fsync;
  if (!options.mode.empty()) save_.mode = parse_mode(options.mode);
  if (options.shard_size.empty()) return;
  if (!is_sharded(save_.format)) throw WrongUsage("--shard-size: the output is one file, not an index of shards");
  save_.max_shard_size = parse_size(options.shard_size);
}

bool Output::holds_any_tree() const { return save_.format == WP_FORMAT_TORCH_ZIP || save_.format == WP_FORMAT_TORCH_LEGACY; }

void Output::save(const wp_checkpoint *checkpoint, const std::string &label) const {
  Progress progress(label);
  wp_save_options options = save_;
  options.cancel = interrupt_token();
  options.progress = Progress::report;
  options.progress_user = &progress;
  check(wp_checkpoint_save(checkpoint, file_.c_str(), &options));
}
