// SPDX-License-Identifier: MIT
// Strings as JSON writes them.
#pragma once

#include <string>
#include <string_view>

namespace weightport {

// In quotes; with `ascii`, as Python's json.dumps() does, without as serde_json does. Throws UNSUPPORTED for text that is not
// UTF-8, lone surrogates included.
void append_json_string(std::string &out, std::string_view text, bool ascii);

}  // namespace weightport
