// SPDX-License-Identifier: MIT
// An index of shards, and behind a NUL the file that every shard is.
#include "checkpoint/open_sharded.hpp"
#include "format/safetensors.hpp"
#include "format/shard_index.hpp"
#include "format/torch_zip.hpp"
#include "fuzz.hpp"

using namespace weightport;

namespace {

constexpr size_t kMaxShards = 64;  // so that a small input is not read a thousand times

}  // namespace

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  auto bytes = fuzz::bytes_of(data, size);
  auto divide = std::find(bytes.begin(), bytes.end(), std::byte{0});
  auto index = bytes.first(static_cast<size_t>(divide - bytes.begin()));
  auto shard = divide == bytes.end() ? bytes.last(0) : bytes.subspan(index.size() + 1);
  fuzz::read_both_ways(index, [&](Ref<Source> source, Operation &operation) {
    bool map = source->mapping() != nullptr;
    size_t opened = 0;
    auto open = [&](const std::string &name) {
      fuzz::expect(is_inside(name), "a shard lies in the index's folder");
      if (opened++ == kMaxShards) fail(WP_ERROR_NOT_FOUND, "there are no more shards");
      return map ? fuzz::mapped(shard) : fuzz::unmapped(shard);
    };
    auto read = [](const Ref<Source> &file, Operation &part) {
      return looks_like_zip(*file) ? read_torch_zip(file, part) : read_safetensors(file, part);
    };
    return read_sharded(*source, open, read, operation);
  });
  return 0;
}
