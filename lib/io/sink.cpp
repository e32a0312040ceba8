// SPDX-License-Identifier: MIT
#include "io/sink.hpp"

#include <cstring>

#include "base/error.hpp"

namespace weightport {
namespace {

constexpr size_t kSmall = size_t{64} << 10;    // a copy of fewer bytes costs less than a call of the system
constexpr size_t kGathered = size_t{1} << 20;  // what then leaves in one call

class CallbackSink final : public Sink {
 public:
  explicit CallbackSink(const wp_sink &sink) : Sink(sink.name ? sink.name : "sink"), sink_(sink) {}
  ~CallbackSink() override {
    if (!finished_ && sink_.abort) sink_.abort(sink_.user);
  }

 private:
  void put(std::span<const Bytes> pieces) override {
    for (Bytes piece : pieces) {
      int32_t status = sink_.write(piece.data(), piece.size(), sink_.user);
      if (status) callback_failed(status, "write returned ", status, " for ", piece.size(), " bytes");
    }
  }

  void commit() override {
    int32_t status = sink_.finish ? sink_.finish(sink_.user) : 0;
    if (status) callback_failed(status, "finish returned ", status);
    finished_ = true;
  }

  wp_sink sink_;
  bool finished_ = false;
};

}  // namespace

void Sink::write(Bytes bytes) {
  position_ += bytes.size();
  if (bytes.size() >= kSmall) return flush(bytes);
  gathered_.append(reinterpret_cast<const char *>(bytes.data()), bytes.size());
  if (gathered_.size() >= kGathered) flush({});
}

void Sink::flush(Bytes last) {
  Bytes pieces[2];
  size_t count = 0;
  if (!gathered_.empty()) pieces[count++] = std::as_bytes(std::span(gathered_));
  if (!last.empty()) pieces[count++] = last;
  try {
    if (count > 0) put({pieces, count});
  } catch (Error &e) {
    throw e.in_file(name_);
  }
  gathered_.clear();
}

void Sink::prepare() {
  flush({});
  gathered_ = std::string();
  try {
    settle();
  } catch (Error &e) {
    throw e.in_file(name_);
  }
}

void Sink::finish() {
  prepare();
  try {
    commit();
  } catch (Error &e) {
    throw e.in_file(name_);
  }
}

void MemorySink::put(std::span<const Bytes> pieces) {
  for (Bytes piece : pieces) written_.append({reinterpret_cast<const char *>(piece.data()), piece.size()});
}

void MemorySink::commit() { buffer_ = written_.take(); }

std::unique_ptr<Sink> callback_sink(const wp_sink &sink) {
  try {
    return std::make_unique<CallbackSink>(sink);
  } catch (...) {
    if (sink.abort) sink.abort(sink.user);
    throw;
  }
}

}  // namespace weightport
