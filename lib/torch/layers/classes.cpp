// SPDX-License-Identifier: MIT
#include <map>
#include <utility>

#include "layers/layer_class.hpp"

namespace weightport::libtorch {
namespace {

using Table = std::map<std::string, LayerClass, std::less<>>;

Table make_table() {
  Table table;
  for (LayerClasses (*classes)() :
       {activation_classes, adaptive_pool_classes, attention_classes, batch_norm_classes, container_classes, conv_classes,
        dropout_classes, embedding_classes, linear_classes, norm_classes, padding_classes, pool_classes, recurrent_classes,
        recurrent_cell_classes, shape_classes, transformer_classes, transformer_layer_classes, upsample_classes}) {
    for (LayerClass &one : classes()) {
      std::string name = one.name;
      table.emplace(std::move(name), std::move(one));
    }
  }
  return table;
}

}  // namespace

const LayerClass *find_layer_class(std::string_view name) {
  static const Table table = make_table();
  auto found = table.find(name);
  return found == table.end() ? nullptr : &found->second;
}

}  // namespace weightport::libtorch
