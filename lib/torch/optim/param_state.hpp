// SPDX-License-Identifier: MIT
// One parameter's state: libtorch's, to and from the dict that Python keeps it in.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "exchange/tensor.hpp"
#include "optim/named_values.hpp"

namespace weightport::libtorch {

// Reads what libtorch has a place for; carried() is the rest. Everything throws MISMATCH with "state.0.exp_avg", say, as the
// key.
class StateReader {
 public:
  // `group` are all parameters of the group that `parameter` is in.
  StateReader(const Value &saved, const at::Tensor &parameter, const std::vector<at::Tensor> &group, TensorImporter &import,
              std::string path);

  const std::vector<at::Tensor> &group() const noexcept { return group_; }
  bool is_first() const noexcept { return parameter_.is_same(group_.front()); }
  // Whether there is one that is not None.
  bool has(const std::string &name) const noexcept;

  // A copy of the shape, dtype and device of the parameter.
  at::Tensor tensor(const std::string &name) { return tensor(name, parameter_.sizes()); }
  at::Tensor tensor(const std::string &name, at::IntArrayRef shape);
  // Undefined where there is none.
  at::Tensor optional_tensor(const std::string &name) { return has(name) ? tensor(name) : at::Tensor(); }
  // Where a number stands for a tensor, one of no dimensions.
  at::Tensor scalar_tensor(const std::string &name);
  // Where None is allowed, it gives an undefined one.
  std::vector<at::Tensor> tensors(const std::string &name, at::IntArrayRef shape, bool allow_none = false);
  int64_t count(const std::string &name) const { return read_count(item(name), path(name)); }
  double real(const std::string &name) const { return read_real(item(name), path(name)); }

  // What a StateWriter is given: keys that were not asked for, as they came, and numbers, whose form goes on.
  Value carried() const;

 private:
  std::string path(const std::string &name) const { return path_ + "." + name; }
  Value item(const std::string &name) const;
  at::Tensor convert(const Value &value, at::IntArrayRef shape, const std::string &path);

  Value saved_;
  const at::Tensor &parameter_;
  const std::vector<at::Tensor> &group_;
  TensorImporter &import_;
  std::string path_;
  std::set<std::string> taken_;
};

// Writes in Python's order. A number takes the form, int or tensor, that it had when it was read.
class StateWriter {
 public:
  // `carried` may be empty.
  explicit StateWriter(const Value &carried) : carried_(carried) {}

  void tensor(const std::string &name, const at::Tensor &tensor);
  void tensors(const std::string &name, const std::vector<at::Tensor> &tensors);
  // A float32 tensor, as PyTorch since 1.12 has it.
  void step(int64_t steps);
  void integer(const std::string &name, int64_t number);
  void real(const std::string &name, double number);
  void value(const std::string &name, const Value &value) { made_.set(name, value); }

  Value finish();

 private:
  // The tensor that the number came as; undefined if it did not.
  at::Tensor form_of(const std::string &name) const;
  bool came_as(const std::string &name, wp_kind kind) const noexcept;

  const Value &carried_;
  Value made_ = Value::dict();
};

}  // namespace weightport::libtorch
