// SPDX-License-Identifier: MIT
#include "format/torch_tar.hpp"

#include <array>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/checked.hpp"
#include "base/endian.hpp"
#include "base/error.hpp"
#include "base/hash.hpp"
#include "format/pickle/unpickler.hpp"
#include "format/torch_storage.hpp"
#include "io/reader.hpp"
#include "value/depth.hpp"

namespace weightport {
namespace {

constexpr uint64_t kBlock = 512;
constexpr int kMaxMembers = 64;

std::string_view text_field(const std::byte *header, size_t offset, size_t size) {
  std::string_view field(reinterpret_cast<const char *>(header) + offset, size);
  return field.substr(0, field.find('\0'));
}

uint64_t octal_field(const std::byte *header, size_t offset, size_t size, uint64_t at) {
  uint64_t value = 0;
  for (char c : text_field(header, offset, size)) {
    if (c == ' ') continue;
    if (c < '0' || c > '7') corrupt(at + offset, "a tar header has a broken number");
    value = value << 3 | static_cast<uint64_t>(c - '0');
  }
  return value;
}

template <class Value>
using ByText = std::unordered_map<std::string, Value, StringHash>;

// The regular members of a tar, by name. Long names and other extensions are skipped: PyTorch's members need none.
ByText<Ref<Source>> tar_members(const Ref<Source> &source) {
  ByText<Ref<Source>> members;
  std::array<std::byte, kBlock> header;
  for (uint64_t at = 0; inside(at, kBlock, source->size());) {
    source->read(at, header);
    if (header[0] == std::byte{0}) break;
    if (members.size() == kMaxMembers) fail(WP_ERROR_UNSUPPORTED, "this is a tar archive of many files, not PyTorch's");
    uint64_t size = octal_field(header.data(), 124, 12, at);
    std::string name(text_field(header.data(), 0, 100));
    bool regular = header[156] == std::byte{'0'} || header[156] == std::byte{0};
    at += kBlock;
    if (!inside(at, size, source->size())) corrupt(at, "the file ends inside tar member ", printable(name));
    if (regular) members[name] = slice_source(source, at, size, name);
    at += (size + kBlock - 1) / kBlock * kBlock;
  }
  return members;
}

class TorchTar final : public PersistentLoader {
 public:
  TorchTar(Ref<Source> source, Operation &operation)
      : operation_(operation),
        members_(tar_members(source)),
        tree_(make_ref<Tree>(Budget(operation.limits(), source->size()))) {}

  Document read() {
    Document document;
    in_member("storages", [&](Reader &reader) { read_storages(reader); });
    in_member("tensors", [&](Reader &reader) { read_tensors(reader); });
    in_member("pickle", [&](Reader &reader) { document.root = next(reader); });
    document.format = WP_FORMAT_TORCH_TAR;
    document.tree = tree_;
    document.globals = globals_.take();
    document.storages = std::move(storages_);
    check_depth(*document.root, operation_);
    return document;
  }

 private:
  template <class Read>
  void in_member(const char *name, Read read) {
    auto found = members_.find(name);
    if (found == members_.end())
      fail(WP_ERROR_UNSUPPORTED, "this is a tar archive, but not PyTorch's: it has no member ", name);
    Reader reader(found->second);
    try {
      read(reader);
    } catch (Error &e) {
      throw e.in_record(name);
    }
  }

  Node *next(Reader &reader) { return unpickle(reader, *tree_, globals_, this, operation_); }

  uint64_t count(Reader &reader) {
    const Node *node = next(reader);
    if (!node->is(WP_KIND_INT) || node->flag || node->integer < 0) corrupt(reader.position(), "a count is not an int");
    return static_cast<uint64_t>(node->integer);
  }

  // Keys are the addresses that objects had: ints, or their decimal text.
  std::string key_of(const Node &node, const Reader &reader) const {
    if (node.is(WP_KIND_INT)) return node.flag ? std::string(node.view()) : concat(node.integer);
    if (!node.is(WP_KIND_STRING)) corrupt(reader.position(), "a key is neither an int nor a string");
    check_storage_text(node);
    return std::string(node.view());
  }

  // A pickled (key, text or key, class).
  const Items &triple(Reader &reader) {
    const Node *node = next(reader);
    if (items_of(*node).size != 3) corrupt(reader.position(), "a storage or tensor is not described by three values");
    return items_of(*node);
  }

