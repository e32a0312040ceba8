// SPDX-License-Identifier: MIT
#include "format/torch_zip.hpp"

#include <charconv>
#include <string>
#include <utility>
#include <vector>

#include "base/endian.hpp"
#include "base/error.hpp"
#include "format/pickle/unpickler.hpp"
#include "format/script_code.hpp"
#include "format/torch_storage.hpp"
#include "format/zip.hpp"
#include "io/reader.hpp"
#include "value/depth.hpp"

namespace weightport {
namespace {

// The text before the first "/" of the first record, with the slash: what every record's name begins with.
std::string_view root_folder(const ZipArchive &archive) {
  if (archive.records().empty()) return {};
  std::string_view name = archive.records()[0].name;
  return name.substr(0, name.find('/') + 1);
}

// Throws for what PyTorch writes as a zip archive too, but without a pickle of weights to read: where they are instead.
void refuse_other_torch_zip(const ZipArchive &archive, const std::string &root) {
  auto has = [&](std::string_view name) { return archive.find(concat(root, name)) != nullptr; };
  if (has("model.json")) {
    fail(WP_ERROR_UNSUPPORTED, "this is TorchScript as PyTorch wrote it before 1.4, with its tensors in model.json: load and "
                               "save it once with PyTorch");
  }
  if (has(".data/extern_modules")) {
    fail(WP_ERROR_UNSUPPORTED, "this is a torch.package: load it with torch.package.PackageImporter, and save its state_dict "
                               "with torch.save");
  }
  // Until 2.7, and from 2.8 on, whose later versions have a record of bare bytes for each tensor.
  if (archive.find("serialized_state_dict.pt")) {
    fail(WP_ERROR_UNSUPPORTED, "this is a program of torch.export: unpack it, and open serialized_state_dict.pt");
  }
  if (has("data/weights/model.pt")) {
    fail(WP_ERROR_UNSUPPORTED, "this is a program of torch.export: unpack it, and open ", printable(root),
         "data/weights/model.pt");
  }
  if (has("archive_format")) {
    fail(WP_ERROR_UNSUPPORTED, "this is a program of torch.export: load it with torch.export.load, and save its state_dict "
                               "with torch.save");
  }
}

// What another zip archive is, by a record in it.
std::string what_zip(const ZipArchive &archive) {
  static constexpr struct {
    std::string_view record;
    const char *what;
  } kKnown[] = {
      {"[Content_Types].xml", "an Office document"},
      {"META-INF/MANIFEST.MF", "a Java archive"},
      {"model.weights.h5", "a Keras model"},
      {"mimetype", "a document or book"},
  };
  for (const auto &known : kKnown) {
    if (archive.find(known.record)) return concat("it looks like ", known.what);
  }
  if (archive.records().empty()) return "it is empty";
  std::string_view first = archive.records()[0].name;
  if (first.ends_with(".npy")) return "it looks like a numpy .npz file: load it with numpy";
  for (const ZipRecord &record : archive.records()) {
    for (std::string_view ending : {".pt", ".pth", ".bin", ".safetensors", ".ckpt"}) {
      if (record.name.ends_with(ending)) return concat("unpack it, and open ", printable(record.name));
    }
  }
  return concat("it has no record ", printable(root_folder(archive)), "data.pkl");
}

class TorchZip final : public PersistentLoader {
 public:
  TorchZip(Ref<ZipArchive> archive, std::string root, Budget &budget) : archive_(std::move(archive)), root_(std::move(root)) {
    budget.charge(archive_->records().size() * sizeof(Storage *));
    by_record_.resize(archive_->records().size());
    std::string order = small_text("byteorder", "little");
    if (order != "little" && order != "big") fail(WP_ERROR_CORRUPT, "record byteorder says \"", printable(order), "\"");
    swapped_ = (order == "little") != kLittleEndian;
  }

  const ZipRecord *record(std::string_view name) const { return archive_->find(concat(root_, name)); }
  const ZipRecord &require(std::string_view name) const {
    const ZipRecord *found = record(name);
    if (!found) fail(WP_ERROR_CORRUPT, "the archive has no record ", printable(root_), printable(name));
    return *found;
  }

  void check_version() const {
    std::string text = small_text("version", small_text(".data/version", "3"));
    int version = 0;
    std::from_chars(text.data(), text.data() + text.size(), version);
    if (version < 1) fail(WP_ERROR_CORRUPT, "record version says \"", printable(text), "\"");
    if (version > 10) fail(WP_ERROR_UNSUPPORTED, "the archive has version ", version, ", newer than 10");
  }

