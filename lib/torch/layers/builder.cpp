// SPDX-License-Identifier: MIT
#include "layers/builder.hpp"

#include "layers/settings.hpp"

namespace weightport::libtorch {
namespace {

std::string shape_text(at::IntArrayRef shape) {
  std::string text = "[";
  for (size_t i = 0; i < shape.size(); i++) append(text, concat(i ? ", " : "", shape[i]));
  return text + "]";
}

}  // namespace

Builder::Builder(Layer &layer, bool fresh, at::TensorOptions options, std::string path)
    : layer_(layer), fresh_(fresh), options_(options), path_(std::move(path)) {}

at::Tensor Builder::tensor(const std::string &name, at::IntArrayRef shape, bool is_parameter) {
  asked_.insert(name);
  if (fresh_) {
    at::Tensor made = at::empty(shape, options_);
    if (is_parameter) {
      layer_.add_parameter(name, made.set_requires_grad(true));
    } else {
      layer_.add_buffer(name, made);
    }
    return made;
  }
  at::Tensor found = layer_.tensor(name);
  if (!found.defined()) fail_at(path_of(name), WP_ERROR_NOT_FOUND, "a ", layer_.layer_class().name, " lacks its ", name);
  if (found.sizes() != shape) {
    fail_at(path_of(name), WP_ERROR_MISMATCH, "a ", layer_.layer_class().name, " has a ", name, " of shape ",
            shape_text(found.sizes()), ", not ", shape_text(shape));
  }
  return found;
}

at::Tensor Builder::parameter(const std::string &name, at::IntArrayRef shape) { return tensor(name, shape, true); }

at::Tensor Builder::buffer(const std::string &name, at::IntArrayRef shape) { return tensor(name, shape, false); }

void Builder::counter(const std::string &name) {
  asked_.insert(name);
  if (fresh_) layer_.add_buffer(name, at::zeros({}, options_.dtype(at::kLong)));
}

void Builder::child(const std::string &name, const std::function<Child()> &make) {
  optional_child(name, make);
  if (!has_child(name)) {
    fail_at(path_of(name), WP_ERROR_NOT_FOUND, "a ", layer_.layer_class().name, " lacks its module ", name);
  }
}

void Builder::optional_child(const std::string &name, const std::function<Child()> &make) {
  asked_.insert(name);
  if (!fresh_) return;
  if (Child made = make()) layer_.add_module(name, std::move(made));
}

void Builder::finish() const {
  if (fresh_) return;
  auto refuse = [&](const std::string &name, const char *what) {
    if (asked_.count(name)) return;
    fail_at(path_of(name), WP_ERROR_UNSUPPORTED, "a ", layer_.layer_class().name, " has a ", what, " ", printable(name),
            " that the class does not have");
  };
  for (const auto &parameter : layer_.named_parameters(/*recurse=*/false)) refuse(parameter.key(), "parameter");
  for (const auto &buffer : layer_.named_buffers(/*recurse=*/false)) refuse(buffer.key(), "buffer");
  if (all_children_) return;
  for (const auto &[name, child] : layer_.modules()) refuse(name, "module");
}

std::shared_ptr<Layer> make_fresh(const Settings &settings) {
  at::NoGradGuard no_grad;
  auto layer = std::make_shared<Layer>(settings.layer_class());
  Builder build(*layer, /*fresh=*/true, settings.tensor_options(), {});
  layer->set_forward(settings.layer_class().make(build, settings));
  return layer;
}

Child make_part(const char *class_name, std::vector<Keyword> keywords) {
  Settings settings(*find_layer_class(class_name), {});
  for (auto &[name, value] : keywords) settings.set(name, std::move(value));
  settings.complete(/*fresh=*/true);
  return as_child(make_fresh(settings));
}

Child make_part(const char *class_name, const Builder &build, std::vector<Keyword> keywords) {
  keywords.emplace_back("device", build.options().device());
  keywords.emplace_back("dtype", static_cast<int64_t>(c10::typeMetaToScalarType(build.options().dtype())));
  return make_part(class_name, std::move(keywords));
}

}  // namespace weightport::libtorch
