// SPDX-License-Identifier: MIT
#include "stats.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string_view>
#include <vector>

#include "input.hpp"
#include "inspect.hpp"
#include "interrupt.hpp"
#include "json_parts.hpp"
#include "names.hpp"
#include "statistics.hpp"
#include "text.hpp"
#include "totals.hpp"
#include "value_text.hpp"

namespace {

struct Entry {
  std::string path, json_path;
  std::string name;
  bool named;
  const wp_tensor *tensor;
  size_t statistics;
};

class TensorVisitor : public Visitor {
 public:
  TensorVisitor(const wp_checkpoint *checkpoint, StatisticsTable &table) : names_(checkpoint), table_(table) {}

  void enter(const Place &place, const wp_value *value) override {
    sizes_.push_back({path_.size(), json_path_.size()});
    if (place.step.kind != Step::kRoot) {
      if (place.depth > 1) path_ += '.';
      append_step_text(path_, place.step);
      if (!json_path_.empty()) json_path_ += ',';
      append_json_step(json_path_, place.step);
    }
    names_.enter(place, value);
    const wp_tensor *tensor = wp_value_tensor(value);
    if (!tensor || !place.selected || place.cyclic) return;
    std::string_view name;
    bool named = names_.current(tensor, name);
    entries_.push_back({path_, json_path_, std::string(name), named, tensor, table_.add(tensor)});
    check_output(bytes_ += path_.size() + json_path_.size());
  }

  void leave(const Place &place, const wp_value *) override {
    names_.leave(place);
    path_.resize(sizes_.back().first);
    json_path_.resize(sizes_.back().second);
    sizes_.pop_back();
  }

  const std::vector<Entry> &entries() const { return entries_; }

