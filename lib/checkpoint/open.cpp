// SPDX-License-Identifier: MIT
// Finds out what a file is and has the right reader read it.
#include <string>
#include <utility>

#include "base/error.hpp"
#include "checkpoint/checkpoint.hpp"
#include "checkpoint/load.hpp"
#include "checkpoint/open_sharded.hpp"
#include "checkpoint/unknown_file.hpp"
#include "format/safetensors.hpp"
#include "format/shard_index.hpp"
#include "format/torch_legacy.hpp"
#include "format/torch_tar.hpp"
#include "format/torch_zip.hpp"
#include "io/path.hpp"

namespace weightport {
namespace {

Document read_document(const Ref<Source> &source, Operation &operation) {
  if (looks_like_zip(*source)) return read_torch_zip(source, operation);
  if (looks_like_torch_legacy(*source)) return read_torch_legacy(source, operation);
  if (looks_like_safetensors(*source)) return read_safetensors(source, operation);
  if (looks_like_tar(*source)) return read_torch_tar(source, operation);
  // A broken safetensors file has its reader say what is wrong.
  std::byte brace{};
  if (source->size() > 8) source->read(8, std::span(&brace, 1));
  if (brace == std::byte{'{'}) return read_safetensors(source, operation);
  fail(WP_ERROR_UNSUPPORTED, describe_unknown(*source));
}

Ref<Checkpoint> open_source(Ref<Source> source, const OpenShard &open_shard, const OpenOptions &options, Operation &operation) {
  try {
    operation.check_cancelled();
    Document document = looks_like_shard_index(*source) ? read_sharded(*source, open_shard, read_document, operation)
                                                        : read_document(source, operation);
    if (options.memory == WP_MEMORY_READ) load_storages(document.storages, options.threads, operation);
    if (options.verify_checksums && document.verify_checksums) document.verify_checksums(operation, throw_fault);
    return make_ref<Checkpoint>(std::move(document), operation.limits());
  } catch (Error &e) {
    throw e.in_file(source->name());
  }
}

}  // namespace

Ref<Checkpoint> open_checkpoint(Ref<Source> source, const OpenOptions &options, Operation &operation) {
  return open_source(std::move(source), {}, options, operation);
}

Ref<Checkpoint> open_checkpoint(const char *path, const OpenOptions &options, Operation &operation) {
  bool map = options.memory == WP_MEMORY_MAP;
  std::string folder(path, folder_size(path));
  auto open_shard = [&](const std::string &name) { return open_file((folder + name).c_str(), map); };
  return open_source(open_file(path, map), open_shard, options, operation);
}

}  // namespace weightport
