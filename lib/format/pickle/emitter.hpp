// SPDX-License-Identifier: MIT
// Opcodes of pickle protocol 2, put down one after the other, with the memo.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/flat_table.hpp"
#include "base/growing_buffer.hpp"
#include "format/pickle/opcode.hpp"

namespace weightport {

class Emitter {
 public:
  Emitter();

  void op(Opcode opcode) { out_.push_back(static_cast<char>(opcode)); }
  void integer(int64_t value);
  // Decimal text of any size.
  void integer(std::string_view decimal);
  void real(double value);
  void boolean(bool value) { op(value ? Opcode::kNewTrue : Opcode::kNewFalse); }
  // Equal short strings are written once. Longer ones are data, which seldom repeats: not hashed, and left to memoize().
  static constexpr size_t kShortString = 1024;
  void string(std::string_view text);
  // A string of any length that is not remembered, because it seldom occurs twice.
  void passing_string(std::string_view text);
  // A class or function; equal ones are written once. Throws UNSUPPORTED for a name that would break its line.
  void global(std::string_view module, std::string_view name);
  // A tuple of the last `size` values: up to three, or all above a mark.
  void tuple(size_t size);
  void empty_ordered_dict();

  // Remembers the value on top of the stack for this address.
  void memoize(const void *address);
  // Puts a remembered value on the stack. False if there is none.
  bool recall(const void *address);
  bool remembers(const void *address) const { return number_of(address).has_value(); }

  Buffer take();

 private:
  // A text that was written: it stands in the output.
  struct Written {
    uint64_t offset;
    uint32_t size;
    uint32_t number;  // in the memo
  };
  using Texts = FlatTable<Written>;
  struct Address {
    const void *address;
    uint32_t number;  // in the memo
  };

  // Puts it on the stack, if it was written before.
  bool recall(const Texts &texts, uint64_t hash, std::string_view text);
  void string_head(size_t size);
  void write(Texts &texts, uint64_t hash, std::string_view text);
  std::optional<uint32_t> number_of(const void *address) const;
  void put();
  void get(uint32_t number);
  template <class Int>
  void operand(Int value);

  GrowingBuffer out_;
  uint32_t memo_size_ = 0;
  FlatTable<Address> addresses_;
  Texts strings_;
  Texts globals_;  // "module\nname\n"
};

}  // namespace weightport
