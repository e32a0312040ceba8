// SPDX-License-Identifier: MIT
// What torch.save writes since 1.6, and torch.jit.save: a zip of a pickle and one record a storage.
#pragma once

#include "base/operation.hpp"
#include "format/document.hpp"
#include "io/source.hpp"

namespace weightport {

bool looks_like_zip(const Source &source);

// Torch zip or TorchScript, told apart by constants.pkl. Throws UNSUPPORTED for a zip that is neither, CORRUPT, LIMIT.
Document read_torch_zip(Ref<Source> source, Operation &operation);

}  // namespace weightport
