// SPDX-License-Identifier: MIT
// The data of the page: tensors, and the nodes of the tree with their depth, in the order of the file.
#include <set>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "handles.hpp"
#include "json_parts.hpp"
#include "page.hpp"
#include "statistics.hpp"
#include "stats.hpp"
#include "text.hpp"
#include "totals.hpp"
#include "value_text.hpp"

namespace {

constexpr ReprLimits kValue{2000, 100, 3};

class PageVisitor : public Visitor {
 public:
  explicit PageVisitor(const wp_checkpoint *checkpoint) {
    for (size_t i = 0; i < wp_checkpoint_global_count(checkpoint); ++i) {
      if (!wp_checkpoint_global_allowed(checkpoint, i)) foreign_.insert(wp_checkpoint_global_name(checkpoint, i));
    }
  }

  void enter(const Place &place, const wp_value *value) override {
    ++depth_;
    if (const wp_tensor *tensor = wp_value_tensor(value); tensor && place.selected) {
      begin(place, "tensor");
      nodes_ += ",\"i\":" + std::to_string(index_of(tensor));
      append_class(value);
      nodes_ += '}';
      totals_.add(tensor);
    } else if (place.selected && !place.in_arguments && depth_ <= closed_ && !is_empty_private(place.step, value)) {
      add(place, value);
    }
    check_output(nodes_.size());
  }

  void leave(const Place &, const wp_value *) override {
    if (--depth_ < closed_) closed_ = ~size_t{0};
  }

  std::string finish() {
    table_.compute("inspect");
    std::string out = "\"totals\":{\"tensors\":" + std::to_string(totals_.tensors());
    out += ",\"parameters\":" + std::to_string(totals_.parameters()) + ",\"bytes\":" + std::to_string(totals_.bytes());
    out += ",\"storages\":" + std::to_string(totals_.storages()) + "},\n\"tensors\":[";
    for (size_t i = 0; i < tensors_.size(); ++i) {
      out += i ? ",\n" : "\n";
      append_tensor(out, tensors_[i]);
      check_output(out.size());
    }
    return out + "],\n\"nodes\":[" + nodes_ + "]";
  }

 private:
  struct Entry {
    const wp_tensor *tensor;
    size_t statistics;
    size_t storage;  // 0 = none
  };

  void begin(const Place &place, const char *kind) {
    nodes_ += nodes_.empty() ? "\n{\"d\":" : ",\n{\"d\":";
    nodes_ += std::to_string(place.depth) + ",\"t\":\"" + kind + "\"";
    if (place.step.kind == Step::kRoot) return;
    std::string label;
    append_step_text(label, place.step);
    nodes_ += ",\"k\":";
    append_json(nodes_, label);
  }

  void append_class(const wp_value *value) {
    std::string_view name = wp_value_class(value);
    if (name.empty()) return;
    nodes_ += ",\"c\":";
    append_json(nodes_, name);
    if (foreign_.count(name)) nodes_ += ",\"f\":1";
  }

  void append_value(const wp_value *value) {
    std::string text;
    append_repr(text, value, kValue);
    nodes_ += ",\"v\":";
    append_json(nodes_, text);
  }

  void add(const Place &place, const wp_value *value) {
    wp_kind kind = wp_value_kind(value);
    begin(place, wp_kind_name(kind));
    append_class(value);
    if (place.cyclic) {
      nodes_ += ",\"v\":\"(contains itself)\"";
    } else if (is_scalar(kind) || (is_sequence(kind) && has_only_scalars(value))) {
      append_value(value);
      closed_ = depth_;  // what is below is on this line
    } else {
      nodes_ += ",\"n\":" + std::to_string(wp_value_size(value));
    }
    nodes_ += '}';
  }

  size_t index_of(const wp_tensor *tensor) {
    auto [entry, is_new] = indices_.try_emplace(tensor, tensors_.size());
    if (is_new) {
      uint64_t id = wp_tensor_storage_id(tensor);
      size_t storage = id ? storages_.try_emplace(id, storages_.size() + 1).first->second : 0;
      tensors_.push_back({tensor, table_.add(tensor), storage});
    }
    return entry->second;
  }

  void append_tensor(std::string &out, const Entry &entry) const {
    const wp_tensor *tensor = entry.tensor;
    out += std::string("{\"dtype\":\"") + wp_dtype_name(wp_tensor_dtype(tensor)) + "\",\"shape\":";
    append_ints(out, {wp_tensor_shape(tensor), wp_tensor_ndim(tensor)});
    if (!wp_tensor_is_contiguous(tensor) && wp_tensor_strides(tensor)) {
      append_ints(out += ",\"strides\":", {wp_tensor_strides(tensor), wp_tensor_ndim(tensor)});
    }
    out += ",\"bytes\":" + std::to_string(bytes_of(tensor));
    if (entry.storage) {
      out += ",\"storage\":" + std::to_string(entry.storage) + ",\"room\":" + std::to_string(wp_tensor_storage_nbytes(tensor));
      out += ",\"offset\":" + std::to_string(wp_tensor_storage_offset(tensor));
    }
    if (wp_tensor_layout(tensor) != WP_LAYOUT_STRIDED) out += ",\"text\":\"" + dtype_and_shape(tensor) + "\"";
    std::string_view device = wp_tensor_device(tensor);
    if (device != "cpu") append_json(out += ",\"device\":", device);
    if (wp_tensor_is_parameter(tensor)) out += ",\"parameter\":true";
    out += ',';
    append_statistics_json(out, table_[entry.statistics]);
    out += '}';
  }

  std::set<std::string_view> foreign_;
  StatisticsTable table_;
  Totals totals_;
  std::vector<Entry> tensors_;
  std::unordered_map<const wp_tensor *, size_t> indices_;
  std::unordered_map<uint64_t, size_t> storages_;
  std::string nodes_;
  size_t depth_ = 0;            // of the value that was entered last; 1 for the root
  size_t closed_ = ~size_t{0};  // deeper values are not listed
};

}  // namespace

std::string page_data(const std::string &file, const wp_checkpoint *checkpoint, TreeWalk &walk) {
  PageVisitor visitor(checkpoint);
  walk.run(wp_checkpoint_root(checkpoint), visitor);
  std::string out = "{\"file\":";
  append_json(out, file);
  out += std::string(",\"format\":\"") + wp_format_name(wp_checkpoint_format(checkpoint)) + "\",\"globals\":[";
  for (size_t i = 0; i < wp_checkpoint_global_count(checkpoint); ++i) {
    append_json(out += i ? ",{\"name\":" : "{\"name\":", wp_checkpoint_global_name(checkpoint, i));
    out += wp_checkpoint_global_allowed(checkpoint, i) ? ",\"allowed\":true}" : ",\"allowed\":false}";
  }
  return out + "],\n" + visitor.finish() + "}";
}
