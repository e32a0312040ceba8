// SPDX-License-Identifier: MIT
#include "base/operation.hpp"

#include <algorithm>

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
  uint64_t shown = total_ ? std::min(done_, total_) : done_;
  if (int32_t status = progress_(shown, total_, progress_user_)) callback_failed(status, "the progress callback asked to stop");
}

}  // namespace weightport
