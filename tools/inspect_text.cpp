// SPDX-License-Identifier: MIT
// The tree that `weightport inspect` prints for people.
#include <algorithm>
#include <cstdio>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "checksum.hpp"
#include "inspect.hpp"
#include "text.hpp"
#include "totals.hpp"
#include "value_text.hpp"

namespace {

constexpr size_t kLongList = 20;  // longer ones without tensors are cut
constexpr size_t kShownOfLong = 16;

// On the screen, near enough.
size_t width_of(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

void pad(std::string &out, size_t from, size_t width) {
  size_t used = width_of(std::string_view(out).substr(from));
  if (used < width) out.append(width - used, ' ');
}

std::string label_of(const Step &step) {
  std::string text, label;
  append_step_text(text, step);
  append_escaped(label, text);
  return label;
}

class TextVisitor : public Visitor {
 public:
  explicit TextVisitor(bool checksum) : checksum_(checksum) {}

  void enter(const Place &place, const wp_value *value) override {
    size_t path_size = path_.size();
    if (place.depth > 1) path_ += '.';
    if (place.depth > 0) append_step_text(path_, place.step);
    const wp_tensor *tensor = wp_value_tensor(value);
    if (tensor && place.selected) totals_.add(tensor);
    bool first = place.selected && (levels_.empty() || !levels_.back().selected);
    Level level = levels_.empty() ? Level() : levels_.back().below();
    level.path_size = path_size;
    level.selected = place.selected;
    if (first || (place.selected && (tensor || !place.in_arguments) && count(levels_.back(), place, value))) {
      print(level, place, value);
      ++level.indent;
      level.label_from = path_.size() + (place.depth > 0);
    }
    levels_.push_back(level);
    check_output(out_.size());
  }

  void leave(const Place &, const wp_value *) override {
    const Level &level = levels_.back();
    if (level.skipped) {
      out_.append(2 * level.indent, ' ');
      out_ += "... " + grouped(level.skipped) + " more\n";
    }
    path_.resize(level.path_size);
    levels_.pop_back();
  }

  std::string finish() { return std::move(out_) + totals_.text(); }

 private:
  struct Level {
    size_t path_size = 0;   // of path_, without this value's step
    size_t label_from = 0;  // where in path_ the labels of its children begin
    size_t indent = 0;      // of its children
    bool selected = false;
    bool open = true;  // whether they are printed
    size_t limit = 0;  // how many of them; 0 = all
    size_t shown = 0;
    size_t skipped = 0;
    size_t label_width = 0;  // of tensors among them
    size_t shape_width = 0;

    // That of a child which is not printed itself.
    Level below() const { return {.label_from = label_from, .indent = indent, .open = open}; }
  };

  // Whether a child is printed.
  static bool count(Level &parent, const Place &place, const wp_value *value) {
    if (!parent.open || is_empty_private(place.step, value)) return false;
    if (parent.limit && parent.shown == parent.limit) return ++parent.skipped, false;
    ++parent.shown;
    return true;
  }

  void print(Level &level, const Place &place, const wp_value *value) {
    out_.append(2 * level.indent, ' ');
    std::string label;
    append_escaped(label, std::string_view(path_).substr(level.label_from));
    if (label.empty() && place.depth > 0) label = "''";
    if (const wp_tensor *tensor = wp_value_tensor(value)) {
      print_tensor(label, value, tensor);
    } else {
      if (!label.empty()) out_ += label + ": ";
      if (place.cyclic) {
        out_ += "(contains itself)";
      } else {
        print_value(level, value);
      }
    }
    out_ += '\n';
  }

  void print_value(Level &level, const wp_value *value) {
    wp_kind kind = wp_value_kind(value);
    bool flat = has_only_scalars(value);
    level.open = false;
    bool empty = kind == WP_KIND_DICT && wp_value_size(value) == 0 && !*wp_value_class(value);
    if (is_scalar(kind) || (is_sequence(kind) && flat) || empty) return append_repr(out_, value, kShort);
    level.open = true;
    measure(level, value);
    if (wp_value_size(value) > kLongList && (flat || is_sequence(kind))) level.limit = kShownOfLong;
    std::string_view class_name = wp_value_class(value);
    if (kind == WP_KIND_OBJECT) {
      append_repr(out_, value, kShort);
    } else {
      size_t dot = class_name.rfind('.');
      append_escaped(out_, class_name.empty() ? wp_kind_name(kind) : class_name.substr(dot + 1));
    }
    if (wp_value_size(value) || kind != WP_KIND_OBJECT) out_ += " of " + grouped(wp_value_size(value));
  }

  // The columns of the tensors right below.
  static void measure(Level &level, const wp_value *value, Step::Kind keys = Step::kKey) {
    for (size_t i = 0; i < wp_value_size(value); ++i) {
      const wp_tensor *tensor = wp_value_tensor(wp_value_item(value, i));
      if (!tensor) continue;
      const wp_value *key = wp_value_key(value, i);
      size_t width = width_of(label_of({key ? keys : Step::kIndex, i, key}));
      if (width <= kMaxColumn) level.label_width = std::max(level.label_width, width);
      level.shape_width = std::max(level.shape_width, std::min(kMaxColumn, dtype_and_shape(tensor).size()));
    }
    if (wp_value_kind(value) == WP_KIND_OBJECT) measure(level, wp_value_attributes(value), Step::kAttribute);
  }

  void print_tensor(const std::string &label, const wp_value *value, const wp_tensor *tensor) {
    const Level none{};
    const Level &columns = levels_.empty() ? none : levels_.back();
    size_t start = out_.size();
    out_ += label;
    pad(out_, start, columns.label_width);
    if (!label.empty()) out_ += "  ";
    start = out_.size();
    out_ += dtype_and_shape(tensor);
    pad(out_, start, columns.shape_width);
    out_ += "  " + size_text(bytes_of(tensor));
    std::string_view device = wp_tensor_device(tensor);
    if (device != "cpu") append_escaped(out_ += "  ", device);
    append_escaped(out_ += *wp_value_class(value) ? "  " : "", wp_value_class(value));
    print_checksum(tensor);
    print_sharing(tensor);
  }

  void print_checksum(const wp_tensor *tensor) {
    auto crc32 = checksum_ ? checksums_.of(tensor) : std::nullopt;
    if (!crc32) return;
    char digits[12];
    std::snprintf(digits, sizeof digits, "  %08x", *crc32);
    out_ += digits;
  }

  void print_sharing(const wp_tensor *tensor) {
    uint64_t id = wp_tensor_storage_id(tensor);
    if (id == 0) return;
    auto [first, is_new] = first_paths_.try_emplace(id, path_);
    if (is_new) return;
    out_ += "  (shares the storage of ";
    append_escaped(out_, first->second);
    out_ += ')';
  }

  bool checksum_;
  Checksums checksums_;
  Totals totals_;
  std::string out_;
  std::string path_;
  std::vector<Level> levels_;
  std::unordered_map<uint64_t, std::string> first_paths_;  // by storage
};

}  // namespace

std::string inspect_text(const InspectOptions &options, const wp_checkpoint *checkpoint, TreeWalk &walk) {
  std::string out;
  append_escaped(out, options.files[0]);
  out += std::string(": ") + wp_format_name(wp_checkpoint_format(checkpoint)) + "\n";
  TextVisitor visitor(options.checksum);
  walk.run(wp_checkpoint_root(checkpoint), visitor);
  return out + visitor.finish();
}
