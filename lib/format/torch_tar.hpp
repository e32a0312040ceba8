// SPDX-License-Identifier: MIT
// What torch.save wrote before 0.1.10: a tar of storages, tensors and a pickle that refers to both.
#pragma once

#include "base/operation.hpp"
#include "format/document.hpp"
#include "io/source.hpp"

namespace weightport {

bool looks_like_tar(const Source &source);

// Throws UNSUPPORTED for a tar that is not PyTorch's, CORRUPT, LIMIT, CANCELLED, IO, CALLBACK.
Document read_torch_tar(Ref<Source> source, Operation &operation);

}  // namespace weightport
