// SPDX-License-Identifier: MIT
#include "io/source.hpp"

#include <cstring>
#include <utility>

#include "base/checked.hpp"
#include "base/error.hpp"
#include "base/shared_buffer.hpp"

namespace weightport {

void Source::require_inside(uint64_t offset, uint64_t size) const {
  if (inside(offset, size, size_)) return;
  corrupt(offset, "the file ends at byte ", size_, ", ", size, " bytes are expected here");
}

void Source::read(uint64_t offset, std::span<std::byte> out) const {
  require_inside(offset, out.size());
  if (out.empty()) return;
  if (mapping_ && !is_private()) {
    check_mapping();
    std::memcpy(out.data(), mapping_ + offset, out.size());
  } else {
    read_at(offset, out);
  }
}

Buffer Source::read(uint64_t offset, uint64_t size) const {
  require_inside(offset, size);
  Buffer buffer(size);
  read_beside_mapping(offset, buffer.span());
  return buffer;
}

namespace {

class MemorySource final : public Source {
 public:
  MemorySource(std::span<const std::byte> bytes, std::string name, Ref<RefCounted> keep_alive)
      : Source(std::move(name), bytes.size(), bytes.data()), keep_alive_(std::move(keep_alive)) {}

 private:
  // An empty span may have no address, and then nothing is ever read.
  void read_at(uint64_t, std::span<std::byte>) const override {}

  Ref<RefCounted> keep_alive_;
};

class SliceSource final : public Source {
 public:
  SliceSource(Ref<Source> whole, uint64_t offset, uint64_t size, std::string name)
      : Source(std::move(name), size, whole->mapping() ? whole->mapping() + offset : nullptr),
        whole_(std::move(whole)),
        offset_(offset) {}

  void read_beside_mapping(uint64_t offset, std::span<std::byte> out) const override {
    require_inside(offset, out.size());
    whole_->read_beside_mapping(offset_ + offset, out);
  }
  void check_mapping() const override { whole_->check_mapping(); }
  bool make_private() const override { return whole_->make_private(); }
  bool is_private() const noexcept override { return whole_->is_private(); }

 private:
  void read_at(uint64_t offset, std::span<std::byte> out) const override { whole_->read(offset_ + offset, out); }

  Ref<Source> whole_;
  uint64_t offset_;
};

class CallbackSource final : public Source {
 public:
  CallbackSource(const wp_source &source, std::string name, const std::byte *mapping)
      : Source(std::move(name), source.size, mapping), source_(source) {}

 private:
  ~CallbackSource() override {
    if (source_.close) source_.close(source_.user);
  }

  void read_at(uint64_t offset, std::span<std::byte> out) const override {
    int32_t status = source_.read_at(offset, out.data(), out.size(), source_.user);
    if (status) {
      throw Error(WP_ERROR_CALLBACK, concat("read_at returned ", status, " for ", out.size(), " bytes"),
                  static_cast<int64_t>(offset))
          .with_status(status)
          .in_file(name());
    }
  }

  wp_source source_;
};

}  // namespace

Ref<Source> memory_source(std::span<const std::byte> bytes, std::string name, Ref<RefCounted> keep_alive) {
  return make_ref<MemorySource>(bytes, std::move(name), std::move(keep_alive));
}

Ref<Source> buffer_source(Buffer buffer, std::string name) {
  auto owner = make_ref<SharedBuffer>(std::move(buffer));
  auto bytes = std::as_const(owner->bytes).span();
  return memory_source(bytes, std::move(name), std::move(owner));
}

Ref<Source> slice_source(Ref<Source> source, uint64_t offset, uint64_t size, std::string name) {
  if (!inside(offset, size, source->size())) corrupt(offset, "the file ends at byte ", source->size(), " inside ", name);
  return make_ref<SliceSource>(std::move(source), offset, size, std::move(name));
}

Ref<Source> callback_source(const wp_source &source, bool map) {
  try {
    const void *mapping = map && source.map ? source.map(source.user) : nullptr;
    return make_ref<CallbackSource>(source, source.name ? source.name : "source", static_cast<const std::byte *>(mapping));
  } catch (...) {
    if (source.close) source.close(source.user);
    throw;
  }
}

}  // namespace weightport
