// SPDX-License-Identifier: MIT
// Zip archives made byte by byte, right or wrong on purpose. After build() the public offsets say where to spoil what.
#pragma once

#include <libdeflate.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/endian.hpp"
#include "format/checksum.hpp"

namespace weightport::test {

inline std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text.data(), text.size())); }

template <class Int>
void put(std::string &out, Int value) {
  char bytes[sizeof value];
  store_le(bytes, value);
  out.append(bytes, sizeof value);
}

template <class Int>
void patch(std::string &out, size_t at, Int value) {
  store_le(out.data() + at, value);
}

inline std::string deflate(std::string_view content) {
  libdeflate_compressor *compressor = libdeflate_alloc_compressor(6);
  std::string out(libdeflate_deflate_compress_bound(compressor, content.size()), '\0');
  out.resize(libdeflate_deflate_compress(compressor, content.data(), content.size(), out.data(), out.size()));
  libdeflate_free_compressor(compressor);
  return out;
}

struct ZipItem {
  std::string name;
  std::string content;
  bool deflated = false;
  bool zip64 = false;       // sizes and offset of the central directory in a zip64 extra field
  bool descriptor = false;  // as torch writes: sizes and CRC-32 only behind the data and in the directory
  bool checksum = true;
  uint16_t flags = 0;
  size_t padding = 0;  // bytes of an "FB" extra field in the local header
};

class ZipBuilder {
 public:
  std::vector<ZipItem> items;
  std::string prefix;
  std::string comment;
  bool zip64_end = false;

  std::vector<size_t> local;    // offset of each local header
  std::vector<size_t> data;     // of each record's stored bytes
  std::vector<size_t> central;  // of each entry of the central directory
  size_t end64 = 0, locator = 0, end = 0;

  ZipBuilder &add(std::string name, std::string content) {
    items.push_back({std::move(name), std::move(content)});
    return *this;
  }
  ZipBuilder &add(ZipItem item) {
    items.push_back(std::move(item));
    return *this;
  }

  std::string build() {
    std::string out = prefix, directory;
    local.clear(), data.clear(), central.clear();
    for (const auto &item : items) add_record(out, directory, item);
    size_t start = out.size();
    for (size_t &offset : central) offset += start;
    out += directory;
    add_end(out, start - prefix.size(), directory.size());
    return out;
  }

 private:
  void add_record(std::string &out, std::string &directory, const ZipItem &item) {
    std::string stored = item.deflated ? deflate(item.content) : item.content;
    auto size = static_cast<uint32_t>(item.content.size()), stored_size = static_cast<uint32_t>(stored.size());
    uint32_t crc = item.checksum ? crc32(bytes_of(item.content)) : 0;
    auto flags = static_cast<uint16_t>(item.flags | (item.descriptor ? 8 : 0));
    uint16_t method = item.deflated ? 8 : 0;
    auto name_size = static_cast<uint16_t>(item.name.size());

    size_t offset = out.size() - prefix.size();
    local.push_back(out.size());
    put(out, 0x04034b50u);
    for (uint16_t v : {uint16_t{20}, flags, method, uint16_t{0}, uint16_t{0}}) put(out, v);
    for (uint32_t v : {crc, stored_size, size}) put(out, item.descriptor ? 0 : v);
    put(out, name_size);
    put(out, static_cast<uint16_t>(item.padding ? item.padding + 4 : 0));
    out += item.name;
    if (item.padding) {
      out += "FB";
      put(out, static_cast<uint16_t>(item.padding));
      out.append(item.padding, 'Z');
    }
    data.push_back(out.size());
    out += stored;
    if (item.descriptor) {
      for (uint32_t v : {0x08074b50u, crc, stored_size, size}) put(out, v);
    }

    central.push_back(directory.size());
    put(directory, 0x02014b50u);
    for (uint16_t v : {uint16_t{20}, uint16_t{20}, flags, method, uint16_t{0}, uint16_t{0}}) put(directory, v);
    for (uint32_t v : {crc, item.zip64 ? UINT32_MAX : stored_size, item.zip64 ? UINT32_MAX : size}) put(directory, v);
    put(directory, name_size);
    put(directory, static_cast<uint16_t>(item.zip64 ? 28 : 0));
    for (uint16_t v : {0, 0, 0}) put(directory, v);  // comment, disk, internal attributes
    put(directory, uint32_t{0});
    put(directory, item.zip64 ? UINT32_MAX : static_cast<uint32_t>(offset));
    directory += item.name;
    if (item.zip64) {
      for (uint16_t v : {1, 24}) put(directory, v);
      for (uint64_t v : {uint64_t{size}, uint64_t{stored_size}, uint64_t{offset}}) put(directory, v);
    }
  }

  void add_end(std::string &out, size_t offset, size_t size) {
    uint64_t count = items.size();
    if (zip64_end) {
      end64 = out.size();
      put(out, 0x06064b50u);
      put(out, uint64_t{44});
      for (uint16_t v : {45, 45}) put(out, v);
      for (uint32_t v : {0, 0}) put(out, v);
      for (uint64_t v : {count, count, uint64_t{size}, uint64_t{offset}}) put(out, v);
      locator = out.size();
      put(out, 0x07064b50u);
      put(out, uint32_t{0});
      put(out, uint64_t{end64 - prefix.size()});
      put(out, uint32_t{1});
    }
    end = out.size();
    put(out, 0x06054b50u);
    for (uint16_t v : {0, 0}) put(out, v);
    uint64_t most = zip64_end ? UINT16_MAX : count;
    for (uint64_t v : {most, most}) put(out, static_cast<uint16_t>(v));
    for (size_t v : {size, offset}) put(out, zip64_end ? UINT32_MAX : static_cast<uint32_t>(v));
    put(out, static_cast<uint16_t>(comment.size()));
    out += comment;
  }
};

}  // namespace weightport::test
