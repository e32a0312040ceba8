// SPDX-License-Identifier: MIT
// What files on Windows share. Paths are UTF-8 outside and UTF-16 inside.
#pragma once

#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN
#endif
#ifndef NOMINMAX
#define NOMINMAX
#endif
#include <windows.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "weightport/error.h"

namespace weightport::windows {

class Handle {
 public:
  explicit Handle(HANDLE handle = INVALID_HANDLE_VALUE) : handle_(handle) {}
  Handle(Handle &&other) noexcept : handle_(std::exchange(other.handle_, INVALID_HANDLE_VALUE)) {}
  Handle &operator=(Handle &&other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~Handle() { close(); }

  // Functions that fail return one value or the other.
  explicit operator bool() const noexcept { return handle_ != INVALID_HANDLE_VALUE && handle_ != nullptr; }
  HANDLE get() const noexcept { return handle_; }
  bool close() noexcept { return !*this || ::CloseHandle(std::exchange(handle_, INVALID_HANDLE_VALUE)); }

 private:
  HANDLE handle_;
};

// One call of the system moves at most this much.
inline constexpr size_t kLargestCall = size_t{1} << 30;

// For the functions of Windows, also where it is longer than their old limit of 260. Throws NOT_FOUND for what is not UTF-8: a
// file cannot have that name.
std::wstring wide_path(std::string_view path);

// In the same words as on other systems.
std::string error_text(DWORD error);
bool is_not_found(DWORD error) noexcept;
// IO, or NOT_FOUND.
[[noreturn]] void fail_io(std::string_view what, DWORD error);

}  // namespace weightport::windows
