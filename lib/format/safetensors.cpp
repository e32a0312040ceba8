// SPDX-License-Identifier: MIT
// After safetensors/src/tensor.rs of huggingface/safetensors 0.6.
#include "format/safetensors.hpp"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "base/checked.hpp"
#include "base/endian.hpp"
#include "base/error.hpp"
#include "tensor/tensor.hpp"

namespace weightport {
namespace {

namespace dom = simdjson::dom;

constexpr uint64_t kLengthSize = 8;
constexpr uint64_t kMaxHeader = 100'000'000;

// What simdjson allocates for each byte of JSON: eight of tape, four of index, two of text.
constexpr uint64_t kParserRatio = 14;

wp_dtype dtype_from_code(std::string_view code) {
  static constexpr std::pair<std::string_view, wp_dtype> kCodes[] = {
      {"F32", WP_DTYPE_FLOAT32},
      {"F16", WP_DTYPE_FLOAT16},
      {"BF16", WP_DTYPE_BFLOAT16},
      {"I64", WP_DTYPE_INT64},
      {"I32", WP_DTYPE_INT32},
      {"U8", WP_DTYPE_UINT8},
      {"I8", WP_DTYPE_INT8},
      {"F64", WP_DTYPE_FLOAT64},
      {"BOOL", WP_DTYPE_BOOL},
      {"I16", WP_DTYPE_INT16},
      {"U16", WP_DTYPE_UINT16},
      {"U32", WP_DTYPE_UINT32},
      {"U64", WP_DTYPE_UINT64},
      {"C64", WP_DTYPE_COMPLEX64},
      {"F8_E4M3", WP_DTYPE_FLOAT8_E4M3FN},
      {"F8_E5M2", WP_DTYPE_FLOAT8_E5M2},
      {"F8_E8M0", WP_DTYPE_FLOAT8_E8M0FNU},
      {"F8_E4M3FNUZ", WP_DTYPE_FLOAT8_E4M3FNUZ},
      {"F8_E5M2FNUZ", WP_DTYPE_FLOAT8_E5M2FNUZ},
      {"F4", WP_DTYPE_FLOAT4_E2M1FN_X2},
  };
  for (const auto &[name, dtype] : kCodes) {
    if (name == code) return dtype;
  }
  fail(WP_ERROR_UNSUPPORTED, "the dtype \"", printable(code), "\" is none of PyTorch's");
}

template <class T>
T get(dom::element element, std::string_view what) {
  T value;
  if (element.get(value)) fail(WP_ERROR_CORRUPT, what, " is missing or of another type than expected");
  return value;
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
    auto size = get<uint64_t>(item, "a size of the shape");
    if (size > INT64_MAX) fail(WP_ERROR_CORRUPT, "a tensor has a size of more than 2^63");
    sizes[ndim++] = static_cast<int64_t>(size);
  }
  return ndim;
}

std::pair<uint64_t, uint64_t> read_range(dom::array offsets) {
  if (offsets.size() != 2) fail(WP_ERROR_CORRUPT, "data_offsets holds ", offsets.size(), " numbers instead of 2");
  return {get<uint64_t>(offsets.at(0).value_unsafe(), "the first of data_offsets"),
          get<uint64_t>(offsets.at(1).value_unsafe(), "the second of data_offsets")};
}

TensorInfo read_info(dom::object object) {
  TensorInfo info;
  auto set = [](auto &field, auto value) {
    if (field) fail(WP_ERROR_CORRUPT, "a field of the header occurs twice");
    field = value;
  };
  for (auto [field, value] : object) {
    if (field == "dtype") set(info.dtype, dtype_from_code(get<std::string_view>(value, "dtype")));
    if (field == "shape") set(info.ndim, read_shape(get<dom::array>(value, "shape"), info.sizes));
    if (field == "data_offsets") set(info.range, read_range(get<dom::array>(value, "data_offsets")));
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
    if (metadata && !metadata->is_null()) add_metadata(get<dom::object>(*metadata, "__metadata__"));
    return std::move(document_);
  }

 private:
  struct Range {
    uint64_t begin, end;
    std::string_view name;
  };

  dom::object parse() {
    std::byte length[kLengthSize];
    source_->read(0, length);
    auto size = load_le<uint64_t>(length);
    if (size > kMaxHeader) corrupt(0, "the header has ", size, " bytes, more than ", kMaxHeader);
    if (size > source_->size() - kLengthSize) {
      corrupt(0, "the header of ", size, " bytes reaches past the end of the file, which has ", source_->size());
    }
    // A copy of the budget: the parser's memory is gone again when the file is open.
    Budget(budget_).charge(size * kParserRatio);
    json_ = Buffer(size + simdjson::SIMDJSON_PADDING);
    source_->read(kLengthSize, json_.span().first(static_cast<size_t>(size)));
    std::memset(json_.data() + size, 0, simdjson::SIMDJSON_PADDING);
    if (size == 0 || json_.data()[0] != std::byte{'{'}) corrupt(kLengthSize, "the header does not start with \"{\"");
    dom::element root;
    auto error = parser_.parse(reinterpret_cast<const uint8_t *>(json_.data()), static_cast<size_t>(size), false).get(root);
    if (error == simdjson::MEMALLOC) throw std::bad_alloc();
    if (error) corrupt(kLengthSize, "the header is not valid JSON: ", std::string_view(simdjson::error_message(error)));
    data_offset_ = kLengthSize + size;
    data_size_ = source_->size() - data_offset_;
    return root.get_object().value_unsafe();
  }

  void add_tensor(std::string_view name, dom::element value) try {
    TensorInfo info = read_info(get<dom::object>(value, "the tensor's description"));
    auto [begin, end] = *info.range;
    if (begin > end || end > data_size_) {
      fail(WP_ERROR_CORRUPT, "data_offsets ", begin, " to ", end, " are not a part of the ", data_size_, " bytes of data");
    }
    auto nbytes = checked_mul(static_cast<uint64_t>(element_count(info.shape())), itemsize(*info.dtype));
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
      auto text = get<std::string_view>(value, "a value of __metadata__");
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
  Buffer json_;
  dom::parser parser_;
  uint64_t data_offset_ = 0;
  uint64_t data_size_ = 0;
  Document document_;
  std::vector<Range> ranges_;
};

}  // namespace

bool looks_like_safetensors(const Source &source) {
  std::byte start[kLengthSize + 1];
  if (source.size() < sizeof start) return false;
  source.read(0, start);
  auto size = load_le<uint64_t>(start);
  return size <= kMaxHeader && size <= source.size() - kLengthSize && start[kLengthSize] == std::byte{'{'};
}

Document read_safetensors(Ref<Source> source, Operation &operation) {
  return HeaderReader(std::move(source), operation).read();
}

}  // namespace weightport
