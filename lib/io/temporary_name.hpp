// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace weightport {

// A name for a file that will become `name`: hidden, and short enough for any file system, however long the name is. Another
// one each time; `process` is the number of this process.
std::string temporary_name(std::string_view name, uint64_t process);

}  // namespace weightport
