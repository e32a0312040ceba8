// SPDX-License-Identifier: MIT
#include "layers/common.hpp"

namespace weightport::libtorch {
namespace {

struct Lookup {
  int64_t padding_idx = -1;
  std::optional<double> max_norm;
  double norm_type;
  bool scale_grad_by_freq, sparse;

  // The table; rows that are looked up are first brought to at most max_norm, for good.
  at::Tensor table(const Layer &layer, const at::Tensor &indices) const {
    at::Tensor weight = layer.tensor("weight");
    if (max_norm) {
      at::NoGradGuard no_grad;
      at::embedding_renorm_(weight, indices.contiguous(), *max_norm, norm_type);
    }
    return weight;
  }
};

Lookup add_table(Builder &build, const Settings &settings) {
  int64_t rows = settings.integer("num_embeddings");
  Lookup made;
  made.norm_type = settings.number("norm_type");
  made.scale_grad_by_freq = settings.flag("scale_grad_by_freq");
  made.sparse = settings.flag("sparse");
  if (!settings.is_none("max_norm")) made.max_norm = settings.number("max_norm");
  if (!settings.is_none("padding_idx")) {
    int64_t index = settings.integer("padding_idx");
    made.padding_idx = index < 0 ? index + rows : index;
    if (made.padding_idx < 0 || made.padding_idx >= rows) {
      settings.refuse("padding_idx", WP_ERROR_INVALID_ARGUMENT, "is outside of its num_embeddings");
    }
  }
  at::Tensor weight = build.parameter("weight", {rows, settings.integer("embedding_dim")});
  if (build.fresh()) {
    weight.normal_();
    if (made.padding_idx >= 0) weight[made.padding_idx].zero_();
  }
  return made;
}

Forward embedding(Builder &build, const Settings &settings) {
  Lookup lookup = add_table(build, settings);
  return [lookup](const Layer &layer, const Inputs &inputs) {
    at::Tensor indices = inputs.tensor(0);
    return at::embedding(lookup.table(layer, indices), indices, lookup.padding_idx, lookup.scale_grad_by_freq, lookup.sparse);
  };
}

// A matrix of indices holds one bag in each row; otherwise `offsets` tells where bags begin.
void split_bags(at::Tensor &indices, at::Tensor &offsets, at::Tensor &weights) {
  if (weights.defined()) {
    check_input(weights.sizes() == indices.sizes(), "per_sample_weights has another shape than the input");
  }
  if (indices.dim() == 2) {
    check_input(!offsets.defined(), "a matrix of indices takes no offsets");
    offsets = at::arange(0, indices.numel(), indices.size(1), indices.options());
    indices = indices.reshape(-1);
    if (weights.defined()) weights = weights.reshape(-1);
    return;
  }
  check_input(indices.dim() == 1, "EmbeddingBag takes a tensor of 1 or 2 dimensions, not ", indices.dim());
  check_input(offsets.defined() && offsets.dim() == 1, "a vector of indices needs a vector of offsets");
}

Forward embedding_bag(Builder &build, const Settings &settings) {
  Lookup lookup = add_table(build, settings);
  const std::string &mode = settings.choice("mode", {"sum", "mean", "max"});
  int64_t number = mode == "sum" ? 0 : mode == "mean" ? 1 : 2;
  return [=, include_last = settings.flag("include_last_offset")](const Layer &layer, const Inputs &inputs) {
    at::Tensor indices = inputs.tensor(0), offsets = inputs.optional_tensor(1), weights = inputs.optional_tensor(2);
    split_bags(indices, offsets, weights);
    at::Tensor table = lookup.table(layer, indices);
    // Here a negative index counts from the end.
    if (lookup.padding_idx < 0) {
      return std::get<0>(
          at::embedding_bag(table, indices, offsets, lookup.scale_grad_by_freq, number, lookup.sparse, weights, include_last));
    }
    return std::get<0>(at::embedding_bag(table, indices, offsets, lookup.scale_grad_by_freq, number, lookup.sparse, weights,
                                         include_last, lookup.padding_idx));
  };
}

}  // namespace

LayerClasses embedding_classes() {
  const Parameter rows{"num_embeddings", kInt}, columns{"embedding_dim", kInt};
  const Parameter max_norm{"max_norm", kFloat | kNone, c10::IValue()}, norm_type{"norm_type", kFloat, 2.0};
  const Parameter by_freq{"scale_grad_by_freq", kBool, false}, sparse{"sparse", kBool, false};
  const Parameter padding{"padding_idx", kInt | kNone, c10::IValue()};
  return {{"Embedding",
           {rows, columns, padding, max_norm, norm_type, by_freq, sparse, device_parameter(), dtype_parameter()},
           embedding},
          {"EmbeddingBag",
           {rows,
            columns,
            max_norm,
            norm_type,
            by_freq,
            {"mode", kText, "mean"},
            sparse,
            {"include_last_offset", kBool, false},
            padding,
            device_parameter(),
            dtype_parameter()},
           embedding_bag,
           {"input", "offsets", "per_sample_weights"}}};
}

}  // namespace weightport::libtorch
