// SPDX-License-Identifier: MIT
// Writes what read_safetensors() reads, byte for byte as the reference implementation does.
//
// Tensors are written contiguous, sorted by dtype and name. Of tied weights the first by name is written, and the others are
// recorded in the metadata as safetensors.hpp says; other views of one storage become tensors of their own. requires_grad, and
// whether a tensor is a parameter, are not kept.
#pragma once

#include "base/operation.hpp"
#include "io/sink.hpp"
#include "value/node.hpp"

namespace weightport {

// `root` is what flat_state_dict() takes. Of `metadata`, a dict or null, the strings are kept. Where tied weights are recorded,
// "format": "pt" stands beside them, without which transformers refuses a file that has metadata. The sink stays open.
//
// Throws UNSUPPORTED, naming the tensor that the format cannot hold, LIMIT, CANCELLED, and what reading tensors and the sink
// throw.
void write_safetensors(const Node &root, const Node *metadata, Sink &sink, Operation &operation);

}  // namespace weightport
