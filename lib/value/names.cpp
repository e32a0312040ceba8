// SPDX-License-Identifier: MIT
#include "value/names.hpp"

#include <algorithm>

#include "base/utf8.hpp"

namespace weightport {
namespace {

constexpr size_t kMaxDevice = 64;

bool is_type(std::string_view text) noexcept {
  auto part = [](char c) { return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  return !text.empty() && std::all_of(text.begin(), text.end(), part);
}

bool is_index(std::string_view text) noexcept {
  auto digit = [](char c) { return c >= '0' && c <= '9'; };
  return text == "0" || (!text.empty() && text[0] != '0' && std::all_of(text.begin(), text.end(), digit));
}

}  // namespace

// After c10/core/Device.cpp (Device::Device).
bool is_device(std::string_view text) noexcept {
  size_t colon = text.find(':');
  bool indexed = colon != text.npos;
  return text.size() <= kMaxDevice && is_type(text.substr(0, colon)) && (!indexed || is_index(text.substr(colon + 1)));
}

bool is_class_name(std::string_view text, uint32_t module_size) noexcept {
  bool plain = std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) <= ' '; });
  size_t dot = module_size ? module_size : text.rfind('.');
  return plain && is_utf8(text) && dot != text.npos && dot != 0 && text.back() != '.' && text.find("..", dot) == text.npos;
}

}  // namespace weightport
