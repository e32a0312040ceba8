// SPDX-License-Identifier: MIT
// Reads the bytes of many storages into memory of their own, by several threads.
#pragma once

#include <cstdint>
#include <span>

#include "base/operation.hpp"
#include "base/ref.hpp"
#include "tensor/storage.hpp"

namespace weightport {

// `threads` 0: one for each processor, at most 8. Throws the first error that any of them met.
void load_storages(std::span<const Ref<Storage>> storages, uint32_t threads, Operation &operation);

}  // namespace weightport
