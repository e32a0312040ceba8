// SPDX-License-Identifier: MIT
// What is known of a class of torch.nn: its keyword arguments, how it is made, and what its forward() takes.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exchange/ivalue.hpp"

namespace weightport::libtorch {

class Builder;
class Inputs;
class Layer;
class Settings;

// What a keyword argument may be, as bits.
enum ParameterKinds : unsigned {
  kInt = 1,
  kFloat = 2,  // or an int
  kBool = 4,
  kText = 8,
  kInts = 16,    // a list or tuple
  kFloats = 32,  // likewise
  kSizes = 64,   // ints, where None stands for the size of the input
  kNone = 128,
  kDtype = 256,
  kDevice = 512,
  kFunction = 1024,  // of torch.nn.functional, by its name
  kLayer = 2048,
  kLayers = 4096,  // a list or dict of layers
  kFresh = 8192    // of use for fresh weights and children only: a pickled module is not asked for it
};

// A keyword argument of the constructor. A pickled module has it as an attribute.
struct Parameter {
  const char *name;
  unsigned kinds;
  std::optional<c10::IValue> otherwise = {};  // the default; none if it is required
  // In a pickled module, a tensor whose presence tells what the argument was; null if the attribute does.
  const char *tensor = nullptr;
  const char *attribute = nullptr;  // what a pickled module calls it, where that is another name
};

// forward() of a layer. It is copied with the layer, so it holds settings only, and finds weights and children by their names.
using Forward = std::function<c10::IValue(const Layer &layer, const Inputs &inputs)>;

struct LayerClass {
  std::string name;
  std::vector<Parameter> parameters;
  // Registers weights and children in Python's order, and draws fresh ones as reset_parameters() does.
  std::function<Forward(Builder &build, const Settings &settings)> make;
  // Names of forward()'s arguments; those from `required` on may be left out or None.
  std::vector<std::string_view> takes = {"input"};
  size_t required = 1;
};

using LayerClasses = std::vector<LayerClass>;

LayerClasses activation_classes();
LayerClasses attention_classes();
LayerClasses batch_norm_classes();
LayerClasses container_classes();
LayerClasses conv_classes();
LayerClasses dropout_classes();
LayerClasses embedding_classes();
LayerClasses linear_classes();
LayerClasses norm_classes();
LayerClasses padding_classes();
LayerClasses adaptive_pool_classes();
LayerClasses pool_classes();
LayerClasses recurrent_classes();
LayerClasses recurrent_cell_classes();
LayerClasses shape_classes();
LayerClasses transformer_classes();
LayerClasses transformer_layer_classes();
LayerClasses upsample_classes();

// By the name that it has in torch.nn; null if there is none.
const LayerClass *find_layer_class(std::string_view name);

}  // namespace weightport::libtorch
