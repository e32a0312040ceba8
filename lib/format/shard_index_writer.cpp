// SPDX-License-Identifier: MIT
#include "format/shard_index_writer.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/error.hpp"
#include "base/steps.hpp"
#include "format/json_text.hpp"
#include "format/shard_index.hpp"
#include "value/kind.hpp"

namespace weightport {
namespace {

class IndexWriter {
 public:
  explicit IndexWriter(const Limits &limits) : steps_(limits) {}

  std::string take() { return std::move(out_); }
  void raw(std::string_view text) { out_ += text; }
  void text(std::string_view text) { append_json_string(out_, text, true); }

  // Each of `size` entries on a line of its own.
  template <class Entry>
  void lines(char open, char close, size_t size, Entry entry) {
    out_ += open;
    ++depth_;
    for (size_t i = 0; i < size; ++i) {
      out_ += i ? ",\n" : "\n";
      out_.append(2 * depth_, ' ');
      entry(i);
    }
    --depth_;
    if (size) out_ += '\n', out_.append(2 * depth_, ' ');
    out_ += close;
  }

  void value(const Node &node) {
    steps_.take();
    if (depth_ > kMaxMetadataDepth) fail(WP_ERROR_UNSUPPORTED, "metadata is nested deeper than ", kMaxMetadataDepth);
    switch (node.kind) {
      case WP_KIND_NONE:
        return raw("null");
      case WP_KIND_BOOL:
        return raw(node.flag ? "true" : "false");
      case WP_KIND_INT:
        return node.flag ? raw(node.view()) : raw(concat(node.integer));
      case WP_KIND_FLOAT:
        return number(node.real);
      case WP_KIND_STRING:
        return text(node.view());
      case WP_KIND_LIST:
      case WP_KIND_TUPLE:
        return lines('[', ']', node.items.size, [&](size_t i) { value(*node.items.data[i]); });
      case WP_KIND_DICT:
        return dict(entries_of(node));
      default:
        fail(WP_ERROR_UNSUPPORTED, "the metadata of an index holds no value of kind ", kind_name(node.kind));
    }
  }

  using Entries = std::vector<std::pair<std::string_view, const Node *>>;

  static Entries entries_of(const Node &node) {
    Entries entries;
    for (uint32_t i = 0; i < child_count(node); ++i) {
      const Node *key = key_at(node, i);
      if (!key || !key->is(WP_KIND_STRING)) fail(WP_ERROR_UNSUPPORTED, "the metadata of an index has strings as keys");
      entries.emplace_back(key->view(), child_at(node, i));
    }
    return entries;
  }

  void dict(Entries entries) {
    std::sort(entries.begin(), entries.end());
    lines('{', '}', entries.size(), [&](size_t i) {
      text(entries[i].first);
      raw(": ");
      value(*entries[i].second);
    });
  }

 private:
  // As repr(float) does.
  void number(double value) {
    if (!std::isfinite(value)) fail(WP_ERROR_UNSUPPORTED, "the metadata of an index holds finite numbers only");
    char digits[32];
    bool fixed = value == 0 || (std::fabs(value) >= 1e-4 && std::fabs(value) < 1e16);
    auto format = fixed ? std::chars_format::fixed : std::chars_format::scientific;
    std::string_view text(digits,
                          static_cast<size_t>(std::to_chars(digits, digits + sizeof digits, value, format).ptr - digits));
    raw(text);
    if (fixed && text.find('.') == text.npos) raw(".0");
  }

  std::string out_;
  size_t depth_ = 0;
  Steps steps_;
};

}  // namespace

std::string write_shard_index(const Node *metadata, uint64_t total_size,
                              std::vector<std::pair<std::string_view, std::string_view>> weight_map, const Limits &limits) {
  IndexWriter writer(limits);
  std::string digits = concat(total_size);
  Node total{};
  total.kind = WP_KIND_INT;
  total.flag = true;
  total.text = {digits.data(), digits.size()};
  IndexWriter::Entries entries;
  if (metadata) entries = IndexWriter::entries_of(*metadata);
  std::erase_if(entries, [](const auto &entry) { return entry.first == "total_size"; });
  entries.emplace_back("total_size", &total);

  std::sort(weight_map.begin(), weight_map.end());
  writer.lines('{', '}', 2, [&](size_t part) {
    writer.raw(part == 0 ? "\"metadata\": " : "\"weight_map\": ");
    if (part == 0) return writer.dict(entries);
    writer.lines('{', '}', weight_map.size(), [&](size_t i) {
      writer.text(weight_map[i].first);
      writer.raw(": ");
      writer.text(weight_map[i].second);
    });
  });
  writer.raw("\n");
  return writer.take();
}

}  // namespace weightport
