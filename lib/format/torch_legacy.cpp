// SPDX-License-Identifier: MIT
#include "format/torch_legacy.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <unordered_map>
#include <utility>

#include "base/checked.hpp"
#include "base/endian.hpp"
#include "base/error.hpp"
#include "format/pickle/unpickler.hpp"
#include "format/torch_storage.hpp"
#include "io/reader.hpp"
#include "value/depth.hpp"

namespace weightport {
namespace {

// LONG1, ten bytes: 0x1950a86a20f9469cfc6c.
constexpr std::array<uint8_t, 12> kMagic = {0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19};

// Where the bytes are is known only after the pickles that name the storage have been read.
class LegacyStorage final : public Storage {
 public:
  LegacyStorage(Ref<Source> source, uint64_t nbytes, std::string device)
      : Storage(nbytes, std::move(device)), source_(std::move(source)) {}

  void place(uint64_t offset) noexcept { offset_ = offset; }
  std::optional<Extent> extent() const override { return Extent{source_.get(), offset_}; }

 private:
  Buffer fetch() const override { return source_->read(offset_, nbytes()); }

  Ref<Source> source_;
  uint64_t offset_ = 0;
};

struct Entry {
  Ref<LegacyStorage> storage;
  uint64_t numel;
  size_t itemsize;
  bool placed = false;
};

class TorchLegacy final : public PersistentLoader {
 public:
  explicit TorchLegacy(Ref<Source> source) : source_(std::move(source)) {}

  // The storages' bytes follow one another in the order of `keys`.
  void place(Reader &reader, const Node &keys) {
    if (!keys.is(WP_KIND_LIST) && !keys.is(WP_KIND_TUPLE)) corrupt(reader.position(), "the list of storage keys is not a list");
    for (uint32_t i = 0; i < keys.items.size; ++i) {
      uint64_t at = reader.position();
      const Node &key = *keys.items.data[i];
      auto found = key.is(WP_KIND_STRING) ? entries_.find(key.view()) : entries_.end();
      if (found == entries_.end()) corrupt(at, "the list of storage keys names a storage that no tensor uses");
      Entry &entry = found->second;
      if (entry.placed) corrupt(at, "storage ", printable(key.view()), " comes twice");
      std::byte count[8];
      reader.copy(count);
      // Bytes are little-endian whatever sys_info says, but until 1.3 a big-endian machine wrote the count in its own order.
      uint64_t numel = load_be<uint64_t>(count) == entry.numel ? entry.numel : load_le<uint64_t>(count);
      auto nbytes = checked_mul<uint64_t>(numel, entry.itemsize);
      if (numel != entry.numel || !nbytes || *nbytes > reader.left()) {
        corrupt(at, "storage ", printable(key.view()), " has ", numel, " elements, ", entry.numel, " are expected and ",
                reader.left(), " bytes are left");
      }
      entry.storage->place(reader.position());
      entry.placed = true;
      reader.skip(*nbytes);
    }
    for (const auto &[key, entry] : entries_) {
      if (!entry.placed && entry.numel)
        corrupt(reader.position(), "the file ends without the bytes of storage ", printable(key));
    }
  }

  std::vector<Ref<Storage>> take_storages() { return std::move(list_); }

 private:
  Node *persistent_load(Tree &tree, Node &id) override {
    // ("module", class, source file, source): the class alone matters.
    if (id.is(WP_KIND_TUPLE) && id.items.size >= 2 && id.items.data[0]->is_string("module")) return id.items.data[1];
    StorageId parsed = parse_storage_id(id);
    if (!parsed.view_metadata) return storage_node(tree, root_storage(parsed), parsed);

    // (view key, offset, view size): a window of the storage, in elements.
    const Items &window = items_of(*parsed.view_metadata);
    auto number = [&](uint32_t i) {
      bool good = i < window.size && window.data[i]->is(WP_KIND_INT) && !window.data[i]->flag && window.data[i]->integer >= 0;
      if (!good) fail(WP_ERROR_CORRUPT, "storage ", printable(parsed.key), " has broken view metadata");
      return static_cast<uint64_t>(window.data[i]->integer);
    };
    uint64_t offset = number(1), size = number(2);
    if (!inside(offset, size, parsed.numel)) {
      fail(WP_ERROR_CORRUPT, "a view of storage ", printable(parsed.key), " lies outside it");
    }
    Ref<Storage> root = root_storage(parsed);
    parsed.numel = size;
    return storage_node(tree, std::move(root), parsed, offset);
  }

  Ref<Storage> root_storage(const StorageId &id) {
    auto [found, added] = entries_.try_emplace(id.key);
    Entry &entry = found->second;
    if (added) {
      entry = {make_ref<LegacyStorage>(source_, id.nbytes, std::string(id.location)), id.numel, itemsize(id.dtype)};
      entry.storage->set_swapped(!kLittleEndian);
      list_.push_back(entry.storage);
    } else if (id.nbytes > entry.storage->nbytes()) {
      fail(WP_ERROR_CORRUPT, "storage ", printable(id.key), " is named with two sizes");
    }
    return entry.storage;
  }

  Ref<Source> source_;
  std::unordered_map<std::string_view, Entry, StringHash> entries_;  // keys are text of the tree
  std::vector<Ref<Storage>> list_;
};

void expect_protocol(const Node &version) {
  if (!version.is(WP_KIND_INT) || version.flag) fail(WP_ERROR_CORRUPT, "the protocol version is not an int");
  if (version.integer != 1001) fail(WP_ERROR_UNSUPPORTED, "protocol version ", version.integer, ", only 1001 is known");
}

}  // namespace

bool looks_like_torch_legacy(const Source &source) {
  std::array<std::byte, 24> start{};
  source.read(0, std::span(start).first(std::min<uint64_t>(start.size(), source.size())));
  auto stands_at = [&](size_t at, std::span<const std::byte> text) {
    return std::equal(text.begin(), text.end(), start.begin() + static_cast<ptrdiff_t>(at));
  };
  // PROTO of two bytes comes first since protocol 2, and FRAME of nine since protocol 4.
  size_t at = start[0] == std::byte{0x80} ? start[2] == std::byte{0x95} ? 11 : 2 : 0;
  static constexpr std::string_view kDecimal = "L119547037146";
  return stands_at(at, std::as_bytes(std::span(kMagic))) || stands_at(at, std::as_bytes(std::span(kDecimal)));
}

Document read_torch_legacy(Ref<Source> source, Operation &operation) {
  Document document;
  document.format = WP_FORMAT_TORCH_LEGACY;
  document.tree = make_ref<Tree>(Budget(operation.limits(), source->size()));
  Tree &tree = *document.tree;
  Globals globals;
  Reader reader(source);
  auto next = [&](PersistentLoader *loader) { return unpickle(reader, tree, globals, loader, operation); };

  next(nullptr);  // the magic number
  expect_protocol(*next(nullptr));
  next(nullptr);  // sys_info: nothing that a reader needs
  TorchLegacy legacy(source);
  document.root = next(&legacy);
  legacy.place(reader, *next(nullptr));
  document.globals = globals.take();
  document.storages = legacy.take_storages();
  check_depth(*document.root, operation);
  return document;
}

}  // namespace weightport
