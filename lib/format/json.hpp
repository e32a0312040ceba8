// SPDX-License-Identifier: MIT
// JSON out of a file that may be hostile.
#pragma once

#include <simdjson.h>

#include <cstdint>
#include <string_view>

#include "base/buffer.hpp"
#include "base/error.hpp"
#include "base/limits.hpp"
#include "io/source.hpp"

namespace weightport {

// The values stay valid as long as this object.
class Json {
 public:
  // Parses `size` bytes at `offset`, which errors call `what`. Throws CORRUPT, LIMIT, IO, CALLBACK.
  Json(const Source &source, uint64_t offset, uint64_t size, Budget budget, std::string_view what);
  // Parses a text of the caller's. Throws CORRUPT, LIMIT.
  Json(std::string_view text, std::string_view what);

  simdjson::dom::element root() const noexcept { return root_; }
  // As in the file, with zeros behind it.
  const std::byte *text() const noexcept { return text_.data(); }

 private:
  void parse(std::string_view what, int64_t offset);

  Buffer text_;
  simdjson::dom::parser parser_;
  simdjson::dom::element root_;
};

// Throws CORRUPT if the value is of another type.
template <class T>
T json_value(simdjson::dom::element element, std::string_view what) {
  T value;
  if (element.get(value)) fail(WP_ERROR_CORRUPT, what, " is missing or of another type than expected");
  return value;
}

}  // namespace weightport
