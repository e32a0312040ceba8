// SPDX-License-Identifier: MIT
// What torch.save wrote from 0.1.10 to 1.5: five pickles in a row, then the storages.
#pragma once

#include "base/operation.hpp"
#include "format/document.hpp"
#include "io/source.hpp"

namespace weightport {

bool looks_like_torch_legacy(const Source &source);

// Throws CORRUPT, UNSUPPORTED (another protocol version), LIMIT, CANCELLED, IO, CALLBACK.
Document read_torch_legacy(Ref<Source> source, Operation &operation);

}  // namespace weightport
