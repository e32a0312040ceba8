// SPDX-License-Identifier: MIT
#include "weightport/torch/loss.h"

#include "capi/handle.hpp"
#include "loss/loss.hpp"

using namespace weightport;
using namespace weightport::libtorch;

namespace weightport::libtorch {

static Loss *unwrap(const wp_loss *handle) noexcept { return reinterpret_cast<Loss *>(const_cast<wp_loss *>(handle)); }
static wp_loss *wrap_handle(Loss *object) noexcept { return reinterpret_cast<wp_loss *>(object); }

}  // namespace weightport::libtorch

extern "C" {

wp_error *wp_loss_create(wp_loss **out, const char *name, const wp_value *options) {
  if (out) *out = nullptr;
  WP_GUARD_BEGIN
  require(out && name, "out or name is NULL");
  *out = give(create_loss(name, options));
  WP_GUARD_END
}

wp_loss *wp_loss_retain(const wp_loss *loss) {
  if (loss) unwrap(loss)->retain();
  return const_cast<wp_loss *>(loss);
}

void wp_loss_release(wp_loss *loss) {
  if (loss) unwrap(loss)->release();
}

wp_error *wp_loss_compute(wp_tensor **out, const wp_loss *loss, const wp_tensor *input, const wp_tensor *target) {
  if (out) *out = nullptr;
  WP_GUARD_BEGIN
  require(out && loss, "out or loss is NULL");
  require(input && target, "input or target is NULL");
  *out = from_torch(unwrap(loss)->compute(to_torch(input), to_torch(target))).detach();
  WP_GUARD_END
}

}  // extern "C"
