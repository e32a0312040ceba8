// SPDX-License-Identifier: MIT
#include "loss/loss_options.hpp"

#include <string>

#include "exchange/fail.hpp"
#include "exchange/read_value.hpp"

namespace weightport::libtorch {
namespace {

bool lists(std::string_view words, std::string_view word) {
  for (size_t at = 0; at < words.size();) {
    size_t end = std::min(words.find(' ', at), words.size());
    if (words.substr(at, end - at) == word) return true;
    at = end + 1;
  }
  return false;
}

Reduction read_reduction(const Value &value, bool has_batch_mean) {
  std::string text = read_text(value, "reduction");
  if (text == "none") return Reduction::kNone;
  if (text == "mean") return Reduction::kMean;
  if (text == "sum") return Reduction::kSum;
  if (text == "batchmean" && has_batch_mean) return Reduction::kBatchMean;
  fail_at("reduction", WP_ERROR_MISMATCH, "\"", printable(text), "\" is no reduction of this loss");
}

at::Tensor read_tensor(const Value &value, const std::string &name) {
  if (value.kind() == WP_KIND_NONE) return {};
  if (value.kind() != WP_KIND_TENSOR) fail_kind(value, "a tensor", name);
  return to_torch(value.tensor().get()).detach();
}

double read_between(const Value &value, const std::string &name, double least, double most) {
  double number = read_real(value, name);
  if (!(number >= least && number <= most)) fail_at(name, WP_ERROR_MISMATCH, std::to_string(number), " is out of its range");
  return number;
}

void read_option(LossOptions &options, const std::string &name, const Value &value, bool has_batch_mean) {
  constexpr double kMost = std::numeric_limits<double>::max();
  if (name == "reduction") {
    options.reduction = read_reduction(value, has_batch_mean);
  } else if (name == "weight") {
    options.weight = read_tensor(value, name);
  } else if (name == "pos_weight") {
    options.pos_weight = read_tensor(value, name);
  } else if (name == "ignore_index") {
    options.ignore_index = read_int(value, name);
  } else if (name == "label_smoothing") {
    options.label_smoothing = read_between(value, name, 0, 1);
  } else if (name == "beta") {
    options.beta = read_between(value, name, 0, kMost);
  } else if (name == "delta") {
    options.delta = read_between(value, name, std::numeric_limits<double>::denorm_min(), kMost);
  } else {
    options.log_target = read_bool(value, name);
  }
}

}  // namespace

LossOptions read_loss_options(const wp_value *options, std::string_view known, bool has_batch_mean) {
  LossOptions made;
  if (!options) return made;
  Value dict = Value::retain(options);
  if (dict.kind() != WP_KIND_DICT) fail(WP_ERROR_INVALID_ARGUMENT, "options is no dict");
  for (size_t i = 0; i < dict.size(); i++) {
    std::string name = read_text(dict.key(i), "options");
    if (name != "reduction" && !lists(known, name)) fail_at(name, WP_ERROR_UNSUPPORTED, "the loss has no such option");
    read_option(made, name, dict.item(i), has_batch_mean);
  }
  return made;
}

}  // namespace weightport::libtorch
