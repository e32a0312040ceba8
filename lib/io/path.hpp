// SPDX-License-Identifier: MIT
// What a path is made of, which differs between systems.
#pragma once

#include <cstddef>
#include <string_view>

namespace weightport {

#ifdef _WIN32
inline constexpr std::string_view kPathSeparators = "/\\:";
#else
inline constexpr std::string_view kPathSeparators = "/";
#endif

// How many bytes of a path name its folder, with the separator that ends it.
inline size_t folder_size(std::string_view path) { return path.find_last_of(kPathSeparators) + 1; }

}  // namespace weightport
