// SPDX-License-Identifier: MIT
#include "model/archive_sink.hpp"

#include "base/error.hpp"
#include "base/error_line.hpp"
#include "exchange/throw_error.hpp"
#include "io/sink.hpp"

namespace weightport::libtorch {
namespace {

template <class Action>
auto translated(Action action) {
  try {
    return action();
  } catch (const Error &e) {
    std::string line = error_line(e.file(), e.message(), e.key(), e.offset());
    wp_error *error = wp_error_create(e.code(), line.c_str(), e.key().c_str());
    wp_error_set_file(error, e.file().c_str(), e.offset());
    wp_error_set_status(error, e.status());
    throw_error(error);
  }
}

}  // namespace

ArchiveSink::ArchiveSink(const char *path, uint32_t mode, bool durable)
    : sink_(translated([&] {
        return file_sink(path, {mode, durable});
      })) {}

ArchiveSink::ArchiveSink(const wp_sink &sink) : sink_(translated([&] { return callback_sink(sink); })) {}

ArchiveSink::~ArchiveSink() = default;

void ArchiveSink::write(std::span<const std::byte> bytes) {
  translated([&] { sink_->write(bytes); });
}

void ArchiveSink::finish() {
  translated([&] { sink_->finish(); });
}

}  // namespace weightport::libtorch
