// SPDX-License-Identifier: MIT
// The JSON of `weightport inspect --json`. Other programs read it: see weightport(1).
#include <unordered_map>
#include <utility>

#include "checksum.hpp"
#include "handles.hpp"
#include "inspect.hpp"
#include "json_parts.hpp"
#include "text.hpp"
#include "value_text.hpp"

namespace {

// Type and value of what is neither a container nor an object nor a tensor.
void append_scalar(std::string &out, const wp_value *value) {
  wp_kind kind = wp_value_kind(value);
  out += std::string("\"type\":\"") + wp_kind_name(kind) + "\",\"value\":";
  switch (kind) {
    case WP_KIND_BOOL:
      out += int_text(value) == "1" ? "true" : "false";
      return;
    case WP_KIND_INT:
      return append_int(out, value);
    case WP_KIND_FLOAT:
      return append_float(out, float_of(value));
    case WP_KIND_COMPLEX: {
      double real, imag;
      check(wp_value_get_complex(&real, &imag, value));
      out += '[';
      append_float(out, real);
      out += ',';
      append_float(out, imag);
      out += ']';
      return;
    }
    case WP_KIND_STRING:
      return append_json(out, string_of(value));
    case WP_KIND_BYTES:
      out += '"';
      append_base64(out, bytes_of(value));
      out += '"';
      return;
    case WP_KIND_DTYPE:
      return append_json(out, wp_value_get_dtype_name(value));
    case WP_KIND_DEVICE: {
      const char *device;
      check(wp_value_get_device(&device, value));
      return append_json(out, device);
    }
    case WP_KIND_SIZE:
      out += '[';
      for (size_t i = 0; i < wp_value_size(value); ++i) {
        if (i) out += ',';
        append_int(out, wp_value_item(value, i));
      }
      out += ']';
      return;
    default:
      out += "null";
  }
}

class JsonVisitor : public Visitor {
 public:
  JsonVisitor(const wp_checkpoint *checkpoint, bool checksum) : names_(checkpoint), checksum_(checksum) {}

  void enter(const Place &place, const wp_value *value) override {
    path_sizes_.push_back(path_.size());
    if (place.step.kind != Step::kRoot) {
      if (!path_.empty()) path_ += ',';
      append_json_step(path_, place.step);
    }
    names_.enter(place, value);
    if (place.cyclic) return;
    wp_kind kind = wp_value_kind(value);
    if (kind == WP_KIND_TENSOR) {
      add_tensor(place, wp_value_tensor(value));
    } else if (place.selected && !place.in_arguments) {
      if (kind == WP_KIND_OBJECT) {
        add_object(value);
      } else if (kind < WP_KIND_LIST || kind > WP_KIND_DICT) {
        append_scalar(begin(values_), value);
        values_ += '}';
      }
    }
    check_output(tensors_.size() + values_.size() + objects_.size() + path_.size());
  }

  void leave(const Place &place, const wp_value *) override {
    names_.leave(place);
    path_.resize(path_sizes_.back());
    path_sizes_.pop_back();
  }

  std::string finish(const std::string &file, const wp_checkpoint *checkpoint) {
    std::string out = "{\"file\":";
    append_json(out, file);
    out += std::string(",\"format\":\"") + wp_format_name(wp_checkpoint_format(checkpoint)) + "\"";
    move_list(out, "tensors", tensors_);
    move_list(out, "values", values_);
    move_list(out, "objects", objects_);
    out += ",\n\"globals\":[";
    for (size_t i = 0; i < wp_checkpoint_global_count(checkpoint); ++i) {
      out += i ? ",\n{\"name\":" : "\n{\"name\":";
      append_json(out, wp_checkpoint_global_name(checkpoint, i));
      out += wp_checkpoint_global_allowed(checkpoint, i) ? ",\"allowed\":true}" : ",\"allowed\":false}";
    }
    out += "]}\n";
    return out;
  }

 private:
  // Frees each list when it is copied, since together they can be large.
  static void move_list(std::string &out, const char *name, std::string &list) {
    out += std::string(",\n\"") + name + "\":[";
    out += std::exchange(list, {});
    out += ']';
  }

  std::string &begin(std::string &list) const {
    list += list.empty() ? "\n{\"path\":[" : ",\n{\"path\":[";
    list += path_;
    list += "],";
    return list;
  }

  void add_object(const wp_value *value) {
    append_json(begin(objects_) += "\"class\":", wp_value_class(value));
    objects_ += '}';
  }

  void add_tensor(const Place &place, const wp_tensor *tensor) {
    uint64_t id = wp_tensor_storage_id(tensor);
    // Counted outside the selected part too, so that a storage has one number whatever part is shown.
    size_t storage = id ? storages_.try_emplace(id, storages_.size()).first->second : 0;
    if (!place.selected) return;
    std::string &out = begin(tensors_);
    std::string_view name;
    out += "\"name\":";
    if (names_.current(tensor, name)) {
      append_json(out, name);
    } else {
      out += "null";
    }
    out += std::string(",\"dtype\":\"") + wp_dtype_name(wp_tensor_dtype(tensor)) + "\"";
    append_view(out, tensor);
    out += ",\"nbytes\":" + std::to_string(wp_tensor_nbytes(tensor));
    out += ",\"storage\":" + (id ? std::to_string(storage) : "null");
    out += ",\"location\":";
    append_json(out, wp_tensor_device(tensor));
    auto crc32 = checksum_ ? checksums_.of(tensor) : std::nullopt;
    out += ",\"crc32\":" + (crc32 ? std::to_string(*crc32) : "null") + "}";
  }

  static void append_view(std::string &out, const wp_tensor *tensor) {
    size_t ndim = wp_tensor_ndim(tensor);
    out += ",\"shape\":";
    append_ints(out, {wp_tensor_shape(tensor), ndim});
    out += ",\"stride\":";
    if (wp_tensor_layout(tensor) != WP_LAYOUT_STRIDED) {
      out += "null,\"offset\":null";
      return;
    }
    append_ints(out, {wp_tensor_strides(tensor), ndim});
    out += ",\"offset\":" + std::to_string(wp_tensor_storage_offset(tensor));
  }

  Names names_;
  Checksums checksums_;
  bool checksum_;
  std::unordered_map<uint64_t, size_t> storages_;
  std::string path_;  // without its brackets
  std::vector<size_t> path_sizes_;
  std::string tensors_;
  std::string values_;
  std::string objects_;
};

}  // namespace

std::string inspect_json(const InspectOptions &options, const wp_checkpoint *checkpoint, TreeWalk &walk) {
  JsonVisitor visitor(checkpoint, options.checksum);
  walk.run(wp_checkpoint_root(checkpoint), visitor);
  return visitor.finish(options.files[0], checkpoint);
}
