// SPDX-License-Identifier: MIT
#include "optim/param_state.hpp"

#include <utility>

#include "exchange/fail.hpp"

namespace weightport::libtorch {

StateReader::StateReader(const Value &saved, const at::Tensor &parameter, const std::vector<at::Tensor> &group,
                         TensorImporter &import, std::string path)
    : saved_(saved), parameter_(parameter), group_(group), import_(import), path_(std::move(path)) {
  if (saved_.kind() != WP_KIND_DICT) fail_kind(saved_, "a dict", path_);
}

bool StateReader::has(const std::string &name) const noexcept {
  Value found = saved_.find(name);
  return found && found.kind() != WP_KIND_NONE;
}

Value StateReader::item(const std::string &name) const {
  Value found = saved_.find(name);
  if (!found) fail_at(path(name), WP_ERROR_MISMATCH, "an entry of the optimizer's state is missing");
  return found;
}

at::Tensor StateReader::convert(const Value &value, at::IntArrayRef shape, const std::string &path) {
  if (value.kind() != WP_KIND_TENSOR) fail_kind(value, "a tensor", path);
  at::Tensor source = import_(value.tensor().get()).detach();
  if (source.sizes() != shape) {
    fail_at(path, WP_ERROR_MISMATCH, "shape ", c10::str(source.sizes()), " in the state_dict, ", c10::str(shape),
            " in the optimizer");
  }
  at::ScalarType dtype = parameter_.is_floating_point() ? parameter_.scalar_type() : source.scalar_type();
  return source.to(parameter_.device(), dtype, /*non_blocking=*/false, /*copy=*/true);
}

at::Tensor StateReader::tensor(const std::string &name, at::IntArrayRef shape) {
  at::Tensor made = convert(item(name), shape, path(name));
  taken_.insert(name);
  return made;
}

at::Tensor StateReader::scalar_tensor(const std::string &name) {
  Value value = item(name);
  if (value.kind() == WP_KIND_TENSOR) return tensor(name, {});
  taken_.insert(name);
  return at::full({}, read_real(value, path(name)), parameter_.options().requires_grad(false));
}

std::vector<at::Tensor> StateReader::tensors(const std::string &name, at::IntArrayRef shape, bool allow_none) {
  Value list = item(name);
  if (!is_sequence(list)) fail_kind(list, "a list", path(name));
  std::vector<at::Tensor> made;
  for (size_t i = 0; i < list.size(); i++) {
    Value value = list.item(i);
    bool none = allow_none && value.kind() == WP_KIND_NONE;
    made.push_back(none ? at::Tensor() : convert(value, shape, concat(path(name), ".", i)));
  }
  taken_.insert(name);
  return made;
}

Value StateReader::carried() const {
  Value rest = Value::dict();
  for (size_t i = 0; i < saved_.size(); i++) {
    Value key = saved_.key(i);
    bool taken = key.kind() == WP_KIND_STRING && taken_.count(key.as_string());
    if (!taken) rest.set(key, saved_.item(i));
  }
  return rest;
}

bool StateWriter::came_as(const std::string &name, wp_kind kind) const noexcept {
  if (!carried_) return false;
  Value found = carried_.find(name);
  return found && found.kind() == kind;
}

at::Tensor StateWriter::form_of(const std::string &name) const {
  return came_as(name, WP_KIND_TENSOR) ? to_torch(carried_.find(name).tensor().get()) : at::Tensor();
}

void StateWriter::tensor(const std::string &name, const at::Tensor &tensor) {
  if (tensor.defined()) {
    made_.set(name, Value::of(from_torch(tensor)));
  } else if (came_as(name, WP_KIND_NONE)) {
    made_.set(name, Value::none());
  }
}

void StateWriter::tensors(const std::string &name, const std::vector<at::Tensor> &tensors) {
  Value list = Value::list();
  for (const at::Tensor &tensor : tensors) list.append(tensor.defined() ? Value::of(from_torch(tensor)) : Value::none());
  made_.set(name, list);
}

void StateWriter::step(int64_t steps) {
  at::Tensor form = form_of("step");
  if (came_as("step", WP_KIND_INT)) {
    integer("step", steps);
  } else if (form.defined()) {
    tensor("step", at::full(form.sizes(), steps, form.options().requires_grad(false)));
  } else {
    tensor("step", at::full({}, steps, at::TensorOptions(at::kFloat)));
  }
}

void StateWriter::integer(const std::string &name, int64_t number) { made_.set(name, Value::of(number)); }

void StateWriter::real(const std::string &name, double number) {
  at::Tensor form = form_of(name);
  if (form.defined()) {
    tensor(name, at::full(form.sizes(), number, form.options().requires_grad(false)));
  } else {
    made_.set(name, Value::of(number));
  }
}

Value StateWriter::finish() {
  if (carried_) {
    for (size_t i = 0; i < carried_.size(); i++) {
      Value key = carried_.key(i);
      bool written = key.kind() == WP_KIND_STRING && made_.find(key.as_string());
      if (!written) made_.set(key, carried_.item(i));
    }
  }
  return std::move(made_);
}

}  // namespace weightport::libtorch
