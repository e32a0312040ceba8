// SPDX-License-Identifier: MIT
#include "tensor/storage.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "base/endian.hpp"
#include "base/error.hpp"

namespace weightport {
namespace {

uint64_t next_id() noexcept {
  static std::atomic<uint64_t> counter{0};
  return counter.fetch_add(1, std::memory_order_relaxed) + 1;
}

class OwnedStorage final : public Storage {
 public:
  OwnedStorage(Buffer bytes, std::string device) : Storage(bytes.size(), std::move(device)), bytes_(std::move(bytes)) {
    set_data(bytes_.data(), true);
  }

 private:
  Buffer fetch() const override { fail(WP_ERROR_INTERNAL, "owned bytes are never fetched"); }

  Buffer bytes_;
};

class WindowStorage final : public Storage {
 public:
  WindowStorage(Ref<Storage> whole, uint64_t offset, uint64_t nbytes)
      : Storage(nbytes, whole->device()), whole_(std::move(whole)), offset_(offset) {
    set_read_only();
    set_data(const_cast<std::byte *>(whole_->data()) + offset, false);
  }

  std::optional<Extent> extent() const override {
    auto place = whole_->extent();
    if (place) place->offset += offset_;
    return place;
  }

 private:
  Buffer fetch() const override { fail(WP_ERROR_INTERNAL, "a window's bytes are never fetched"); }

  Ref<Storage> whole_;
  uint64_t offset_;
};

class SourceStorage final : public Storage {
 public:
  SourceStorage(Ref<Source> source, uint64_t offset, uint64_t nbytes, std::string device)
      : Storage(nbytes, std::move(device)), source_(std::move(source)), offset_(offset) {}

  std::optional<Extent> extent() const override { return Extent{source_.get(), offset_}; }

 private:
  Buffer fetch() const override { return source_->read(offset_, nbytes()); }

  Ref<Source> source_;
  uint64_t offset_;
};

}  // namespace

Storage::Storage(uint64_t nbytes, std::string device) : id_(next_id()), nbytes_(nbytes), device_(std::move(device)) {}

void Storage::set_data(std::byte *bytes, bool writable) noexcept {
  writable_ = writable;
  data_.store(bytes, std::memory_order_release);
}

const std::byte *Storage::in_memory() const {
  const std::byte *bytes = data_.load(std::memory_order_acquire);
  if (!bytes && !(swapped_ && unit_ > 1)) {
    if (auto place = extent(); place && place->source->mapping()) bytes = place->source->mapping() + place->offset;
  }
  if (bytes) check_mapping(bytes);
  return bytes;
}

const std::byte *Storage::in_memory(uint64_t size) const {
  const std::byte *bytes = in_memory();
  return !bytes && size < nbytes_ && !extent() ? data() : bytes;
}

void Storage::check_mapping(const std::byte *bytes) const {
  auto place = extent();
  if (place && place->source->mapping() && bytes == place->source->mapping() + place->offset) place->source->check_mapping();
}

const std::byte *Storage::whole_data() const {
  const std::byte *bytes = data_.load(std::memory_order_acquire);
  if (!bytes) return load();  // which looks at the mapping too
  check_mapping(bytes);
  return bytes;
}

bool Storage::copy_from_source(uint64_t offset, std::span<std::byte> out) const {
  if (swapped_) return false;
  auto place = extent();
  if (!place || place->source->is_private()) return false;
  const std::byte *bytes = data_.load(std::memory_order_acquire), *mapping = place->source->mapping();
  if (bytes && !(mapping && bytes == mapping + place->offset)) return false;
  place->source->read_beside_mapping(place->offset + offset, out);
  return true;
}

const std::byte *Storage::load() const {
  std::lock_guard lock(mutex_);
  if (const std::byte *bytes = data_.load(std::memory_order_relaxed)) return bytes;
  if (const std::byte *bytes = in_memory(); bytes && reinterpret_cast<uintptr_t>(bytes) % unit_ == 0) {
    data_.store(bytes, std::memory_order_release);
    return bytes;
  }
  fetch_and_publish();
  return data_.load(std::memory_order_relaxed);
}

void Storage::stream(uint64_t offset, uint64_t size, size_t chunk,
                     const std::function<void(std::span<const std::byte>)> &take) const {
  const std::byte *bytes = in_memory();
  // Numbers that a part cuts in two cannot be turned round.
  if (!bytes && swapped_ && size != nbytes_ && (offset | size) % unit_) bytes = load();
  Buffer buffer;
  bool turn = bytes ? !kLittleEndian : swapped_ == kLittleEndian;
  auto place = bytes ? std::nullopt : extent();
  if (!bytes && !place) buffer = fetch();
  if (place || turn) {
    if (!buffer.data()) buffer = Buffer(std::min<uint64_t>(chunk, size));
  }
  for (uint64_t at = offset, end = offset + size; at < end;) {
    auto n = static_cast<size_t>(std::min<uint64_t>(chunk, end - at));
    std::span<const std::byte> piece;
    if (place) {
      place->source->read(place->offset + at, buffer.span().first(n));
      piece = buffer.span().first(n);
    } else {
      if (bytes) check_mapping(bytes);
      piece = {(bytes ? bytes : buffer.data()) + at, n};
    }
    if (turn) {
      std::span<std::byte> turned = bytes ? buffer.span().first(n) : std::span(const_cast<std::byte *>(piece.data()), n);
      if (bytes) std::copy(piece.begin(), piece.end(), turned.begin());
      swap_units(turned, unit_);
      piece = turned;
    }
    take(piece);
    at += n;
  }
}

void Storage::adopt(Ref<SharedBuffer> owner, std::byte *bytes) const {
  std::lock_guard lock(mutex_);
  if (!data_.load(std::memory_order_relaxed)) publish(std::move(owner), bytes);
}

void Storage::own() const {
  std::lock_guard lock(mutex_);
  if (!data_.load(std::memory_order_relaxed)) fetch_and_publish();
}

void Storage::fetch_and_publish() const {
  auto owner = make_ref<SharedBuffer>(fetch());
  std::byte *bytes = owner->bytes.data();
  publish(std::move(owner), bytes);
}

void Storage::publish(Ref<SharedBuffer> owner, std::byte *bytes) const {
  if (swapped_) swap_units({bytes, static_cast<size_t>(nbytes_)}, unit_);
  owner_ = std::move(owner);
  writable_ = true;
  data_.store(bytes, std::memory_order_release);
}

std::byte *Storage::mutable_data() {
  const std::byte *bytes = data();
  if (read_only_ || !writable_) {
    fail(WP_ERROR_UNSUPPORTED, "the tensor's memory is read-only: copy it first, or open with WP_MEMORY_READ");
  }
  return const_cast<std::byte *>(bytes);
}

std::byte *Storage::private_data() {
  const std::byte *bytes = data();
  if (!read_only_ && !writable_) {
    auto place = extent();
    if (place && place->source->make_private()) return const_cast<std::byte *>(bytes);
  }
  return mutable_data();
}

Ref<Storage> owned_storage(Buffer bytes, std::string device) {
  return make_ref<OwnedStorage>(std::move(bytes), std::move(device));
}

Ref<Storage> window_storage(Ref<Storage> whole, uint64_t offset, uint64_t nbytes) {
  return make_ref<WindowStorage>(std::move(whole), offset, nbytes);
}

Ref<Storage> source_storage(Ref<Source> source, uint64_t offset, uint64_t nbytes, std::string device) {
  return make_ref<SourceStorage>(std::move(source), offset, nbytes, std::move(device));
}

}  // namespace weightport
