// SPDX-License-Identifier: MIT
// After safetensors/src/tensor.rs of huggingface/safetensors 0.6.
#include "format/safetensors.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "base/checked.hpp"
#include "base/endian.hpp"
#include "base/error.hpp"
#include "format/json.hpp"
#include "format/safetensors_layout.hpp"
#include "tensor/tensor.hpp"

namespace weightport {
namespace {

namespace dom = simdjson::dom;

wp_dtype dtype_from_code(std::string_view code) {
  for (const auto &known : kSafetensorsDtypes) {
    if (known.code == code) return known.dtype;
  }
  fail(WP_ERROR_UNSUPPORTED, "the dtype \"", printable(code), "\" is none of PyTorch's");
}

// The value of a tensor in the header.
struct TensorInfo {
  std::optional<wp_dtype> dtype;
  std::array<int64_t, Tensor::kMaxDims> sizes;
  std::optional<size_t> ndim;
  std::optional<std::pair<uint64_t, uint64_t>> range;

  Dims shape() const { return {sizes.data(), *ndim}; }
};

size_t read_shape(dom::array shape, std::array<int64_t, Tensor::kMaxDims> &sizes) {
  size_t ndim = 0;
  for (dom::element item : shape) {
    if (ndim == sizes.size()) fail(WP_ERROR_LIMIT, "a tensor has more than ", sizes.size(), " dimensions");
    auto size = json_value<uint64_t>(item, "a size of the shape");
    if (size > INT64_MAX) fail(WP_ERROR_CORRUPT, "a tensor has a size of more than 2^63");
    sizes[ndim++] = static_cast<int64_t>(size);
  }
  return ndim;
}

std::pair<uint64_t, uint64_t> read_range(dom::array offsets) {
  if (offsets.size() != 2) fail(WP_ERROR_CORRUPT, "data_offsets holds ", offsets.size(), " numbers instead of 2");
  return {json_value<uint64_t>(offsets.at(0).value_unsafe(), "the first of data_offsets"),
          json_value<uint64_t>(offsets.at(1).value_unsafe(), "the second of data_offsets")};
}

TensorInfo read_info(dom::object object) {
  TensorInfo info;
  auto set = [](auto &field, auto value) {
    if (field) fail(WP_ERROR_CORRUPT, "a field of the header occurs twice");
    field = value;
  };
  for (auto [field, value] : object) {
    if (field == "dtype") set(info.dtype, dtype_from_code(json_value<std::string_view>(value, "dtype")));
    if (field == "shape") set(info.ndim, read_shape(json_value<dom::array>(value, "shape"), info.sizes));
    if (field == "data_offsets") set(info.range, read_range(json_value<dom::array>(value, "data_offsets")));
  }
  if (!info.dtype || !info.ndim || !info.range) {
    fail(WP_ERROR_CORRUPT, "the header gives no ", !info.dtype ? "dtype" : !info.ndim ? "shape" : "data_offsets");
  }
  if (*info.dtype == WP_DTYPE_FLOAT4_E2M1FN_X2) {
    // The file counts numbers, PyTorch pairs of them.
    if (info.shape().empty() || info.shape().back() % 2) {
      fail(WP_ERROR_UNSUPPORTED, "an F4 tensor whose last dimension is odd cannot be read");
    }
    info.sizes[*info.ndim - 1] /= 2;
  }
  return info;
}

class HeaderReader {
 public:
  HeaderReader(Ref<Source> source, Operation &operation)
      : source_(std::move(source)), operation_(operation), budget_(operation.limits(), source_->size()) {}

  Document read() {
    dom::object header = parse();
    document_.format = WP_FORMAT_SAFETENSORS;
    document_.tree = make_ref<Tree>(budget_);
    document_.root = document_.tree->dict();
    std::optional<dom::element> metadata;
    for (auto [name, value] : header) {
      operation_.check_cancelled();
      if (name != "__metadata__") {
        add_tensor(name, value);
      } else if (std::exchange(metadata, value)) {
        fail(WP_ERROR_CORRUPT, "the header holds __metadata__ twice");
      }
    }
    check_coverage();
    if (metadata && !metadata->is_null()) add_metadata(json_value<dom::object>(*metadata, "__metadata__"));
    return std::move(document_);
  }

 private:
  struct Range {
    uint64_t begin, end;
    std::string_view name;
  };

  dom::object parse() {
    std::byte length[kSafetensorsLengthSize];
    source_->read(0, length);
    auto size = load_le<uint64_t>(length);
    if (size > kSafetensorsMaxHeader) corrupt(0, "the header has ", size, " bytes, more than ", kSafetensorsMaxHeader);
    if (size > source_->size() - kSafetensorsLengthSize) {
      corrupt(0, "the header of ", size, " bytes reaches past the end of the file, which has ", source_->size());
    }
    json_.emplace(*source_, kSafetensorsLengthSize, size, budget_, "the header");
    if (json_->text()[0] != std::byte{'{'}) corrupt(kSafetensorsLengthSize, "the header does not start with \"{\"");
    data_offset_ = kSafetensorsLengthSize + size;
    data_size_ = source_->size() - data_offset_;
    return json_->root().get_object().value_unsafe();
  }

