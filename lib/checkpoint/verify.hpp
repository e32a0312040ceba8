// SPDX-License-Identifier: MIT
// Checks a checkpoint that was opened: its structure was, the bytes of its tensors were not.
#pragma once

#include "base/operation.hpp"
#include "checkpoint/checkpoint.hpp"
#include "checkpoint/report.hpp"

namespace weightport {

// Every checksum of the file, and whether every tensor can be read. Throws IO, CALLBACK, CANCELLED.
Ref<Report> verify_checkpoint(const Checkpoint &checkpoint, Operation &operation);

}  // namespace weightport
