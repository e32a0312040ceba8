// SPDX-License-Identifier: MIT
// Builds a tree as the input chooses, saves it in each format, opens what was written and compares.
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "handle.hpp"

using fuzz::Handle;
using fuzz::made;

namespace {

constexpr int kMaxDepth = 6;
constexpr size_t kMaxTensors = 32;

class Builder {
 public:
  explicit Builder(fuzz::Choices choices) : choices_(choices) {}

  size_t below(size_t count) { return choices_.below(count); }

  Handle<wp_value> dict(int depth) {
    bool ordered = below(2), flat = below(4) == 0;
    auto dict =
        made<wp_value>([&](auto out) { return ordered ? wp_value_create_ordered_dict(out) : wp_value_create_dict(out); });
    for (size_t i = below(9); i > 0 && !choices_.empty(); --i) {
      auto item = flat ? tensor_value() : value(depth + 1);
      std::string_view key = choices_.text(8);
      if (flat || below(4)) {
        fuzz::take(wp_value_set(dict.get(), key.data(), key.size(), item.get()));
      } else {
        fuzz::take(wp_value_set_key(dict.get(), value(depth + 1).get(), item.get()));
      }
    }
    return dict;
  }

 private:
  // Never null: what cannot be made is None.
  Handle<wp_value> value(int depth) {
    Handle<wp_value> out = choices_.empty() ? nullptr : depth < kMaxDepth && below(2) ? container(depth) : scalar();
    return out ? std::move(out) : made<wp_value>(wp_value_create_none);
  }

  Handle<wp_value> scalar() {
    switch (below(12)) {
      case 0:
        return made<wp_value>([&](auto out) { return wp_value_create_bool(out, below(2)); });
      case 1:
        return made<wp_value>([&](auto out) { return wp_value_create_int(out, choices_.integer()); });
      case 2:
        return made<wp_value>([&](auto out) { return wp_value_create_int_text(out, large_int().c_str()); });
      case 3:
        return made<wp_value>([&](auto out) { return wp_value_create_float(out, real()); });
      case 4:
        return made<wp_value>([&](auto out) { return wp_value_create_complex(out, real(), real()); });
      case 5: {
        std::string_view text = choices_.text(24);
        return made<wp_value>([&](auto out) { return wp_value_create_string(out, text.data(), text.size()); });
      }
      case 6: {
        std::string_view bytes = choices_.text(255);
        return made<wp_value>([&](auto out) { return wp_value_create_bytes(out, bytes.data(), bytes.size()); });
      }
      case 7:
        return made<wp_value>([&](auto out) { return wp_value_create_dtype(out, dtype()); });
      case 8: {
        static constexpr const char *kDevices[] = {"cpu", "cuda:0", "meta", "mps"};
        const char *device = kDevices[below(4)];
        return made<wp_value>([&](auto out) { return wp_value_create_device(out, device); });
      }
      case 9: {
        int64_t sizes[3] = {choices_.integer(), choices_.byte(), choices_.byte()};
        return made<wp_value>([&](auto out) { return wp_value_create_size(out, sizes, below(4)); });
      }
      default:
        return tensor_value();
    }
  }

  Handle<wp_value> container(int depth) {
    std::vector<Handle<wp_value>> items;
    size_t kind = below(6);
    for (size_t i = kind < 4 ? below(6) : 0; i > 0 && !choices_.empty(); --i) items.push_back(value(depth + 1));
    // The same value once more.
    if (!items.empty() && below(4) == 0) items.push_back(fuzz::shared(items[0].get()));
    switch (kind) {
      case 0:
        return filled(made<wp_value>(wp_value_create_list), items);
      case 1:
        return filled(made<wp_value>(wp_value_create_set), items);
      case 2:
        return tuple(items);
      case 3:
        return object(tuple(items), depth);
      default:
        return dict(depth);
    }
  }

  static Handle<wp_value> filled(Handle<wp_value> sequence, const std::vector<Handle<wp_value>> &items) {
    for (const auto &item : items) fuzz::take(wp_value_append(sequence.get(), item.get()));
    return sequence;
  }

  static Handle<wp_value> tuple(const std::vector<Handle<wp_value>> &items) {
    std::vector<const wp_value *> pointers;
    for (const auto &item : items) pointers.push_back(item.get());
    return made<wp_value>([&](auto out) { return wp_value_create_tuple(out, pointers.data(), pointers.size()); });
  }

  Handle<wp_value> object(Handle<wp_value> args, int depth) {
    static constexpr const char *kClasses[] = {"my.module.Class", "argparse.Namespace", "torch.nn.modules.linear.Linear",
                                               "builtins.range"};
    Handle<wp_value> attributes = below(2) ? dict(depth + 1) : nullptr;
    if (below(2)) args = nullptr;
    const char *name = kClasses[below(4)];
    return made<wp_value>([&](auto out) { return wp_value_create_object(out, name, args.get(), attributes.get()); });
  }

  Handle<wp_value> tensor_value() {
    Handle<wp_tensor> tensor = any_tensor();
    if (!tensor) return made<wp_value>(wp_value_create_none);
    return made<wp_value>([&](auto out) { return wp_value_create_tensor(out, tensor.get()); });
  }

