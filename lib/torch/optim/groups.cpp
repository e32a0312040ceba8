// SPDX-License-Identifier: MIT
// Parameters, as Python's optimizers take them: a list or dict of tensors, or a list of dicts.
#include "exchange/backend_tag.hpp"
#include "exchange/fail.hpp"
#include "optim/optimizer.hpp"

namespace weightport::libtorch {
namespace {

at::Tensor read_parameter(const Value &value, const std::string &path) {
  if (value.kind() != WP_KIND_TENSOR) fail_kind(value, "a tensor", path);
  auto *parameter = static_cast<at::Tensor *>(wp_tensor_backend(wp_value_tensor(value.get()), &kBackendTag));
  if (!parameter) {
    fail_at(path, WP_ERROR_INVALID_ARGUMENT,
            "the tensor is no model's parameter: wp_tensor_track() makes one that can be trained");
  }
  return *parameter;
}

std::vector<at::Tensor> read_parameters(const Value &value, const std::string &path) {
  if (value.kind() == WP_KIND_TENSOR) return {read_parameter(value, path)};
  if (!is_sequence(value) && value.kind() != WP_KIND_DICT) fail_kind(value, "a list or dict of tensors", path);
  std::vector<at::Tensor> made;
  for (size_t i = 0; i < value.size(); i++) made.push_back(read_parameter(value.item(i), concat(path, ".", i)));
  return made;
}

}  // namespace

std::vector<GroupArguments> read_groups(const Value &params) {
  bool has_groups = is_sequence(params) && params.size() && params.item(0).kind() == WP_KIND_DICT;
  std::vector<GroupArguments> groups;
  if (!has_groups) {
    groups.push_back({read_parameters(params, "params"), {}});
    return groups;
  }
  for (size_t i = 0; i < params.size(); i++) {
    std::string path = concat("params.", i);
    NamedValues group(params.item(i), path);
    const Value *parameters = group.find("params");
    if (!parameters) fail_at(path, WP_ERROR_INVALID_ARGUMENT, "the group has no \"params\"");
    groups.push_back({read_parameters(*parameters, path + ".params"), {}});
    group.erase("params");
    groups.back().hyperparameters = std::move(group);
  }
  return groups;
}

}  // namespace weightport::libtorch
