// SPDX-License-Identifier: MIT
#include "weightport/error.h"

#include <new>
#include <string>

#include "capi/boundary.hpp"

struct wp_error {
  wp_code code;
  int64_t offset;
  int32_t status;
  std::string message;
  std::string file;
  std::string key;
};

namespace weightport {
namespace {

wp_error *out_of_memory() noexcept {
  // Every string fits the small buffer, so that building it allocates nothing.
  static wp_error error{WP_ERROR_OUT_OF_MEMORY, -1, 0, "out of memory", "", ""};
  return &error;
}

wp_error *make(wp_code code, const char *what) { return new wp_error{code, -1, 0, what, "", ""}; }

wp_error *translate() {
  try {
    throw;
  } catch (const Error &e) {
    return new wp_error{e.code(), e.offset(), e.status(), e.line(), e.file(), e.key()};
  } catch (const std::bad_alloc &) {
    return out_of_memory();
  } catch (const std::exception &e) {
    return make(WP_ERROR_INTERNAL, e.what());
  } catch (...) {
    return make(WP_ERROR_INTERNAL, "an unknown exception");
  }
}

}  // namespace

wp_error *current_error() noexcept {
  try {
    return translate();
  } catch (...) {
    return out_of_memory();
  }
}

}  // namespace weightport

extern "C" {

wp_error *wp_error_create(wp_code code, const char *message, const char *key) {
  try {
    return new wp_error{code, -1, 0, message ? message : "", "", key ? key : ""};
  } catch (...) {
    return weightport::out_of_memory();
  }
}

void wp_error_set_file(wp_error *error, const char *file, int64_t offset) {
  if (!error || error == weightport::out_of_memory()) return;
  try {
    error->file = file ? file : "";
    error->offset = offset;
  } catch (...) {
    // Without its file it is still the error.
  }
}

void wp_error_set_status(wp_error *error, int32_t status) {
  if (error && error != weightport::out_of_memory()) error->status = status;
}

wp_code wp_error_code(const wp_error *error) { return error ? error->code : WP_OK; }
const char *wp_error_message(const wp_error *error) { return error ? error->message.c_str() : ""; }
const char *wp_error_file(const wp_error *error) { return error ? error->file.c_str() : ""; }
int64_t wp_error_offset(const wp_error *error) { return error ? error->offset : -1; }
int32_t wp_error_status(const wp_error *error) { return error ? error->status : 0; }
const char *wp_error_key(const wp_error *error) { return error ? error->key.c_str() : ""; }

void wp_error_release(wp_error *error) {
  if (error != weightport::out_of_memory()) delete error;
}

const char *wp_code_name(wp_code code) {
  switch (code) {
    case WP_OK:
      return "WP_OK";
    case WP_ERROR_INVALID_ARGUMENT:
      return "WP_ERROR_INVALID_ARGUMENT";
    case WP_ERROR_NOT_FOUND:
      return "WP_ERROR_NOT_FOUND";
    case WP_ERROR_IO:
      return "WP_ERROR_IO";
    case WP_ERROR_CORRUPT:
      return "WP_ERROR_CORRUPT";
    case WP_ERROR_UNSUPPORTED:
      return "WP_ERROR_UNSUPPORTED";
    case WP_ERROR_UNSAFE:
      return "WP_ERROR_UNSAFE";
    case WP_ERROR_LIMIT:
      return "WP_ERROR_LIMIT";
    case WP_ERROR_MISMATCH:
      return "WP_ERROR_MISMATCH";
    case WP_ERROR_CANCELLED:
      return "WP_ERROR_CANCELLED";
    case WP_ERROR_CALLBACK:
      return "WP_ERROR_CALLBACK";
    case WP_ERROR_OUT_OF_MEMORY:
      return "WP_ERROR_OUT_OF_MEMORY";
    case WP_ERROR_TORCH:
      return "WP_ERROR_TORCH";
    case WP_ERROR_INTERNAL:
      return "WP_ERROR_INTERNAL";
    default:
      return "WP_ERROR_UNKNOWN";
  }
}

}  // extern "C"
