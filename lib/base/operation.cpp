// SPDX-License-Identifier: MIT
#include "base/operation.hpp"

#include "base/error.hpp"

namespace weightport {

void Operation::check_cancelled() const {
  if (cancel_ && cancel_->requested()) fail(WP_ERROR_CANCELLED, "cancelled by the caller");
}

void Operation::advance(uint64_t bytes) {
  check_cancelled();
  if (!progress_) return;
  std::lock_guard lock(mutex_);
  done_ += bytes;
  if (progress_(done_, total_, progress_user_)) fail(WP_ERROR_CALLBACK, "the progress callback asked to stop");
}

}  // namespace weightport
