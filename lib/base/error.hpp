// SPDX-License-Identifier: MIT
// The exception that carries a failure from where it is found to the C boundary.
#pragma once

#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <utility>

#include "base/error_line.hpp"
#include "base/text.hpp"
#include "weightport/error.h"

namespace weightport {

class Error : public std::exception {
 public:
  Error(wp_code code, std::string message, int64_t offset = -1) : code_(code), offset_(offset), message_(std::move(message)) {}

  wp_code code() const noexcept { return code_; }
  int64_t offset() const noexcept { return offset_; }
  const std::string &message() const noexcept { return message_; }
  const std::string &file() const noexcept { return file_; }
  const std::string &key() const noexcept { return key_; }
  int32_t status() const noexcept { return status_; }
  std::string line() const { return error_line(file_, message_, key_, offset_); }
  const char *what() const noexcept override { return message_.c_str(); }

  // The name of the file, unless a deeper layer has already set a more exact one.
  Error &in_file(std::string_view file) {
    if (file_.empty()) file_ = file;
    return *this;
  }
  // The part of the file that the offset counts in.
  Error &in_record(std::string_view record) {
    message_ = concat("record ", printable(record), ": ", message_);
    return *this;
  }
  // What the caller's callback returned.
  Error &with_status(int32_t status) {
    status_ = status;
    return *this;
  }
  Error &with_key(std::string_view key) {
    if (key_.empty()) key_ = key;
    return *this;
  }

 private:
  wp_code code_;
  int64_t offset_;
  int32_t status_ = 0;
  std::string message_;
  std::string file_;
  std::string key_;
};

// Whether an error says something of a file's content, and not of the machine or the caller.
inline bool is_content_error(const Error &e) noexcept {
  return e.code() == WP_ERROR_CORRUPT || e.code() == WP_ERROR_UNSUPPORTED || e.code() == WP_ERROR_LIMIT;
}

template <class... Parts>
[[noreturn]] void fail(wp_code code, const Parts &...parts) {
  throw Error(code, concat(parts...));
}

// A callback of the caller's returned `status`.
template <class... Parts>
[[noreturn]] void callback_failed(int32_t status, const Parts &...parts) {
  throw Error(WP_ERROR_CALLBACK, concat(parts...)).with_status(status);
}

template <class... Parts>
[[noreturn]] void corrupt(uint64_t offset, const Parts &...parts) {
  throw Error(WP_ERROR_CORRUPT, concat(parts...), static_cast<int64_t>(offset));
}

}  // namespace weightport
