// SPDX-License-Identifier: MIT
// TorchScript models to files.
#pragma once

#include <cstddef>
#include <functional>
#include <span>

#include "model/model.hpp"

namespace weightport::libtorch {

// Gives `write` the archive in order. What `write` throws, this throws. Throws UNSUPPORTED for a model that is not TorchScript.
void write_archive(const Model &model, const std::function<void(std::span<const std::byte>)> &write);

}  // namespace weightport::libtorch
