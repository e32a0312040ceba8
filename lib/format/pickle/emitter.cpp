// SPDX-License-Identifier: MIT
#include "format/pickle/emitter.hpp"

#include <bit>
#include <string>
#include <utility>

#include "base/endian.hpp"
#include "base/error.hpp"
#include "base/hash.hpp"
#include "value/integer.hpp"

namespace weightport {

Emitter::Emitter() {
  op(Opcode::kProto);
  operand<uint8_t>(2);
}

template <class Int>
void Emitter::operand(Int value) {
  char bytes[sizeof value];
  store_le(bytes, value);
  out_.append({bytes, sizeof value});
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
    out_.append({bytes, size});
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

bool Emitter::recall(const Texts &texts, uint64_t hash, std::string_view text) {
  auto known =
      texts.find(hash, [&](const Written &w) { return w.size == text.size() && out_.view().substr(w.offset, w.size) == text; });
  if (known) get(texts[*known].number);
  return known.has_value();
}

void Emitter::write(Texts &texts, uint64_t hash, std::string_view text) {
  texts.add(hash, {out_.size(), static_cast<uint32_t>(text.size()), memo_size_});
  out_.append(text);
  put();
}

void Emitter::string_head(size_t size) {
  if (size > UINT32_MAX) fail(WP_ERROR_UNSUPPORTED, "a string of more than 2^32 bytes does not fit pickle protocol 2");
  op(Opcode::kBinUnicode);
  operand(static_cast<uint32_t>(size));
}

void Emitter::string(std::string_view text) {
  if (text.size() > kShortString) return passing_string(text);
  uint64_t hash = hash_bytes(text);
  if (recall(strings_, hash, text)) return;
  string_head(text.size());
  write(strings_, hash, text);
}

void Emitter::passing_string(std::string_view text) {
  string_head(text.size());
  out_.append(text);
}

void Emitter::global(std::string_view module, std::string_view name) {
  std::string line = concat(module, "\n", name, "\n");
  uint64_t hash = hash_bytes(line);
  if (recall(globals_, hash, line)) return;
  // What follows a line break would be read as opcodes.
  if (module.find('\n') != module.npos || name.find('\n') != name.npos) {
    fail(WP_ERROR_UNSUPPORTED, "a module or class has a name of two lines: \"", printable(module), "\", \"", printable(name),
         "\"");
  }
  op(Opcode::kGlobal);
  write(globals_, hash, line);
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
  addresses_.add(hash_address(address), {address, memo_size_});
  put();
}

std::optional<uint32_t> Emitter::number_of(const void *address) const {
  auto known = addresses_.find(hash_address(address), [&](const Address &a) { return a.address == address; });
  return known ? std::optional(addresses_[*known].number) : std::nullopt;
}

bool Emitter::recall(const void *address) {
  auto number = number_of(address);
  if (number) get(*number);
  return number.has_value();
}

Buffer Emitter::take() {
  op(Opcode::kStop);
  return out_.take();
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

void Emitter::get(uint32_t number) {
  if (number <= UINT8_MAX) {
    op(Opcode::kBinGet);
    operand(static_cast<uint8_t>(number));
  } else {
    op(Opcode::kLongBinGet);
    operand(number);
  }
}

}  // namespace weightport
