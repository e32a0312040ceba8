// SPDX-License-Identifier: MIT
// The bytes that tensors are views of, read when they are first wanted.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <string>

#include "base/buffer.hpp"
#include "base/ref.hpp"
#include "base/shared_buffer.hpp"
#include "io/source.hpp"

namespace weightport {

// Where a storage's bytes lie in a source, exactly as they are in the file.
struct Extent {
  const Source *source;
  uint64_t offset;
};

class Storage : public RefCounted {
 public:
  uint64_t id() const noexcept { return id_; }
  uint64_t nbytes() const noexcept { return nbytes_; }
  const std::string &device() const noexcept { return device_; }

  // The bytes in this machine's order. Throws what reading them can throw. Safe from several threads.
  const std::byte *data() const {
    const std::byte *bytes = data_.load(std::memory_order_acquire);
    return bytes ? bytes : load();
  }
  // The same for who is about to touch them. Throws IO where the file has become shorter than its mapping.
  const std::byte *whole_data() const;
  // Throws UNSUPPORTED for memory that must not be written.
  std::byte *mutable_data();
  // Where the bytes are a mapped file, makes them this process's own first.
  std::byte *private_data();

  // Null for bytes that do not lie in a source as they are: in memory already, or compressed. Throws CORRUPT, IO, CALLBACK.
  virtual std::optional<Extent> extent() const { return std::nullopt; }
  // Takes all bytes as they are in the file, a part of `owner`, unless some are there already.
  void adopt(Ref<SharedBuffer> owner, std::byte *bytes) const;
  // Makes the bytes memory of this storage's own, even where they could be mapped.
  void own() const;

  // The bytes in this machine's order, at any alignment, where they need no reading: in memory already, or mapped. Or null.
  // Throws IO where the file has become shorter than its mapping.
  const std::byte *in_memory() const;
  // The same for who wants `size` bytes of them: compressed ones are read and kept for a part, since they would be inflated
  // anew for each of the tensors that share them.
  const std::byte *in_memory(uint64_t size) const;

  // Copies bytes that are still in their source into `out`, without touching a mapping or keeping what is read, and true; false
  // where they are in memory, compressed or in another order, or where a mapping may hold what the file does not. Throws IO,
  // CALLBACK.
  bool copy_from_source(uint64_t offset, std::span<std::byte> out) const;

  // As many bytes as are usefully taken at a time.
  static constexpr size_t kPiece = size_t{1} << 20;
  // Gives `take` all bytes, little-endian, in order and in pieces of at most `chunk` bytes, without keeping what is not in
  // memory yet. Only a compressed record is held whole meanwhile.
  void stream(size_t chunk, const std::function<void(std::span<const std::byte>)> &take) const {
    stream(0, nbytes_, chunk, take);
  }
  // The same for the `size` bytes from `offset`.
  void stream(uint64_t offset, uint64_t size, size_t chunk, const std::function<void(std::span<const std::byte>)> &take) const;

  // Size of the numbers in it: how memory is aligned, and how another byte order is turned round. The first tensor on it says
  // it; a larger one may follow while a file is opened, before anyone else can see the storage.
  void set_unit(size_t unit) noexcept {
    if (unit > unit_) unit_ = unit;
  }
  void set_swapped(bool swapped) noexcept { swapped_ = swapped; }

 protected:
  Storage(uint64_t nbytes, std::string device);

  // For storages whose bytes are there from the start.
  void set_data(std::byte *bytes, bool writable) noexcept;
  // Refuses mutable_data(), wherever the bytes come from.
  void set_read_only() noexcept { read_only_ = true; }
  // All bytes as they are in the file. Called once, under a lock.
  virtual Buffer fetch() const = 0;

 private:
  const std::byte *load() const;
  // Where `bytes` are this storage's and mapped: throws IO if the file has become shorter than its mapping.
  void check_mapping(const std::byte *bytes) const;
  void fetch_and_publish() const;
  void publish(Ref<SharedBuffer> owner, std::byte *bytes) const;

  uint64_t id_;
  uint64_t nbytes_;
  std::string device_;
  size_t unit_ = 1;
  bool swapped_ = false;
  bool read_only_ = false;
  mutable bool writable_ = false;
  mutable std::atomic<const std::byte *> data_{nullptr};
  mutable std::mutex mutex_;
  mutable Ref<SharedBuffer> owner_;  // of bytes that were read
};

Ref<Storage> owned_storage(Buffer bytes, std::string device = "cpu");
// A range of another storage, whose bytes are read first. It cannot be written through this one.
Ref<Storage> window_storage(Ref<Storage> whole, uint64_t offset, uint64_t nbytes);
// A range of a source.
Ref<Storage> source_storage(Ref<Source> source, uint64_t offset, uint64_t nbytes, std::string device = "cpu");

}  // namespace weightport
