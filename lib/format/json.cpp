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
  parse(what, static_cast<int64_t>(offset));
}

Json::Json(std::string_view text, std::string_view what) : text_(text.size() + simdjson::SIMDJSON_PADDING) {
  if (!text.empty()) std::memcpy(text_.data(), text.data(), text.size());
  parse(what, -1);
}

// simdjson does not say where a mistake is, so `offset` is where the text begins, or -1.
void Json::parse(std::string_view what, int64_t offset) {
  size_t size = text_.size() - simdjson::SIMDJSON_PADDING;
  std::memset(text_.data() + size, 0, simdjson::SIMDJSON_PADDING);
  auto error = parser_.parse(reinterpret_cast<const uint8_t *>(text_.data()), size, false).get(root_);
  if (error == simdjson::SUCCESS) return;
  if (error == simdjson::MEMALLOC) throw std::bad_alloc();
  bool large = error == simdjson::DEPTH_ERROR || error == simdjson::CAPACITY;
  throw Error(
      large ? WP_ERROR_LIMIT : WP_ERROR_CORRUPT,
      concat(what, large ? " cannot be parsed: " : " is not valid JSON: ", std::string_view(simdjson::error_message(error))),
      offset);
}

}  // namespace weightport
