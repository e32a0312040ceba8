// SPDX-License-Identifier: MIT
// Writes what torch.save(_use_new_zipfile_serialization=False) writes, for readers before 1.6.
#pragma once

#include "base/operation.hpp"
#include "io/sink.hpp"
#include "value/node.hpp"

namespace weightport {

// Any tree but a TorchScript module, or one whose tensors of different dtypes share a storage. Does not finish the sink.
// Throws UNSUPPORTED, LIMIT, IO, CALLBACK, CANCELLED, and what reading the tensors throws.
void write_torch_legacy(const Node &root, Sink &sink, Operation &operation);

}  // namespace weightport
