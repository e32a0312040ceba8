// SPDX-License-Identifier: MIT
#include "checkpoint/save.hpp"

#include "base/error.hpp"
#include "checkpoint/save_sharded.hpp"
#include "format/safetensors_writer.hpp"
#include "format/torch_legacy_writer.hpp"
#include "format/torch_zip_writer.hpp"

namespace weightport {

wp_format format_of_path(std::string_view path) {
  if (path.ends_with(".safetensors")) return WP_FORMAT_SAFETENSORS;
  if (path.ends_with(".safetensors.index.json")) return WP_FORMAT_SAFETENSORS_INDEX;
  if (path.ends_with(".bin.index.json")) return WP_FORMAT_TORCH_INDEX;
  return WP_FORMAT_TORCH_ZIP;
}

void save_checkpoint(const Checkpoint &checkpoint, wp_format format, Sink &sink, Operation &operation) {
  const Document &document = checkpoint.document();
  try {
    operation.check_cancelled();
    switch (format) {
      case WP_FORMAT_UNKNOWN:
      case WP_FORMAT_TORCH_ZIP:
        write_torch_zip(*document.root, sink, operation);
        break;
      case WP_FORMAT_TORCH_LEGACY:
        write_torch_legacy(*document.root, sink, operation);
        break;
      case WP_FORMAT_SAFETENSORS:
        write_safetensors(*document.root, document.metadata, sink, operation);
        break;
      case WP_FORMAT_SAFETENSORS_INDEX:
      case WP_FORMAT_TORCH_INDEX:
        fail(WP_ERROR_UNSUPPORTED, "a sharded checkpoint is several files: save it to a path");
      default:
        fail(WP_ERROR_UNSUPPORTED, "torch tar and TorchScript are not written");
    }
    sink.finish();
  } catch (Error &e) {
    throw e.in_file(sink.name());
  }
}

void save_checkpoint(const Checkpoint &checkpoint, const char *path, const SaveOptions &options, Operation &operation) {
  wp_format format = options.format == WP_FORMAT_UNKNOWN ? format_of_path(path) : options.format;
  FileSinkOptions file;
  file.mode = options.mode;
  file.durable = options.durable;
  if (format == WP_FORMAT_SAFETENSORS_INDEX || format == WP_FORMAT_TORCH_INDEX) {
    const Document &document = checkpoint.document();
    return save_sharded(*document.root, document.metadata, path, format, options.max_shard_size, file, operation);
  }
  save_checkpoint(checkpoint, format, *file_sink(path, file), operation);
}

}  // namespace weightport