  void add_tensor(std::string_view name, dom::element value) try {
    TensorInfo info = read_info(json_value<dom::object>(value, "the tensor's description"));
    auto [begin, end] = *info.range;
    if (begin > end || end > data_size_) {
      fail(WP_ERROR_CORRUPT, "data_offsets ", begin, " to ", end, " are not a part of the ", data_size_, " bytes of data");
    }
    auto nbytes = checked_mul(static_cast<uint64_t>(element_count(info.shape())), static_cast<uint64_t>(itemsize(*info.dtype)));
    if (nbytes != end - begin) {
      fail(WP_ERROR_CORRUPT, "data_offsets span ", end - begin, " bytes, which is not what the shape and dtype need");
    }
    auto storage = source_storage(source_, data_offset_ + begin, end - begin);
    storage->set_unit(dtype_info(*info.dtype)->unit);
    storage->set_swapped(!kLittleEndian);
    std::array<int64_t, Tensor::kMaxDims> strides;
    contiguous_strides(info.shape(), strides.data());
    Dims used{strides.data(), *info.ndim};
    document_.tree->charge(sizeof(Range) + sizeof(Ref<Storage>));
    uint32_t entries = child_count(*document_.root);
    Node *key = add_entry(name, make_ref<Tensor>(storage, *info.dtype, info.shape(), used, 0));
    if (child_count(*document_.root) == entries) fail(WP_ERROR_CORRUPT, "the header holds a name twice");
    ranges_.push_back({begin, end, key->view()});
    document_.storages.push_back(std::move(storage));
  } catch (Error &error) {
    error.with_key(name);
    throw;
  }

  Node *add_entry(std::string_view name, Ref<Tensor> tensor) {
    Tree &tree = *document_.tree;
    if (tree.tensor_count() >= operation_.limits().max_tensors) {
      fail(WP_ERROR_LIMIT, "the file has more than ", operation_.limits().max_tensors, " tensors (wp_limits.max_tensors)");
    }
    Node *key = tree.string(name);
    tree.set(*document_.root, key, tree.tensor(std::move(tensor)));
    return key;
  }

  // Every byte of the data belongs to one tensor.
  void check_coverage() {
    auto before = [](const Range &a, const Range &b) { return std::pair(a.begin, a.end) < std::pair(b.begin, b.end); };
    if (!std::is_sorted(ranges_.begin(), ranges_.end(), before)) std::sort(ranges_.begin(), ranges_.end(), before);
    uint64_t covered = 0;
    for (const auto &range : ranges_) {
      if (range.begin != covered) {
        throw Error(WP_ERROR_CORRUPT,
                    concat("the tensor's bytes ", range.begin < covered ? "overlap another's" : "leave a hole before them"),
                    static_cast<int64_t>(data_offset_ + range.begin))
            .with_key(range.name);
      }
      covered = range.end;
    }
    if (covered != data_size_) {
      corrupt(data_offset_ + covered, "the tensors end here, but the file has ", source_->size(), " bytes");
    }
  }

  void add_metadata(dom::object entries) {
    Tree &tree = *document_.tree;
    document_.metadata = tree.dict();
    for (auto [name, value] : entries) {
      operation_.check_cancelled();
      auto text = json_value<std::string_view>(value, "a value of __metadata__");
      if (restore_alias(name, text)) continue;
      if (find(*document_.metadata, name)) fail(WP_ERROR_CORRUPT, "__metadata__ holds \"", printable(name), "\" twice");
      tree.set(*document_.metadata, tree.string(name), tree.string(text));
    }
  }

  bool restore_alias(std::string_view name, std::string_view kept_name) {
    if (!name.starts_with(kSafetensorsAlias)) return false;
    name.remove_prefix(kSafetensorsAlias.size());
    Node *kept = find(*document_.root, kept_name);
    if (!kept || find(*document_.root, name)) return false;
    add_entry(name, Ref<Tensor>::share(kept->tensor.pointer));
    return true;
  }

  Ref<Source> source_;
  Operation &operation_;
  Budget budget_;
  std::optional<Json> json_;
  uint64_t data_offset_ = 0;
  uint64_t data_size_ = 0;
  Document document_;
  std::vector<Range> ranges_;
};

}  // namespace

bool looks_like_safetensors(const Source &source) {
  std::byte start[kSafetensorsLengthSize + 1];
  if (source.size() < sizeof start) return false;
  source.read(0, start);
  auto size = load_le<uint64_t>(start);
  return size <= kSafetensorsMaxHeader && size <= source.size() - kSafetensorsLengthSize &&
         start[kSafetensorsLengthSize] == std::byte{'{'};
}

Document read_safetensors(Ref<Source> source, Operation &operation) {
  return HeaderReader(std::move(source), operation).read();
}

}  // namespace weightport
