// SPDX-License-Identifier: MIT
// Opcodes of pickle protocol 2, put down one after the other, with the memo.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/hash.hpp"
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
  // A class or function; equal ones are written once.
  void global(std::string_view module, std::string_view name);
  // A tuple of the last `size` values: up to three, or all above a mark.
  void tuple(size_t size);
  void empty_ordered_dict();

  // Remembers the value on top of the stack for this address.
  void memoize(const void *address);
  // Puts a remembered value on the stack. False if there is none.
  bool recall(const void *address);
  bool remembers(const void *address) const { return addresses_.contains(address); }

  std::string take();

 private:
  void put();
  void get(uint32_t index);
  template <class Int>
  void operand(Int value);

  std::string out_;
  uint32_t memo_size_ = 0;
  std::unordered_map<const void *, uint32_t> addresses_;
  std::unordered_map<std::string, uint32_t, StringHash, std::equal_to<>> strings_;
  std::unordered_map<std::string, uint32_t, StringHash, std::equal_to<>> globals_;
};

}  // namespace weightport
