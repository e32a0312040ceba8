// SPDX-License-Identifier: MIT
#include "exchange/boundary.hpp"

#include <c10/util/Exception.h>

#include <new>
#include <string>

#include "base/text.hpp"
#include "exchange/throw_error.hpp"

namespace weightport::libtorch {

// libtorch's messages go on with its own stack, and TorchScript's begin with one. The fact is what follows the latter: the
// message of a RuntimeError, which may have several lines, or what the model's own code raised, in one.
std::string fact_of(const std::string &what) {
  std::string text = what.substr(0, what.find("\nException raised from "));
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  if (size_t at = text.rfind("RuntimeError: "); at != std::string::npos) {
    text.erase(0, at + 14);
  } else if (text.starts_with("The following operation failed in the TorchScript interpreter")) {
    text.erase(0, text.rfind('\n') + 1);
  }
  for (char &c : text) {
    if (c == '\n') c = ' ';
  }
  // Some go on with all numbers of a tensor.
  return text.empty() ? "an error without a message" : printable(text, 2000);
}

namespace {

wp_error *torch_error(const char *what) { return wp_error_create(WP_ERROR_TORCH, fact_of(what).c_str(), nullptr); }

wp_error *translate() {
  try {
    throw;
  } catch (const Error &e) {
    wp_error *error = wp_error_create(e.code(), e.what(), e.key());
    wp_error_set_file(error, e.file(), e.offset());
    wp_error_set_status(error, e.status());
    return error;
  } catch (const c10::Error &e) {
    return torch_error(e.what_without_backtrace());
  } catch (const std::bad_alloc &) {
    return wp_error_create(WP_ERROR_OUT_OF_MEMORY, "out of memory", nullptr);
  } catch (const std::exception &e) {
    return torch_error(e.what());
  } catch (...) {
    return wp_error_create(WP_ERROR_INTERNAL, "an unknown exception", nullptr);
  }
}

}  // namespace

void throw_error(wp_error *error) { throw Error(error); }

wp_error *current_error() noexcept {
  try {
    return translate();
  } catch (...) {
    return wp_error_create(WP_ERROR_OUT_OF_MEMORY, "out of memory", nullptr);
  }
}

}  // namespace weightport::libtorch
