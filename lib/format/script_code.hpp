// SPDX-License-Identifier: MIT
// What a TorchScript archive's code says about its classes: which are modules, and which attributes are parameters or
// buffers. The code is searched for these few lines and never run.
#pragma once

#include <string_view>

#include "base/ref.hpp"
#include "format/zip.hpp"
#include "value/script_facts.hpp"
#include "value/tree.hpp"

namespace weightport {

// `root` is what every record's name begins with. Memory is charged to the tree. Throws CORRUPT, LIMIT.
Ref<ScriptFacts> read_script_facts(const ZipArchive &archive, std::string_view root, Tree &tree);

}  // namespace weightport