  Node *unpickle_record(std::string_view name, Document &document, Globals &globals, const Operation &operation) {
    const ZipRecord &pickle = require(name);
    document.tree->charge(pickle.size);
    Ref<Source> bytes = buffer_source(archive_->read(pickle), std::string(pickle.name));
    Reader reader(bytes);
    try {
      return unpickle(reader, *document.tree, globals, this, operation);
    } catch (Error &e) {
      throw e.in_record(bytes->name());
    }
  }

  std::vector<Storage *> take_by_record() { return std::move(by_record_); }
  std::vector<Ref<Storage>> take_storages() { return std::move(storages_); }

 private:
  Node *persistent_load(Tree &tree, Node &id) override {
    StorageId parsed = parse_storage_id(id);
    if (parsed.location == "meta") return storage_node(tree, nullptr, parsed);
    // A storage may be named under two dtypes: the key alone tells which it is.
    const ZipRecord &record = record_of(parsed.key);
    size_t number = archive_->number_of(record);
    next_ = number + 1;
    Storage *&storage = by_record_[number];
    if (!storage) {
      storages_.push_back(record_storage(archive_, record, std::string(parsed.location)));
      storage = storages_.back().get();
      storage->set_swapped(swapped_);
    }
    if (parsed.nbytes > storage->nbytes()) {
      fail(WP_ERROR_CORRUPT, "storage ", printable(parsed.key), " has ", storage->nbytes(), " bytes, ", parsed.nbytes,
           " are expected");
    }
    return storage_node(tree, Ref<Storage>::share(storage), parsed);
  }

  const ZipRecord &record_of(std::string_view key) {
    name_.assign(root_).append("data/").append(key);
    // Records nearly always stand in the order in which the pickle names them.
    if (next_ < archive_->records().size() && archive_->records()[next_].name == name_) return archive_->records()[next_];
    if (const ZipRecord *found = archive_->find(name_)) return *found;
    // TorchScript of C++ and old exports name the record itself.
    if (const ZipRecord *found = record(key)) return *found;
    return require(concat("data/", key));
  }

  std::string small_text(std::string_view name, std::string_view otherwise) const {
    const ZipRecord *found = record(name);
    if (!found) return std::string(otherwise);
    if (found->size > 64) fail(WP_ERROR_CORRUPT, "record ", name, " has ", found->size, " bytes");
    Buffer bytes = archive_->read(*found);
    std::string text(reinterpret_cast<const char *>(bytes.data()), bytes.size());
    return text.substr(0, text.find_last_not_of(" \r\n") + 1);
  }

  Ref<ZipArchive> archive_;
  std::string root_;
  bool swapped_;
  std::vector<Ref<Storage>> storages_;
  std::vector<Storage *> by_record_;  // null for a record that is none
  std::string name_;                  // of the record that was looked for last
  size_t next_ = 0;                   // the record behind that one
};

}  // namespace

bool looks_like_zip(const Source &source) {
  if (source.size() < 22) return false;
  std::byte magic[4];
  source.read(0, magic);
  return load_le<uint32_t>(magic) == kZipLocalSignature || load_le<uint32_t>(magic) == 0x06054b50;
}

Document read_torch_zip(Ref<Source> source, Operation &operation) {
  Budget budget(operation.limits(), source->size());
  Ref<ZipArchive> archive = ZipArchive::open(source, operation, budget);
  std::string root(root_folder(*archive));
  TorchZip zip(archive, root, budget);
  if (!zip.record("data.pkl")) {
    refuse_other_torch_zip(*archive, root);
    fail(WP_ERROR_UNSUPPORTED, "this is a zip archive, but not PyTorch's: ", what_zip(*archive));
  }
  zip.check_version();

  Document document;
  document.tree = make_ref<Tree>(budget);
  bool script = zip.record("constants.pkl") != nullptr;
  document.format = script ? WP_FORMAT_TORCHSCRIPT : WP_FORMAT_TORCH_ZIP;
  if (script) document.tree->set_script_facts(read_script_facts(*archive, root, *document.tree));
  Globals globals;
  document.root = zip.unpickle_record("data.pkl", document, globals, operation);
  document.globals = globals.take();
  document.storages = zip.take_storages();
  document.verify_checksums = [archive, storages = zip.take_by_record()](Operation &work, const TakeFault &take) {
    archive->verify(work,
                    [&](const ZipRecord &record, const Error &fault) { take(fault, storages[archive->number_of(record)]); });
  };
  check_depth(*document.root, operation);
  return document;
}

}  // namespace weightport