 private:
  Names names_;
  StatisticsTable &table_;
  std::string path_, json_path_;
  std::vector<std::pair<size_t, size_t>> sizes_;
  std::vector<Entry> entries_;
  size_t bytes_ = 0;
};

std::string short_text(double number) {
  if (std::isnan(number)) return "-";
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", number);
  return text;
}

// min and max are kept as text, integers in full.
std::string short_text(const std::string &number) {
  if (number.empty()) return "-";
  return number.size() <= 11 && number.find('.') == std::string::npos ? number
                                                                      : short_text(std::strtod(number.c_str(), nullptr));
}

// Two bins a character, as high as the highest.
std::string histogram(const Statistics &of) {
  static constexpr const char *kBars[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  std::array<uint64_t, Statistics::kBins / 2> pairs{};
  for (size_t i = 0; i < of.bins.size(); ++i) pairs[i / 2] += of.bins[i];
  auto highest = static_cast<double>(*std::max_element(pairs.begin(), pairs.end()));
  std::string out;
  for (uint64_t count : pairs) {
    out += kBars[count ? 1 + static_cast<size_t>(std::floor(static_cast<double>(count) / highest * 7)) : 0];
  }
  return out;
}

std::string strange_numbers(const Statistics &of) {
  std::string out;
  if (of.nan) out += "  " + grouped(of.nan) + " NaN";
  if (of.positive_inf) out += "  " + grouped(of.positive_inf) + " inf";
  if (of.negative_inf) out += "  " + grouped(of.negative_inf) + " -inf";
  if (*of.of != 'e') out += std::string("  (") + of.of + ")";
  return out;
}

using Row = std::vector<std::string>;

Row row_of(const Entry &entry, const Statistics &of) {
  std::string label;
  append_escaped(label, entry.path);
  if (label.empty()) label = "tensor";
  if (!of.missing.empty()) return {label, dtype_and_shape(entry.tensor), "not computed: " + of.missing};
  return {
      label, dtype_and_shape(entry.tensor), short_text(of.min), short_text(of.max), short_text(of.mean), short_text(of.std)};
}

std::string text_of(const std::vector<Entry> &entries, const StatisticsTable &table) {
  std::vector<Row> rows = {{"tensor", "", "min", "max", "mean", "std"}};
  for (const Entry &entry : entries) rows.push_back(row_of(entry, table[entry.statistics]));
  std::vector<size_t> widths(rows[0].size());
  for (const Row &row : rows) {
    for (size_t i = 0; row.size() == widths.size() && i < row.size(); ++i)
      widths[i] = std::max(widths[i], std::min(kMaxColumn, row[i].size()));
  }
  std::string out;
  for (size_t r = 0; r < rows.size(); ++r) {
    std::string line;
    for (size_t i = 0; i < rows[r].size(); ++i) {
      const std::string &cell = rows[r][i];
      std::string space(cell.size() < widths[i] ? widths[i] - cell.size() : 0, ' ');
      bool last = i == 2 && rows[r].size() == 3;
      line += i < 2 ? cell + space : last ? cell : space + cell;
      if (!last) line += "  ";
    }
    if (r > 0 && rows[r].size() == widths.size()) {
      const Statistics &of = table[entries[r - 1].statistics];
      line += of.finite() ? histogram(of) : "";
      line += strange_numbers(of);
    }
    line.resize(line.find_last_not_of(' ') + 1);
    out += line + "\n";
    check_output(out.size());
  }
  return out;
}

std::string json_of(const StatsOptions &options, const wp_checkpoint *checkpoint, const std::vector<Entry> &entries,
                    const StatisticsTable &table) {
  std::string out = "{\"file\":";
  append_json(out, options.file);
  out += std::string(",\"format\":\"") + wp_format_name(wp_checkpoint_format(checkpoint)) + "\",\n\"tensors\":[";
  for (size_t i = 0; i < entries.size(); ++i) {
    const Entry &entry = entries[i];
    out += (i ? ",\n{\"path\":[" : "\n{\"path\":[") + entry.json_path + "],\"name\":";
    if (entry.named) {
      append_json(out, entry.name);
    } else {
      out += "null";
    }
    out += std::string(",\"dtype\":\"") + wp_dtype_name(wp_tensor_dtype(entry.tensor)) + "\",\"shape\":";
    append_ints(out, {wp_tensor_shape(entry.tensor), wp_tensor_ndim(entry.tensor)});
    out += ',';
    append_statistics_json(out, table[entry.statistics]);
    out += '}';
    check_output(out.size());
  }
  return out + "]}\n";
}

}  // namespace

void append_statistics_json(std::string &out, const Statistics &of) {
  if (!of.missing.empty()) {
    out += "\"statistics\":null,\"missing\":";
    return append_json(out, of.missing);
  }
  auto count = [&](const char *name, uint64_t number) { out += std::string(",\"") + name + "\":" + std::to_string(number); };
  auto number = [&](const char *name, double value) {
    out += std::string(",\"") + name + "\":";
    if (std::isnan(value)) {
      out += "null";
    } else {
      append_float(out, value);
    }
  };
  auto bound = [&](const char *name, const std::string &text) {
    out += std::string(",\"") + name + "\":" + (text.empty() ? "null" : text);
  };
  out += std::string("\"statistics\":{\"of\":\"") + of.of + "\"";
  count("count", of.count);
  count("nan", of.nan);
  count("inf", of.positive_inf);
  count("-inf", of.negative_inf);
  count("zeros", of.zeros);
  bound("min", of.min);
  bound("max", of.max);
  number("mean", of.mean);
  number("std", of.std);
  number("low", of.low);
  number("high", of.high);
  out += ",\"histogram\":[";
  for (size_t i = 0; of.finite() && i < of.bins.size(); ++i) out += (i ? "," : "") + std::to_string(of.bins[i]);
  out += "]}";
}

std::string stats(const StatsOptions &options) {
  Input input(options.file, interrupt_token());
  TreeWalk walk;
  if (!options.key.empty()) walk.select(input.value(options.key), options.key);
  return input.naming([&] {
    StatisticsTable table;
    TensorVisitor visitor(input.checkpoint(), table);
    walk.run(wp_checkpoint_root(input.checkpoint()), visitor);
    table.compute("stats");
    return options.json ? json_of(options, input.checkpoint(), visitor.entries(), table) : text_of(visitor.entries(), table);
  });
}