  void read_storages(Reader &reader) {
    for (uint64_t left = count(reader); left; --left) {
      const Items &fields = triple(reader);
      check_storage_text(*fields.data[1]);
      StorageId id{};
      id.dtype = storage_dtype(*fields.data[2]);
      id.class_name = fields.data[2]->object->extra.class_name;
      id.numel = load_le<uint64_t>(reader.take(8));
      auto nbytes = checked_mul<uint64_t>(id.numel, itemsize(id.dtype));
      if (!nbytes || *nbytes > reader.left())
        corrupt(reader.position(), "the file ends inside a storage of ", id.numel, " elements");
      Ref<Storage> storage = source_storage(reader.source(), reader.position(), *nbytes, std::string(fields.data[1]->view()));
      storage->set_swapped(!kLittleEndian);
      reader.skip(*nbytes);
      storages_.push_back(storage);
      objects_[key_of(*fields.data[0], reader)] = storage_node(*tree_, std::move(storage), id);
    }
    read_views(reader);
  }

  // Pickled (target, root, offset, size): the storage `target` is a window of `root`.
  void read_views(Reader &reader) {
    const Node *views = next(reader);
    for (uint32_t i = 0; i < items_of(*views).size; ++i) {
      const Items &fields = items_of(*items_of(*views).data[i]);
      bool numbers = fields.size == 4 && fields.data[2]->is(WP_KIND_INT) && fields.data[3]->is(WP_KIND_INT) &&
                     fields.data[2]->integer >= 0 && fields.data[3]->integer >= 0 && !fields.data[2]->flag &&
                     !fields.data[3]->flag;
      if (!numbers) corrupt(reader.position(), "a storage view is not described by four values");
      const Tensor &root = object(key_of(*fields.data[1], reader), reader);
      auto offset = static_cast<uint64_t>(fields.data[2]->integer);
      StorageId id{};
      id.dtype = root.dtype();
      id.class_name = tree_->copy("torch.storage.TypedStorage");
      id.numel = static_cast<uint64_t>(fields.data[3]->integer);
      if (!inside(offset, id.numel, static_cast<uint64_t>(root.numel())))
        corrupt(reader.position(), "a storage view lies outside its storage");
      objects_[key_of(*fields.data[0], reader)] =
          storage_node(*tree_, Ref<Storage>::share(root.storage()), id, static_cast<uint64_t>(root.storage_offset()) + offset);
    }
  }

  void read_tensors(Reader &reader) {
    for (uint64_t left = count(reader); left; --left) {
      const Items &fields = triple(reader);
      std::string key = key_of(*fields.data[0], reader);
      const Tensor &storage = object(key_of(*fields.data[1], reader), reader);
      size_t ndim = load_le<uint32_t>(reader.take(8));  // four bytes, and four unused ones
      if (ndim > Tensor::kMaxDims) corrupt(reader.position(), "a tensor has ", ndim, " dimensions");
      std::array<int64_t, 2 * Tensor::kMaxDims + 1> numbers{};
      const std::byte *bytes = reader.take((2 * ndim + 1) * 8);
      for (size_t i = 0; i < 2 * ndim + 1; ++i) numbers[i] = static_cast<int64_t>(load_le<uint64_t>(bytes + 8 * i));
      auto offset = checked_add(numbers[2 * ndim], storage.storage_offset());
      if (numbers[2 * ndim] < 0 || !offset) corrupt(reader.position(), "a tensor has a broken storage offset");
      auto tensor = make_ref<Tensor>(Ref<Storage>::share(storage.storage()), storage.dtype(), Dims{numbers.data(), ndim},
                                     Dims{numbers.data() + ndim, ndim}, *offset);
      objects_[std::move(key)] = tree_->tensor(std::move(tensor));
    }
  }

  const Tensor &object(const std::string &key, const Reader &reader) const {
    auto found = objects_.find(key);
    if (found == objects_.end()) corrupt(reader.position(), "storage ", printable(key), " is not in the file");
    return *found->second->tensor.pointer;
  }

  Node *persistent_load(Tree &, Node &id) override {
    // (class, source file, source): the class alone matters.
    if (id.is(WP_KIND_TUPLE) && id.items.size) return id.items.data[0];
    bool key = id.is(WP_KIND_STRING) || (id.is(WP_KIND_INT) && !id.flag);
    if (id.is(WP_KIND_STRING)) check_storage_text(id);
    auto found = key ? objects_.find(id.is(WP_KIND_STRING) ? std::string(id.view()) : concat(id.integer)) : objects_.end();
    if (found == objects_.end()) fail(WP_ERROR_CORRUPT, "a persistent id names no tensor or storage of the file");
    return found->second;
  }

  Operation &operation_;
  ByText<Ref<Source>> members_;
  Ref<Tree> tree_;
  Globals globals_;
  ByText<Node *> objects_;  // tensors and storages
  std::vector<Ref<Storage>> storages_;
};

}  // namespace

bool looks_like_tar(const Source &source) {
  if (source.size() < kBlock) return false;
  std::array<std::byte, kBlock> header;
  source.read(0, header);
  return text_field(header.data(), 257, 5) == "ustar";
}

Document read_torch_tar(Ref<Source> source, Operation &operation) { return TorchTar(std::move(source), operation).read(); }

}  // namespace weightport