  // A new one, one that is there already, or a view of it.
  Handle<wp_tensor> any_tensor() {
    size_t how = below(4);
    if (tensors_.empty() || (how < 2 && tensors_.size() < kMaxTensors)) {
      Handle<wp_tensor> tensor = new_tensor();
      if (tensor) tensors_.push_back(fuzz::shared(tensor.get()));
      return tensor;
    }
    const wp_tensor *old = tensors_[below(tensors_.size())].get();
    if (how == 2) return fuzz::shared(old);
    int64_t shape[2] = {choices_.byte() % 4, choices_.byte() % 4}, strides[2] = {choices_.byte() % 4, choices_.byte() % 4};
    auto offset = static_cast<int64_t>(below(4));
    return made<wp_tensor>([&](auto out) { return wp_tensor_view(out, old, offset, shape, strides, 2); });
  }

  Handle<wp_tensor> new_tensor() {
    int64_t shape[3] = {choices_.byte() % 5, choices_.byte() % 5, choices_.byte() % 5};
    size_t ndim = below(4);
    Handle<wp_tensor> tensor = made<wp_tensor>([&](auto out) { return wp_tensor_create(out, dtype(), shape, ndim); });
    void *bytes = nullptr;
    if (!tensor || fuzz::take(wp_tensor_mutable_data(&bytes, tensor.get())) != WP_OK) return tensor;
    std::string_view content = choices_.text(64);
    content = content.substr(0, wp_tensor_nbytes(tensor.get()));
    std::copy(content.begin(), content.end(), static_cast<char *>(bytes));
    return tensor;
  }

  wp_dtype dtype() { return static_cast<wp_dtype>(below(48)) - 1; }
  double real() {
    return below(2) ? static_cast<double>(choices_.integer()) / 8 : 1.0 / static_cast<double>(choices_.integer());
  }
  std::string large_int() {
    std::string text = below(2) ? "-" : "";
    for (size_t i = below(200) + 1; i > 0; --i) text += static_cast<char>('0' + below(10));
    return text;
  }

  fuzz::Choices choices_;
  std::vector<Handle<wp_tensor>> tensors_;
};

void expect_same(const wp_checkpoint *a, const wp_checkpoint *b) {
  auto report = made<wp_report>([&](auto out) { return wp_checkpoint_diff(out, a, b, nullptr); });
  if (report && wp_report_size(report.get()) == 0) return;
  std::string first =
      report ? std::string(wp_report_key(report.get(), 0)) + ": " + wp_report_message(report.get(), 0) : "no report";
  fuzz::broken("what was saved is the same", first);
}

Handle<wp_tensor> saved(const wp_checkpoint *checkpoint, const wp_save_options &options) {
  return made<wp_tensor>([&](auto out) { return wp_checkpoint_save_memory(out, checkpoint, &options); });
}

std::string_view bytes_of(const wp_tensor *file) {
  const void *bytes = nullptr;
  fuzz::expect(fuzz::take(wp_tensor_data(&bytes, file)) == WP_OK, "a saved file has bytes");
  return {static_cast<const char *>(bytes), static_cast<size_t>(wp_tensor_nbytes(file))};
}

void save_to_memory(const wp_checkpoint *checkpoint, wp_format format) {
  wp_save_options options = WP_SAVE_OPTIONS_INIT;
  options.format = format;
  Handle<wp_tensor> file = saved(checkpoint, options), twin = saved(checkpoint, options);
  fuzz::expect(!file == !twin, "saving twice ends alike");
  if (!file) return;
  std::string_view bytes = bytes_of(file.get());
  fuzz::expect(bytes == bytes_of(twin.get()), "the same tree gives the same bytes");
  auto again = made<wp_checkpoint>(
      [&](auto out) { return wp_checkpoint_open_memory(out, bytes.data(), bytes.size(), "saved", nullptr); });
  fuzz::expect(again != nullptr, "what was saved can be opened");
  fuzz::expect(wp_checkpoint_format(again.get()) == format, "what was saved has the format that was asked for");
  expect_same(checkpoint, again.get());
}

void save_to_shards(const wp_checkpoint *checkpoint, const char *name, uint64_t max_shard_size) {
  static const std::filesystem::path folder = [] {
    std::string path = (std::filesystem::temp_directory_path() / "weightport-fuzz-XXXXXX").string();
    if (!mkdtemp(path.data())) std::abort();
    std::atexit([] { std::filesystem::remove_all(folder); });
    return std::filesystem::path(path);
  }();
  std::string path = (folder / name).string();
  wp_save_options options = WP_SAVE_OPTIONS_INIT;
  options.durable = false;
  options.max_shard_size = max_shard_size;
  if (fuzz::take(wp_checkpoint_save(checkpoint, path.c_str(), &options)) == WP_OK) {
    auto again = made<wp_checkpoint>([&](auto out) { return wp_checkpoint_open(out, path.c_str(), nullptr); });
    fuzz::expect(again != nullptr, "saved shards can be opened");
    expect_same(checkpoint, again.get());
  }
  for (const auto &file : std::filesystem::directory_iterator(folder)) std::filesystem::remove(file);
}

}  // namespace

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  Builder builder(fuzz::Choices(data, size));
  bool shards = builder.below(16) == 0;
  uint64_t max_shard_size = builder.below(256) + 1;
  Handle<wp_value> root = builder.dict(0);
  auto checkpoint = made<wp_checkpoint>(wp_checkpoint_create);
  fuzz::expect(fuzz::take(wp_checkpoint_set_root(checkpoint.get(), root.get())) == WP_OK, "any value can be the root");
  for (wp_format format : {WP_FORMAT_TORCH_ZIP, WP_FORMAT_TORCH_LEGACY, WP_FORMAT_SAFETENSORS}) {
    save_to_memory(checkpoint.get(), format);
  }
  if (shards) {
    save_to_shards(checkpoint.get(), "model.safetensors.index.json", max_shard_size);
    save_to_shards(checkpoint.get(), "model.bin.index.json", max_shard_size);
  }
  return 0;
}
