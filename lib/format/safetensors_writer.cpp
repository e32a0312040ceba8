// SPDX-License-Identifier: MIT
// After safetensors/src/tensor.rs (prepare) of huggingface/safetensors.
#include "format/safetensors_writer.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/checked.hpp"
#include "base/endian.hpp"
#include "base/error.hpp"
#include "base/hash.hpp"
#include "format/flat_state_dict.hpp"
#include "format/json_text.hpp"
#include "format/safetensors.hpp"
#include "format/safetensors_layout.hpp"
#include "format/tensor_writer.hpp"

namespace weightport {
namespace {

constexpr std::string_view kMetadata = "__metadata__";

struct Written {
  std::string_view name;
  const Tensor *tensor;
  const SafetensorsDtype *dtype;
};

struct Alias {
  std::string_view name, kept;
};

const SafetensorsDtype *dtype_of_tensor(const Tensor &tensor) {
  if (tensor.layout() != WP_LAYOUT_STRIDED) fail(WP_ERROR_UNSUPPORTED, "safetensors holds no sparse tensors");
  if (is_wrapper(tensor)) {
    fail(WP_ERROR_UNSUPPORTED, "a tensor that wraps others, as DTensor does, has no data of its own to write: save what its "
                               "full_tensor() gives, or another of the formats of PyTorch");
  }
  if (!tensor.storage()) fail(WP_ERROR_UNSUPPORTED, "a tensor on the meta device has no data to write");
  auto found = std::find_if(std::begin(kSafetensorsDtypes), std::end(kSafetensorsDtypes),
                            [&](const auto &known) { return known.dtype == tensor.dtype(); });
  if (found == std::end(kSafetensorsDtypes)) {
    fail(WP_ERROR_UNSUPPORTED, "safetensors holds no ", dtype_info(tensor.dtype())->name, " tensors");
  }
  if (tensor.dtype() == WP_DTYPE_FLOAT4_E2M1FN_X2 && tensor.ndim() == 0) {
    fail(WP_ERROR_UNSUPPORTED, "safetensors counts the halves of float4_e2m1fn_x2, so a tensor of them needs a dimension");
  }
  return found;
}

class Layout {
 public:
  Layout(const std::vector<NamedTensor> &tensors, const Node *metadata) : tensors_(tensors) {
    collect();
    add_metadata(metadata);
    for (const auto &entry : entries_) add(entry);
    header_ += '}';
    header_.resize((header_.size() + 7) / 8 * 8, ' ');
    if (header_.size() > kSafetensorsMaxHeader) {
      fail(WP_ERROR_UNSUPPORTED, "the header would have ", header_.size(), " bytes, safetensors allows ",
           kSafetensorsMaxHeader);
    }
  }

  const std::vector<Written> &entries() const noexcept { return entries_; }
  const std::string &header() const noexcept { return header_; }
  uint64_t data_size() const noexcept { return offset_; }

 private:
  void collect() {
    std::vector<size_t> kept = tied_weights(tensors_);
    entries_.reserve(kept.size());
    for (size_t i = 0; i < kept.size(); ++i) {
      const auto &[name, tensor] = tensors_[i];
      try {
        if (name == kMetadata) fail(WP_ERROR_UNSUPPORTED, "safetensors keeps this name for itself");
        const auto *dtype = dtype_of_tensor(*tensor);
        if (kept[i] == i) {
          entries_.push_back({name, tensor, dtype});
        } else {
          aliases_.push_back({name, tensors_[kept[i]].name});
        }
      } catch (Error &error) {
        throw error.with_key(name);
      }
    }
    std::sort(entries_.begin(), entries_.end(),
              [](const Written &a, const Written &b) { return a.dtype != b.dtype ? a.dtype > b.dtype : a.name < b.name; });
    std::sort(aliases_.begin(), aliases_.end(), [](const Alias &a, const Alias &b) { return a.name < b.name; });
  }

  void add_metadata(const Node *metadata) {
    bool format = false;
    for (uint32_t i = 0; metadata && i < child_count(*metadata); ++i) {
      const Node *key = key_at(*metadata, i), *value = child_at(*metadata, i);
      if (!key || !key->is(WP_KIND_STRING) || !value->is(WP_KIND_STRING)) continue;
      if (would_restore(key->view(), value->view())) continue;
      format |= key->view() == "format";
      add_text(key->view(), value->view());
    }
    if (!aliases_.empty() && !format) add_text("format", "pt");
    for (const auto &alias : aliases_) add_text(concat(kSafetensorsAlias, alias.name), alias.kept);
    header_ += header_.empty() ? "{" : "}";
  }

  // Whether a reader would take metadata that is not ours for a record of tied weights.
  bool would_restore(std::string_view name, std::string_view kept) {
    if (!name.starts_with(kSafetensorsAlias)) return false;
    name.remove_prefix(kSafetensorsAlias.size());
    bool alias = std::binary_search(aliases_.begin(), aliases_.end(), Alias{name, {}},
                                    [](const Alias &a, const Alias &b) { return a.name < b.name; });
    if (names_.empty()) {
      for (const auto &tensor : tensors_) names_.insert(tensor.name);
    }
    return alias || (!names_.contains(name) && names_.contains(kept));
  }

  void add_text(std::string_view name, std::string_view text) {
    header_ += header_.empty() ? "{\"__metadata__\":{" : ",";
    append_json_string(header_, name, false);
    header_ += ':';
    append_json_string(header_, text, false);
  }

  void add(const Written &entry) try {
    auto end = checked_add(offset_, entry.tensor->nbytes());
    if (!end) fail(WP_ERROR_UNSUPPORTED, "the tensors have more than 2^64 bytes");
    if (header_.size() > 1) header_ += ',';
    append_json_string(header_, entry.name, false);
    append(header_, concat(":{\"dtype\":\"", entry.dtype->code, "\",\"shape\":["));
    add_shape(*entry.tensor);
    append(header_, concat("],\"data_offsets\":[", offset_, ",", *end, "]}"));
    offset_ = *end;
  } catch (Error &error) {
    throw error.with_key(entry.name);
  }

  void add_shape(const Tensor &tensor) {
    for (size_t i = 0; i < tensor.ndim(); ++i) {
      auto size = static_cast<uint64_t>(tensor.shape()[i]);
      if (tensor.dtype() == WP_DTYPE_FLOAT4_E2M1FN_X2 && i + 1 == tensor.ndim()) size *= 2;
      if (i) header_ += ',';
      append(header_, size);
    }
  }

  const std::vector<NamedTensor> &tensors_;
  std::unordered_set<std::string_view, StringHash> names_;  // filled when first needed
  std::vector<Written> entries_;
  std::vector<Alias> aliases_;
  std::string header_;
  uint64_t offset_ = 0;
};

}  // namespace

void write_safetensors(const Node &root, const Node *metadata, Sink &sink, Operation &operation) {
  FlatStateDict state_dict = flat_state_dict(root, operation.limits());
  Layout layout(state_dict.tensors, metadata);
  std::array<std::byte, kSafetensorsLengthSize> length;
  store_le(length.data(), uint64_t{layout.header().size()});
  uint64_t total = length.size() + layout.header().size() + layout.data_size();
  operation.set_total(total);
  sink.expect(total);
  TensorWriter writer(sink, operation);
  writer.write(length);
  writer.write(std::as_bytes(std::span(layout.header())));
  for (const auto &entry : layout.entries()) writer.write(*entry.tensor);
  writer.report();
}

}  // namespace weightport
