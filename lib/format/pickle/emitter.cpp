// SPDX-License-Identifier: MIT
#include "format/pickle/emitter.hpp"

#include <bit>
#include <utility>

#include "base/endian.hpp"
#include "base/error.hpp"
#include "format/pickle/number.hpp"

namespace weightport {

Emitter::Emitter() {
  op(Opcode::kProto);
  operand<uint8_t>(2);
}

template <class Int>
void Emitter::operand(Int value) {
  char bytes[sizeof value];
  store_le(bytes, value);
  out_.append(bytes, sizeof value);
}

void Emitter::integer(int64_t value) {
  if (value >= 0 && value <= UINT8_MAX) {
    op(Opcode::kBinInt1);
    operand(static_cast<uint8_t>(value));
  } else if (value >= 0 && value <= UINT16_MAX) {
    op(Opcode::kBinInt2);
    operand(static_cast<uint16_t>(value));
  } else if (value >= INT32_MIN && value <= INT32_MAX) {
    op(Opcode::kBinInt);
    operand(static_cast<uint32_t>(value));
  } else {
    // Two's complement in as few bytes as keep the sign.
    uint8_t size = 8;
    while (size > 1 && (value >> (8 * size - 9)) == (value < 0 ? -1 : 0)) --size;
    op(Opcode::kLong1);
    operand(size);
    char bytes[8];
    store_le(bytes, static_cast<uint64_t>(value));
    out_.append(bytes, size);
  }
}

void Emitter::integer(std::string_view decimal) {
  std::string bytes = integer_to_bytes(decimal);
  if (bytes.size() <= UINT8_MAX) {
    op(Opcode::kLong1);
    operand(static_cast<uint8_t>(bytes.size()));
  } else {
    op(Opcode::kLong4);
    operand(static_cast<uint32_t>(bytes.size()));
  }
  out_.append(bytes);
}

void Emitter::real(double value) {
  op(Opcode::kBinFloat);
  operand(byte_swap(std::bit_cast<uint64_t>(value)));
}

void Emitter::string(std::string_view text) {
  bool is_short = text.size() <= kShortString;
  if (is_short) {
    if (auto known = strings_.find(text); known != strings_.end()) return get(known->second);
  }
  if (text.size() > UINT32_MAX) fail(WP_ERROR_UNSUPPORTED, "a string of more than 2^32 bytes does not fit pickle protocol 2");
  op(Opcode::kBinUnicode);
  operand(static_cast<uint32_t>(text.size()));
  out_.append(text);
  if (!is_short) return;
  strings_.emplace(text, memo_size_);
  put();
}

void Emitter::global(std::string_view module, std::string_view name) {
  std::string line = concat(module, "\n", name, "\n");
  if (auto known = globals_.find(line); known != globals_.end()) return get(known->second);
  op(Opcode::kGlobal);
  out_.append(line);
  globals_.emplace(std::move(line), memo_size_);
  put();
}

void Emitter::tuple(size_t size) {
  static constexpr Opcode kShort[] = {Opcode::kEmptyTuple, Opcode::kTuple1, Opcode::kTuple2, Opcode::kTuple3};
  op(size < 4 ? kShort[size] : Opcode::kTuple);
}

void Emitter::empty_ordered_dict() {
  global("collections", "OrderedDict");
  op(Opcode::kEmptyTuple);
  op(Opcode::kReduce);
}

void Emitter::memoize(const void *address) {
  addresses_.emplace(address, memo_size_);
  put();
}

bool Emitter::recall(const void *address) {
  auto known = addresses_.find(address);
  if (known == addresses_.end()) return false;
  get(known->second);
  return true;
}

std::string Emitter::take() {
  op(Opcode::kStop);
  return std::move(out_);
}

void Emitter::put() {
  if (memo_size_ <= UINT8_MAX) {
    op(Opcode::kBinPut);
    operand(static_cast<uint8_t>(memo_size_));
  } else {
    op(Opcode::kLongBinPut);
    operand(memo_size_);
  }
  ++memo_size_;
}

void Emitter::get(uint32_t index) {
  if (index <= UINT8_MAX) {
    op(Opcode::kBinGet);
    operand(static_cast<uint8_t>(index));
  } else {
    op(Opcode::kLongBinGet);
    operand(index);
  }
}

}  // namespace weightport
