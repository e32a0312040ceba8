// SPDX-License-Identifier: MIT
#include "weightport/checkpoint.h"

#include <span>
#include <string>

#include "capi/boundary.hpp"
#include "io/source.hpp"

using namespace weightport;

namespace {

OpenOptions read_options(const wp_open_options *from) {
  OpenOptions out;
  out.memory = member_or(from, &wp_open_options::memory, out.memory);
  out.threads = member_or(from, &wp_open_options::threads, out.threads);
  out.verify_checksums = member_or(from, &wp_open_options::verify_checksums, out.verify_checksums);
  require(out.memory == WP_MEMORY_MAP || out.memory == WP_MEMORY_READ, "wp_open_options.memory is neither MAP nor READ");
  require(out.threads <= 1024, "wp_open_options.threads is over 1,024");
  return out;
}

// From a Ref<Source> or a path.
template <class From>
wp_checkpoint *open(From source, const wp_open_options *from, const OpenOptions &options) {
  Operation operation = operation_of(from, Limits::from(member_or(from, &wp_open_options::limits, nullptr)));
  return give(open_checkpoint(std::move(source), options, operation));
}

// None where they cannot be found: wp_checkpoint_state_dict() says why.
std::span<const std::string> state_dict_keys(const wp_checkpoint *checkpoint) noexcept {
  if (!checkpoint) return {};
  try {
    return unwrap(checkpoint)->state_dict_keys();
  } catch (...) {
    return {};
  }
}

// Closes a source that was refused before anything could own it.
class CloseUnlessTaken {
 public:
  explicit CloseUnlessTaken(const wp_source &source) : source_(&source) {}
  CloseUnlessTaken(const CloseUnlessTaken &) = delete;
  CloseUnlessTaken &operator=(const CloseUnlessTaken &) = delete;
  ~CloseUnlessTaken() {
    if (source_ && source_->close) source_->close(source_->user);
  }
  void taken() noexcept { source_ = nullptr; }

 private:
  const wp_source *source_;
};

}  // namespace

extern "C" {

const char *wp_format_name(wp_format format) {
  switch (format) {
    case WP_FORMAT_TORCH_ZIP:
      return "torch_zip";
    case WP_FORMAT_TORCH_LEGACY:
      return "torch_legacy";
    case WP_FORMAT_TORCH_TAR:
      return "torch_tar";
    case WP_FORMAT_TORCHSCRIPT:
      return "torchscript";
    case WP_FORMAT_SAFETENSORS:
      return "safetensors";
    case WP_FORMAT_SAFETENSORS_INDEX:
      return "safetensors_index";
    case WP_FORMAT_TORCH_INDEX:
      return "torch_index";
    default:
      return "unknown";
  }
}

wp_error *wp_checkpoint_open(wp_checkpoint **out, const char *path, const wp_open_options *options) {
  if (out) *out = nullptr;
  WP_GUARD_BEGIN
  require(out, "out is NULL");
  require(path, "path is NULL");
  OpenOptions how = read_options(options);
  *out = open(path, options, how);
  WP_GUARD_END
}

wp_error *wp_checkpoint_open_memory(wp_checkpoint **out, const void *data, size_t size, const char *name,
                                    const wp_open_options *options) {
  if (out) *out = nullptr;
  WP_GUARD_BEGIN
  require(out, "out is NULL");
  require(data || !size, "data is NULL");
  OpenOptions how = read_options(options);
  *out = open(memory_source({static_cast<const std::byte *>(data), size}, name ? name : "memory"), options, how);
  WP_GUARD_END
}

wp_error *wp_checkpoint_open_source(wp_checkpoint **out, const wp_source *source, const wp_open_options *options) {
  if (out) *out = nullptr;
  WP_GUARD_BEGIN
  require(source, "source is NULL");
  wp_source known = known_members(*source, &wp_source::read_at, "source->struct_size is not set: use WP_SOURCE_INIT");
  CloseUnlessTaken guard(known);
  require(out, "out is NULL");
  require(known.read_at, "source->read_at is NULL");
  OpenOptions how = read_options(options);
  guard.taken();
  *out = open(callback_source(known, how.memory == WP_MEMORY_MAP), options, how);
  WP_GUARD_END
}

wp_checkpoint *wp_checkpoint_retain(const wp_checkpoint *checkpoint) {
  if (checkpoint) unwrap(checkpoint)->retain();
  return wrap_handle(unwrap(checkpoint));
}

void wp_checkpoint_release(wp_checkpoint *checkpoint) {
  if (checkpoint) unwrap(checkpoint)->release();
}

wp_format wp_checkpoint_format(const wp_checkpoint *checkpoint) {
  return checkpoint ? unwrap(checkpoint)->document().format : WP_FORMAT_UNKNOWN;
}

wp_value *wp_checkpoint_root(const wp_checkpoint *checkpoint) {
  return checkpoint ? wrap_handle(unwrap(checkpoint)->document().root) : nullptr;
}

wp_value *wp_checkpoint_metadata(const wp_checkpoint *checkpoint) {
  return checkpoint ? wrap_handle(unwrap(checkpoint)->document().metadata) : nullptr;
}

wp_error *wp_checkpoint_state_dict(wp_state_dict **out, const wp_checkpoint *checkpoint, const char *key) {
  if (out) *out = nullptr;
  WP_GUARD_BEGIN
  require(out, "out is NULL");
  require(checkpoint, "checkpoint is NULL");
  *out = give(unwrap(checkpoint)->state_dict(key));
  WP_GUARD_END
}

size_t wp_checkpoint_state_dict_count(const wp_checkpoint *checkpoint) { return state_dict_keys(checkpoint).size(); }

const char *wp_checkpoint_state_dict_key(const wp_checkpoint *checkpoint, size_t index) {
  auto keys = state_dict_keys(checkpoint);
  return index < keys.size() ? keys[index].c_str() : nullptr;
}

size_t wp_checkpoint_global_count(const wp_checkpoint *checkpoint) {
  return checkpoint ? unwrap(checkpoint)->document().globals.size() : 0;
}

const char *wp_checkpoint_global_name(const wp_checkpoint *checkpoint, size_t index) {
  if (index >= wp_checkpoint_global_count(checkpoint)) return nullptr;
  return unwrap(checkpoint)->document().globals[index].name.c_str();
}

bool wp_checkpoint_global_allowed(const wp_checkpoint *checkpoint, size_t index) {
  return index < wp_checkpoint_global_count(checkpoint) && unwrap(checkpoint)->document().globals[index].allowed;
}

}  // extern "C"
