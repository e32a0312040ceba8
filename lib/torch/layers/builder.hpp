// SPDX-License-Identifier: MIT
// What the make functions of the layer classes build with: the same code makes fresh layers and takes over pickled ones.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "layers/layer.hpp"
#include "layers/path.hpp"

namespace weightport::libtorch {

class Builder {
 public:
  // `fresh`: nothing is there yet, and what is asked for is made with these options. Otherwise the layer already has what its
  // pickle holds, and is checked.
  Builder(Layer &layer, bool fresh, at::TensorOptions options, std::string path);

  bool fresh() const noexcept { return fresh_; }
  const at::TensorOptions &options() const noexcept { return options_; }

  // Of fresh ones the memory is not initialized. Throws NOT_FOUND or MISMATCH if the pickle has none, or of another shape.
  at::Tensor parameter(const std::string &name, at::IntArrayRef shape);
  at::Tensor buffer(const std::string &name, at::IntArrayRef shape);
  // An int64 of 0, which old pickles lack.
  void counter(const std::string &name);

  // A child that `make` makes for fresh layers. Throws NOT_FOUND if the pickle has none.
  void child(const std::string &name, const std::function<Child()> &make);
  // A child that is left out if `module` is empty, or missing in the pickle.
  void optional_child(const std::string &name, const std::function<Child()> &make);
  // Takes whatever children there are.
  void all_children() noexcept { all_children_ = true; }
  bool has_child(std::string_view name) const noexcept { return layer_.find_module(name) != nullptr; }
  const Layer &layer() const noexcept { return layer_; }

  // Throws UNSUPPORTED for what the pickle holds and nothing asked for.
  void finish() const;

 private:
  at::Tensor tensor(const std::string &name, at::IntArrayRef shape, bool is_parameter);
  std::string path_of(const std::string &name) const { return join_path(path_, name); }

  Layer &layer_;
  bool fresh_;
  at::TensorOptions options_;
  std::string path_;
  std::set<std::string> asked_;
  bool all_children_ = false;
};

// A fresh layer, of settings that are complete.
std::shared_ptr<Layer> make_fresh(const Settings &settings);

using Keyword = std::pair<const char *, c10::IValue>;
// A fresh layer as a part of another.
Child make_part(const char *class_name, std::vector<Keyword> keywords);
// The same, with that layer's device and dtype.
Child make_part(const char *class_name, const Builder &build, std::vector<Keyword> keywords);

}  // namespace weightport::libtorch
