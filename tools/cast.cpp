// SPDX-License-Identifier: MIT
#include "cast.hpp"

#include <string_view>

namespace {

// Not the packed ones, which do not convert.
bool is_floating(wp_dtype dtype) {
  std::string_view name = wp_dtype_name(dtype);
  return (name.starts_with("float") || name.starts_with("bfloat")) && !name.starts_with("float4");
}

// What a converted storage is made from.
struct Pending {
  TensorHandle source;
  wp_dtype dtype;
  std::shared_ptr<std::string> failure;

  static int32_t convert(void *buffer, uint64_t nbytes, void *user) noexcept {
    const auto &self = *static_cast<Pending *>(user);
    ErrorHandle error(wp_tensor_read(self.source.get(), buffer, nbytes, self.dtype));
    if (!error) return 0;
    try {
      *self.failure = wp_error_message(error.get());
    } catch (...) {
      self.failure->clear();
    }
    return 1;
  }
  static void release(void *user) { delete static_cast<Pending *>(user); }
};

}  // namespace

Cast::Cast(const std::string &dtype_name)
    : dtype_(wp_dtype_from_name(dtype_name.c_str())), failure_(std::make_shared<std::string>()) {
  if (!is_floating(dtype_))
    throw WrongUsage("--dtype: \"" + dtype_name + "\" is no floating dtype such as float16 or bfloat16");
}

TensorHandle Cast::operator()(const wp_tensor *tensor) {
  wp_dtype dtype = wp_tensor_dtype(tensor);
  if (dtype == dtype_ || !is_floating(dtype)) return TensorHandle(wp_tensor_retain(tensor));
  if (!wp_tensor_storage_id(tensor)) throw Failure("a sparse or meta tensor cannot be converted to another dtype");
  auto &base = converted_[{wp_tensor_storage_id(tensor), dtype, wp_tensor_is_neg(tensor)}];
  if (!base) base = convert_storage(tensor);
  wp_tensor *view;
  check(wp_tensor_view(&view, base.get(), wp_tensor_storage_offset(tensor), wp_tensor_shape(tensor), wp_tensor_strides(tensor),
                       wp_tensor_ndim(tensor)));
  return TensorHandle(view);
}

TensorHandle Cast::convert_storage(const wp_tensor *tensor) const {
  auto numel = static_cast<int64_t>(wp_tensor_storage_nbytes(tensor) / wp_dtype_itemsize(wp_tensor_dtype(tensor)));
  wp_tensor *all, *converted;
  check(wp_tensor_view(&all, tensor, 0, &numel, nullptr, 1));
  auto pending = std::make_unique<Pending>(Pending{TensorHandle(all), dtype_, failure_});
  wp_tensor_desc desc = WP_TENSOR_DESC_INIT;
  desc.dtype = dtype_;
  desc.shape = &numel;
  desc.ndim = 1;
  desc.device = wp_tensor_device(tensor);
  desc.requires_grad = wp_tensor_requires_grad(tensor);
  desc.release = Pending::release;
  desc.copy_to_host = Pending::convert;
  if (__builtin_mul_overflow(static_cast<uint64_t>(numel), wp_dtype_itemsize(dtype_), &desc.nbytes)) {
    throw Failure("the converted storage would have more than 2^64 bytes");
  }
  desc.user = pending.release();
  check(wp_tensor_wrap(&converted, &desc));
  return TensorHandle(converted);
}
