// SPDX-License-Identifier: MIT
#include "optim/optimizer_class.hpp"

#include <array>

#include "exchange/fail.hpp"

namespace weightport::libtorch {

const OptimizerClass &optimizer_class(const std::string &name) {
  std::string names;
  for (const OptimizerClass *known :
       {&sgd_class(), &adam_class(), &adamw_class(), &rmsprop_class(), &adagrad_class(), &lbfgs_class()}) {
    if (name == known->name()) return *known;
    append(names, concat(names.empty() ? "" : ", ", known->name()));
  }
  fail_at(printable(name), WP_ERROR_NOT_FOUND, "there is no such optimizer; there are ", names);
}

}  // namespace weightport::libtorch
