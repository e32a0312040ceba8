// SPDX-License-Identifier: MIT
// Floating tensors in another floating dtype, converted when they are written, so that a large model need not fit in memory.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <tuple>

#include "handles.hpp"

class Cast {
 public:
  // Throws WrongUsage for a name that is no floating dtype.
  explicit Cast(const std::string &dtype_name);

  // The tensor itself if it holds no floating numbers or has the dtype. Tensors that share a storage share the new one; strides
  // and offset stay. Throws Failure.
  TensorHandle operator()(const wp_tensor *tensor);

  // Why converting failed, where the library only knows that it did: "" if it did not.
  const std::string &failure() const { return *failure_; }

 private:
  using Key = std::tuple<uint64_t, wp_dtype, bool>;  // storage, dtype, neg bit

  TensorHandle convert_storage(const wp_tensor *tensor) const;

  wp_dtype dtype_;
  std::map<Key, TensorHandle> converted_;
  std::shared_ptr<std::string> failure_;
};
