// SPDX-License-Identifier: MIT
// Reference counts inside the object, so that a C handle is the object's address.
#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

namespace weightport {

class RefCounted {
 public:
  RefCounted() = default;
  RefCounted(const RefCounted &) = delete;
  RefCounted &operator=(const RefCounted &) = delete;

  void retain() const noexcept { count_.fetch_add(1, std::memory_order_relaxed); }
  void release() const noexcept {
    if (count_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }

 protected:
  virtual ~RefCounted() = default;

 private:
  mutable std::atomic<uint32_t> count_{1};
};

// Owns one reference.
template <class T>
class Ref {
 public:
  Ref() = default;
  Ref(std::nullptr_t) {}
  Ref(const Ref &other) : pointer_(other.pointer_) {
    if (pointer_) pointer_->retain();
  }
  Ref(Ref &&other) noexcept : pointer_(std::exchange(other.pointer_, nullptr)) {}
  template <class U>
  Ref(Ref<U> other) : pointer_(other.detach()) {}
  ~Ref() {
    if (pointer_) pointer_->release();
  }
  Ref &operator=(Ref other) noexcept {
    std::swap(pointer_, other.pointer_);
    return *this;
  }

  // Takes over a reference that already exists.
  static Ref adopt(T *pointer) {
    Ref ref;
    ref.pointer_ = pointer;
    return ref;
  }
  // Adds a reference.
  static Ref share(T *pointer) {
    if (pointer) pointer->retain();
    return adopt(pointer);
  }

  T *get() const noexcept { return pointer_; }
  T *operator->() const noexcept { return pointer_; }
  T &operator*() const noexcept { return *pointer_; }
  explicit operator bool() const noexcept { return pointer_ != nullptr; }
  // Gives the reference away.
  [[nodiscard]] T *detach() noexcept { return std::exchange(pointer_, nullptr); }

 private:
  T *pointer_ = nullptr;
};

template <class T, class... Args>
Ref<T> make_ref(Args &&...args) {
  return Ref<T>::adopt(new T(std::forward<Args>(args)...));
}

}  // namespace weightport
