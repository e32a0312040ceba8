// SPDX-License-Identifier: MIT
// Owned bytes with several owners.
#pragma once

#include <utility>

#include "base/buffer.hpp"
#include "base/ref.hpp"

namespace weightport {

struct SharedBuffer final : RefCounted {
  explicit SharedBuffer(Buffer buffer) : bytes(std::move(buffer)) {}

  Buffer bytes;
};

}  // namespace weightport
