// SPDX-License-Identifier: MIT
// Bytes that exercise a sink, and what a failing one says.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "io/sink.hpp"

namespace weightport::test {

inline std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text.data(), text.size())); }

inline std::string letters(size_t size) {
  std::string out(size, '\0');
  for (size_t i = 0; i < size; ++i) out[i] = static_cast<char>('a' + i * i % 23);
  return out;
}

// Many small pieces, and large ones between them.
inline std::string write_mixed(Sink &sink) {
  std::string all;
  auto write = [&](const std::string &piece) {
    if (sink.position() != all.size()) throw std::logic_error("the position is wrong");
    sink.write(bytes_of(piece));
    all += piece;
  };
  for (size_t i = 0; i < 3000; ++i) write(letters(i));
  for (size_t size : {0, 65535, 65536, 5, 3'000'000, 0, 1'048'576, 17}) write(letters(size));
  return all;
}

inline Error failure(const std::function<void()> &action) {
  try {
    action();
  } catch (const Error &error) {
    return error;
  }
  return {WP_OK, "nothing failed"};
}

}  // namespace weightport::test
