// SPDX-License-Identifier: MIT
// Writes what torch.save writes.
#pragma once

#include "base/operation.hpp"
#include "io/sink.hpp"
#include "value/node.hpp"

namespace weightport {

// Any tree but a TorchScript module. Does not finish the sink. Throws UNSUPPORTED, LIMIT, IO, CALLBACK, CANCELLED, and what
// reading the tensors throws.
void write_torch_zip(const Node &root, Sink &sink, Operation &operation);

}  // namespace weightport
