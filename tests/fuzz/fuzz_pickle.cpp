// SPDX-License-Identifier: MIT
// One pickle, whose persistent ids name storages of a few bytes each.
#include "format/pickle/unpickler.hpp"
#include "format/torch_storage.hpp"
#include "fuzz.hpp"
#include "value/depth.hpp"

using namespace weightport;

namespace {

constexpr uint64_t kMaxStorage = 256;

class Storages final : public PersistentLoader {
 public:
  std::vector<Ref<Storage>> list;

 private:
  Node *persistent_load(Tree &tree, Node &id) override {
    StorageId parsed = parse_storage_id(id);
    if (parsed.location == "meta") return storage_node(tree, nullptr, parsed);
    if (parsed.nbytes > kMaxStorage) fail(WP_ERROR_CORRUPT, "a storage is too large");
    list.push_back(owned_storage(Buffer::zeroed(parsed.nbytes), std::string(parsed.location)));
    return storage_node(tree, list.back(), parsed);
  }
};

Document read_pickle(Ref<Source> source, Operation &operation) {
  Document document;
  document.tree = make_ref<Tree>(Budget(operation.limits(), source->size()));
  Globals globals;
  Storages storages;
  Reader reader(source);
  document.root = unpickle(reader, *document.tree, globals, &storages, operation);
  document.globals = globals.take();
  document.storages = std::move(storages.list);
  check_depth(*document.root, operation);
  return document;
}

}  // namespace

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  fuzz::read_both_ways(fuzz::bytes_of(data, size), read_pickle);
  return 0;
}
