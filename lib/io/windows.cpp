// SPDX-License-Identifier: MIT
#include "io/windows.hpp"

#include <algorithm>
#include <system_error>

#include "base/error.hpp"

namespace weightport::windows {
namespace {

// The name of the temporary file that becomes one is up to twelve characters longer.
constexpr size_t kShort = MAX_PATH - 12;

std::wstring to_utf16(std::string_view text) {
  if (text.empty()) return {};
  auto size = static_cast<int>(std::min(text.size(), size_t{1} << 20));
  std::wstring out(static_cast<size_t>(size), L'\0');
  int made = ::MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text.data(), size, out.data(), size);
  if (made == 0) fail(WP_ERROR_NOT_FOUND, "cannot open: the path is not UTF-8");
  out.resize(static_cast<size_t>(made));
  return out;
}

std::wstring whole_path(const std::wstring &path) {
  std::wstring out(::GetFullPathNameW(path.c_str(), 0, nullptr, nullptr), L'\0');
  out.resize(::GetFullPathNameW(path.c_str(), static_cast<DWORD>(out.size()), out.data(), nullptr));
  return out;
}

}  // namespace

std::wstring wide_path(std::string_view path) {
  std::wstring wide = to_utf16(path);
  if (wide.size() < kShort || wide.starts_with(L"\\\\?\\")) return wide;
  wide = whole_path(wide);
  // A share of another machine, \\server\share.
  if (wide.starts_with(L"\\\\")) return L"\\\\?\\UNC" + wide.substr(1);
  return L"\\\\?\\" + wide;
}

std::string error_text(DWORD error) {
  return std::system_category().default_error_condition(static_cast<int>(error)).message();
}

bool is_not_found(DWORD error) noexcept { return error == ERROR_FILE_NOT_FOUND || error == ERROR_PATH_NOT_FOUND; }

void fail_io(std::string_view what, DWORD error) {
  fail(is_not_found(error) ? WP_ERROR_NOT_FOUND : WP_ERROR_IO, what, ": ", error_text(error));
}

}  // namespace weightport::windows
