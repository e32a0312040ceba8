// SPDX-License-Identifier: MIT
#include "format/json.hpp"

#include <cstring>
#include <new>

namespace weightport {
namespace {

// What simdjson allocates for each byte of JSON: eight of tape, four of index, two of text.
constexpr uint64_t kParserRatio = 14;

}  // namespace

// A budget of its own: the parser's memory is gone again when the file is open.
Json::Json(const Source &source, uint64_t offset, uint64_t size, Budget budget, std::string_view what) {
  budget.charge(size * kParserRatio);
  text_ = Buffer(size + simdjson::SIMDJSON_PADDING);
  source.read(offset, text_.span().first(static_cast<size_t>(size)));
  std::memset(text_.data() + size, 0, simdjson::SIMDJSON_PADDING);
  auto error = parser_.parse(reinterpret_cast<const uint8_t *>(text_.data()), static_cast<size_t>(size), false).get(root_);
  if (error == simdjson::MEMALLOC) throw std::bad_alloc();
  if (error) corrupt(offset, what, " is not valid JSON: ", std::string_view(simdjson::error_message(error)));
}

}  // namespace weightport
