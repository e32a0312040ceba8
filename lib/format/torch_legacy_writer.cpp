// SPDX-License-Identifier: MIT
#include "format/torch_legacy_writer.hpp"

#include "base/endian.hpp"
#include "base/text.hpp"
#include "format/pickle/pickler.hpp"
#include "value/tree.hpp"

namespace weightport {
namespace {

// At most, of what is written beside the object and the storages, and beside each of these: its key and its size.
constexpr uint64_t kAround = 1024;
constexpr uint64_t kAroundStorage = 64;

// {"protocol_version": 1001, "little_endian": True, "type_sizes": {"short": 2, "int": 4, "long": 4}}
Node *system_info(Tree &tree) {
  Node *sizes = tree.dict(), *info = tree.dict();
  tree.set(*sizes, tree.string("short"), tree.integer(2));
  tree.set(*sizes, tree.string("int"), tree.integer(4));
  tree.set(*sizes, tree.string("long"), tree.integer(4));
  tree.set(*info, tree.string("protocol_version"), tree.integer(1001));
  tree.set(*info, tree.string("little_endian"), tree.boolean(true));
  tree.set(*info, tree.string("type_sizes"), sizes);
  return info;
}

}  // namespace

void write_torch_legacy(const Node &root, Sink &sink, Operation &operation) {
  StorageTable storages;
  Buffer object = pickle(root, storages, StorageIds::kLegacy, operation);

  auto tree = make_ref<Tree>(Budget(operation.limits(), object.size()));
  Node *keys = tree->list();
  uint64_t total = object.size();
  for (size_t i = 0; i < storages.storages().size(); ++i) {
    tree->append(*keys, tree->string(concat(i)));
    total += storages.storages()[i].storage->nbytes();
  }
  operation.set_total(total);
  sink.expect(total + kAround + kAroundStorage * storages.storages().size());

  StorageTable none;
  auto write_value = [&](const Node &node) { sink.write(pickle(node, none, StorageIds::kNone, operation).span()); };
  write_value(*tree->big_integer("119547037146038801333356"));
  write_value(*tree->integer(1001));
  write_value(*system_info(*tree));
  sink.write(object.span());
  operation.advance(object.size());
  write_value(*keys);
  for (const auto &[storage, dtype] : storages.storages()) {
    // Untyped storages count bytes.
    std::byte count[8];
    store_le(count, storage->nbytes() / (dtype_info(dtype)->storage ? itemsize(dtype) : 1));
    sink.write(count);
    storage->stream(Storage::kPiece, [&](std::span<const std::byte> piece) {
      sink.write(piece);
      operation.advance(piece.size());
    });
  }
}

}  // namespace weightport
