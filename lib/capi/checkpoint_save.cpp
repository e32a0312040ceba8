// SPDX-License-Identifier: MIT
#include <memory>

#include "capi/boundary.hpp"
#include "checkpoint/save.hpp"
#include "weightport/checkpoint.h"

using namespace weightport;

namespace {

SaveOptions read_options(const wp_save_options *from) {
  SaveOptions out;
  out.format = member_or(from, &wp_save_options::format, out.format);
  out.mode = member_or(from, &wp_save_options::mode, out.mode);
  out.durable = member_or(from, &wp_save_options::durable, out.durable);
  if (uint64_t size = member_or(from, &wp_save_options::max_shard_size, 0)) out.max_shard_size = size;
  require(out.format >= WP_FORMAT_UNKNOWN && out.format <= WP_FORMAT_TORCH_INDEX, "wp_save_options.format is no format");
  require(out.mode <= 0777, "wp_save_options.mode is over 0777");
  return out;
}

}  // namespace

extern "C" {

wp_error *wp_checkpoint_save(const wp_checkpoint *checkpoint, const char *path, const wp_save_options *options) {
  WP_GUARD_BEGIN
  require(checkpoint, "checkpoint is NULL");
  require(path, "path is NULL");
  SaveOptions how = read_options(options);
  Operation operation = operation_of(options, Limits());
  save_checkpoint(*unwrap(checkpoint), path, how, operation);
  WP_GUARD_END
}

wp_error *wp_checkpoint_save_memory(wp_tensor **out, const wp_checkpoint *checkpoint, const wp_save_options *options) {
  if (out) *out = nullptr;
  WP_GUARD_BEGIN
  require(out, "out is NULL");
  require(checkpoint, "checkpoint is NULL");
  SaveOptions how = read_options(options);
  Operation operation = operation_of(options, Limits());
  MemorySink sink;
  save_checkpoint(*unwrap(checkpoint), how.format, sink, operation);
  Ref<Storage> storage = owned_storage(sink.take());
  auto size = static_cast<int64_t>(storage->nbytes()), one = int64_t{1};
  *out = give(make_ref<Tensor>(std::move(storage), WP_DTYPE_UINT8, Dims{&size, 1}, Dims{&one, 1}, 0));
  WP_GUARD_END
}

wp_error *wp_checkpoint_save_sink(const wp_checkpoint *checkpoint, const wp_sink *sink, const wp_save_options *options) {
  WP_GUARD_BEGIN
  require(sink, "sink is NULL");
  wp_sink known = known_members(*sink, &wp_sink::write, "sink->struct_size is not set: use WP_SINK_INIT");
  std::unique_ptr<Sink> target = callback_sink(known);  // from here on it is finished or aborted
  require(known.write, "sink->write is NULL");
  require(checkpoint, "checkpoint is NULL");
  SaveOptions how = read_options(options);
  Operation operation = operation_of(options, Limits());
  save_checkpoint(*unwrap(checkpoint), how.format, *target, operation);
  WP_GUARD_END
}

}  // extern "C"
