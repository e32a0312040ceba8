/* SPDX-License-Identifier: MIT */
/**
 * @file weightport.hpp
 * @brief libweightport for C++11 and later: the C API with destructors, exceptions and range-for.
 *
 * Header-only: it calls nothing but the C API, so a program may be compiled by another compiler than the library. What a
 * class does not wrap is reached through get(), which gives the C handle.
 *
 * Lifetime: each object holds one reference; a copy is one more reference to the same thing, not a copy of its data. An
 * empty object (default made, or moved from) holds nothing, is false, and may only be assigned, copied, compared to false and
 * destroyed. Failures throw weightport::Error. Threads: as the C types; see each header.
 *
 *     auto ckpt = weightport::Checkpoint::open("ckpt.tar");
 *     for (const auto &entry : ckpt.state_dict("model_state_dict"))
 *       std::cout << entry.name << " begins with " << entry.tensor.contiguous().data<float>()[0] << "\n";
 */
#ifndef WEIGHTPORT_HPP
#define WEIGHTPORT_HPP

#include <complex>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "weightport/weightport.h"

namespace weightport {
// Keeps these names apart from those inside the library, where both are linked into one program.
inline namespace api {

/** @brief A failed call: wp_error as an exception. */
class Error : public std::runtime_error {
 public:
  /** @brief Takes `error`, which is not NULL. */
  explicit Error(wp_error *error) : Error(std::shared_ptr<wp_error>(error, wp_error_release)) {}
  Error(wp_code code, const std::string &message) : std::runtime_error(message), code_(code) {}

  wp_code code() const noexcept { return code_; }
  /** @brief Name of the file or source, "" if none. */
  const char *file() const noexcept { return wp_error_file(error_.get()); }
  /** @brief Byte offset in it, -1 if none. */
  int64_t offset() const noexcept { return wp_error_offset(error_.get()); }
  /** @brief What the callback returned, where the code is WP_ERROR_CALLBACK; 0 if none. */
  int32_t status() const noexcept { return wp_error_status(error_.get()); }
  /** @brief State_dict key or path of the value, "" if none. */
  const char *key() const noexcept { return wp_error_key(error_.get()); }

 private:
  explicit Error(std::shared_ptr<wp_error> error)
      : std::runtime_error(wp_error_message(error.get())), code_(wp_error_code(error.get())), error_(std::move(error)) {}

  wp_code code_;
  std::shared_ptr<wp_error> error_;
};

/** @brief Throws what a C function returned, unless it is success. */
inline void check(wp_error *error) {
  if (error) throw Error(error);
}

/** @brief For a function of C that takes no size. Throws INVALID_ARGUMENT for text with a NUL in it, which C would cut there.
 */
inline const char *c_text(const std::string &text) {
  if (text.find('\0') != std::string::npos)
    throw Error(WP_ERROR_INVALID_ARGUMENT, "\"" + std::string(text.c_str()) + "\" goes on behind a NUL");
  return text.c_str();
}

/** @brief Elements that somebody else keeps alive. */
template <class T>
class Span {
 public:
  Span(T *data, size_t size) noexcept : data_(data), size_(size) {}
  T *data() const noexcept { return data_; }
  size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }
  T *begin() const noexcept { return data_; }
  T *end() const noexcept { return data_ + size_; }
  T &operator[](size_t index) const noexcept { return data_[index]; }

 private:
  T *data_;
  size_t size_;
};

/** @brief The dtype that stores a C++ type. */
template <class T>
struct DtypeOf;
template <wp_dtype Dtype>
struct DtypeConstant {
  static constexpr wp_dtype value = Dtype;
};
template <>
struct DtypeOf<bool> : DtypeConstant<WP_DTYPE_BOOL> {};
template <>
struct DtypeOf<uint8_t> : DtypeConstant<WP_DTYPE_UINT8> {};
template <>
struct DtypeOf<uint16_t> : DtypeConstant<WP_DTYPE_UINT16> {};
template <>
struct DtypeOf<uint32_t> : DtypeConstant<WP_DTYPE_UINT32> {};
template <>
struct DtypeOf<uint64_t> : DtypeConstant<WP_DTYPE_UINT64> {};
template <>
struct DtypeOf<int8_t> : DtypeConstant<WP_DTYPE_INT8> {};
template <>
struct DtypeOf<int16_t> : DtypeConstant<WP_DTYPE_INT16> {};
template <>
struct DtypeOf<int32_t> : DtypeConstant<WP_DTYPE_INT32> {};
template <>
struct DtypeOf<int64_t> : DtypeConstant<WP_DTYPE_INT64> {};
template <>
struct DtypeOf<float> : DtypeConstant<WP_DTYPE_FLOAT32> {};
template <>
struct DtypeOf<double> : DtypeConstant<WP_DTYPE_FLOAT64> {};
template <>
struct DtypeOf<std::complex<float>> : DtypeConstant<WP_DTYPE_COMPLEX64> {};
template <>
struct DtypeOf<std::complex<double>> : DtypeConstant<WP_DTYPE_COMPLEX128> {};

/** @brief One reference to a C object, or none. */
template <class T, T *Retain(const T *), void Release(T *)>
class Handle {
 public:
  Handle() noexcept = default;
  Handle(const Handle &other) noexcept : handle_(other.handle_ ? Retain(other.handle_) : nullptr) {}
  Handle(Handle &&other) noexcept : handle_(other.handle_) { other.handle_ = nullptr; }
  Handle &operator=(Handle other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~Handle() { Release(handle_); }

  explicit operator bool() const noexcept { return handle_ != nullptr; }
  /** @brief The C handle, borrowed; NULL if empty. */
  T *get() const noexcept { return handle_; }
  /** @brief The C handle and the reference to it: the caller releases it. */
  T *detach() noexcept {
    T *handle = handle_;
    handle_ = nullptr;
    return handle;
  }

 protected:
  explicit Handle(T *owned) noexcept : handle_(owned) {}

  T *handle_ = nullptr;
};

/** @brief A tensor: tensor.h. */
class Tensor : public Handle<wp_tensor, wp_tensor_retain, wp_tensor_release> {
 public:
  Tensor() noexcept = default;
  /** @brief Takes the reference that a C function gave. */
  explicit Tensor(wp_tensor *owned) noexcept : Handle(owned) {}
  /** @brief One more reference to what a C function lent; NULL makes an empty one. */
  static Tensor retain(const wp_tensor *borrowed) noexcept { return Tensor(borrowed ? wp_tensor_retain(borrowed) : nullptr); }

  /** @brief Zeros. */
  static Tensor create(wp_dtype dtype, const std::vector<int64_t> &shape) {
    wp_tensor *tensor;
    check(wp_tensor_create(&tensor, dtype, shape.data(), shape.size()));
    return Tensor(tensor);
  }
  /** @brief A copy of `values`, as many as `shape` says. */
  template <class T>
  static Tensor from(const std::vector<T> &values, const std::vector<int64_t> &shape) {
    wp_tensor *tensor;
    check(
        wp_tensor_from_data(&tensor, DtypeOf<T>::value, shape.data(), shape.size(), values.data(), values.size() * sizeof(T)));
    return Tensor(tensor);
  }

  wp_dtype dtype() const noexcept { return wp_tensor_dtype(handle_); }
  size_t ndim() const noexcept { return wp_tensor_ndim(handle_); }
  Span<const int64_t> shape() const noexcept { return {wp_tensor_shape(handle_), ndim()}; }
  /** @brief Strides in elements; none for a sparse tensor. */
  Span<const int64_t> strides() const noexcept {
    const int64_t *strides = wp_tensor_strides(handle_);
    return {strides, strides ? ndim() : 0};
  }
  int64_t storage_offset() const noexcept { return wp_tensor_storage_offset(handle_); }
  uint64_t storage_id() const noexcept { return wp_tensor_storage_id(handle_); }
  int64_t numel() const noexcept { return wp_tensor_numel(handle_); }
  uint64_t nbytes() const noexcept { return wp_tensor_nbytes(handle_); }
  std::string device() const { return wp_tensor_device(handle_); }
  bool requires_grad() const noexcept { return wp_tensor_requires_grad(handle_); }
  bool is_contiguous() const noexcept { return wp_tensor_is_contiguous(handle_); }

  /** @brief All elements of a contiguous tensor whose dtype is that of T, without a copy; valid while the tensor lives. */
  template <class T>
  Span<const T> data() const {
    require_plain(DtypeOf<T>::value);
    const void *data;
    check(wp_tensor_data(&data, handle_));
    return {static_cast<const T *>(data), static_cast<size_t>(numel())};
  }
  /** @brief The same, to be written; throws UNSUPPORTED for memory that is read-only. */
  template <class T>
  Span<T> mutable_data() {
    require_plain(DtypeOf<T>::value);
    void *data;
    check(wp_tensor_mutable_data(&data, handle_));
    return {static_cast<T *>(data), static_cast<size_t>(numel())};
  }
  /** @brief The same, where a mapped file is written too: in this process's memory only, see wp_tensor_private_data(). */
  template <class T>
  Span<T> private_data() {
    require_plain(DtypeOf<T>::value);
    void *data;
    check(wp_tensor_private_data(&data, handle_));
    return {static_cast<T *>(data), static_cast<size_t>(numel())};
  }
  /** @brief A copy of all elements in row-major order, converted to T. */
  template <class T>
  std::vector<T> to_vector() const {
    static_assert(!std::is_same<T, bool>::value, "std::vector<bool> has no memory to read into: ask for uint8_t");
    std::vector<T> values(static_cast<size_t>(numel()));
    check(wp_tensor_read(handle_, values.data(), values.size() * sizeof(T), DtypeOf<T>::value));
    return values;
  }
  /** @brief The number in a tensor of one element. */
  double item() const {
    double number;
    check(wp_tensor_item(&number, handle_));
    return number;
  }

  /** @brief An owned, contiguous, writable copy. */
  Tensor contiguous() const {
    wp_tensor *tensor;
    check(wp_tensor_contiguous(&tensor, handle_));
    return Tensor(tensor);
  }
  /** @brief The same, in another dtype. */
  Tensor to(wp_dtype dtype) const {
    wp_tensor *tensor;
    check(wp_tensor_to(&tensor, handle_, dtype));
    return Tensor(tensor);
  }

 private:
  void require_plain(wp_dtype wanted) const {
    if (dtype() != wanted) {
      throw Error(WP_ERROR_MISMATCH,
                  std::string("the tensor holds ") + wp_dtype_name(dtype()) + ", not " + wp_dtype_name(wanted));
    }
    if (!is_contiguous()) throw Error(WP_ERROR_MISMATCH, "the tensor is not contiguous");
  }
};

/** @brief A node of the tree of Python values: value.h. Keeps its whole tree alive. */
class Value : public Handle<wp_value, wp_value_retain, wp_value_release> {
 public:
  Value() noexcept = default;
  /** @brief Takes the reference that a C function gave. */
  explicit Value(wp_value *owned) noexcept : Handle(owned) {}
  /** @brief One more reference to what a C function lent; NULL makes an empty one. */
  static Value retain(const wp_value *borrowed) noexcept { return Value(borrowed ? wp_value_retain(borrowed) : nullptr); }

  /** @brief A value in a tree of its own. */
  static Value none() { return made(wp_value_create_none); }
  static Value of(bool value) { return made(wp_value_create_bool, value); }
  static Value of(int64_t value) { return made(wp_value_create_int, value); }
  static Value of(int value) { return of(static_cast<int64_t>(value)); }
  static Value of(double value) { return made(wp_value_create_float, value); }
  static Value of(std::complex<double> value) { return made(wp_value_create_complex, value.real(), value.imag()); }
  static Value of(const std::string &text) { return made(wp_value_create_string, text.data(), text.size()); }
  static Value of(const char *text) { return of(std::string(text)); }
  static Value of(const Tensor &tensor) { return made(wp_value_create_tensor, tensor.get()); }
  static Value device(const std::string &name) { return made(wp_value_create_device, c_text(name)); }
  static Value list() { return made(wp_value_create_list); }
  static Value dict() { return made(wp_value_create_dict); }
  static Value tuple(const std::vector<Value> &items) {
    std::vector<const wp_value *> handles;
    for (const Value &item : items) handles.push_back(item.get());
    return made(wp_value_create_tuple, handles.data(), handles.size());
  }

  wp_kind kind() const noexcept { return wp_value_kind(handle_); }
  bool as_bool() const {
    bool value;
    check(wp_value_get_bool(&value, handle_));
    return value;
  }
  int64_t as_int() const {
    int64_t value;
    check(wp_value_get_int(&value, handle_));
    return value;
  }
  double as_float() const {
    double value;
    check(wp_value_get_float(&value, handle_));
    return value;
  }
  std::string as_string() const {
    const char *text;
    size_t size;
    check(wp_value_get_string(&text, &size, handle_));
    return std::string(text, size);
  }
  /** @brief The tensor of a tensor node; empty for other kinds. */
  Tensor tensor() const noexcept { return Tensor::retain(wp_value_tensor(handle_)); }

  size_t size() const noexcept { return wp_value_size(handle_); }
  /** @brief Item or dict value `index`; empty if there is none. */
  Value item(size_t index) const noexcept { return retain(wp_value_item(handle_, index)); }
  /** @brief Key of dict entry `index`; empty if there is none. */
  Value key(size_t index) const noexcept { return retain(wp_value_key(handle_, index)); }
  /** @brief Dict value under a string key; empty if there is none. */
  Value find(const std::string &key) const noexcept { return retain(wp_value_find(handle_, key.data(), key.size())); }
  /** @brief The node at "optimizer.param_groups.0.lr", say: wp_value_at(). Throws NOT_FOUND. */
  Value at(const std::string &path) const {
    wp_value *value;
    check(wp_value_at(&value, handle_, c_text(path)));
    return retain(value);
  }

  /** @brief Adds to the end of a list; what belongs to another tree is copied, but for tensors. */
  void append(const Value &item) { check(wp_value_append(handle_, item.get())); }
  /** @brief Replaces or adds an entry of a dict. */
  void set(const std::string &key, const Value &item) { check(wp_value_set(handle_, key.data(), key.size(), item.get())); }
  void set(int64_t key, const Value &item) { check(wp_value_set_int(handle_, key, item.get())); }
  void set(const Value &key, const Value &item) { check(wp_value_set_key(handle_, key.get(), item.get())); }

  /** @brief Python's "module.Class" of an object or of a dict that is not a plain one; "" otherwise. */
  std::string class_name() const { return wp_value_class(handle_); }
  /** @brief True for a class or function named as a value. */
  bool is_class() const noexcept { return wp_value_is_class(handle_); }
  /** @brief Constructor arguments of an object; empty if it has none. */
  Value args() const noexcept { return retain(wp_value_args(handle_)); }
  /** @brief Attributes of an object; empty if it has none. */
  Value attributes() const noexcept { return retain(wp_value_attributes(handle_)); }

 private:
  template <class... Parameters, class... Arguments>
  static Value made(wp_error *create(wp_value **, Parameters...), Arguments... arguments) {
    wp_value *value;
    check(create(&value, arguments...));
    return Value(value);
  }
};

/** @brief An ordered map from name to tensor: state_dict.h. */
class StateDict : public Handle<wp_state_dict, wp_state_dict_retain, wp_state_dict_release> {
 public:
  struct Entry {
    std::string name;
    Tensor tensor;
  };

  /** @brief Goes over the entries in order. Editing the state_dict ends it. */
  class Iterator {
   public:
    Iterator(const wp_state_dict *state_dict, size_t index) noexcept : state_dict_(state_dict), index_(index) {}
    Entry operator*() const {
      size_t size;
      const char *name = wp_state_dict_name_at(state_dict_, index_, &size);
      return {std::string(name, size), Tensor::retain(wp_state_dict_tensor_at(state_dict_, index_))};
    }
    Iterator &operator++() noexcept {
      ++index_;
      return *this;
    }
    bool operator==(const Iterator &other) const noexcept { return index_ == other.index_; }
    bool operator!=(const Iterator &other) const noexcept { return index_ != other.index_; }

   private:
    const wp_state_dict *state_dict_;
    size_t index_;
  };

  StateDict() noexcept = default;
  /** @brief Takes the reference that a C function gave. */
  explicit StateDict(wp_state_dict *owned) noexcept : Handle(owned) {}

  /** @brief One more reference to what a C function lent; NULL makes an empty one. */
  static StateDict retain(const wp_state_dict *borrowed) noexcept {
    return StateDict(borrowed ? wp_state_dict_retain(borrowed) : nullptr);
  }

  static StateDict create() {
    wp_state_dict *state_dict;
    check(wp_state_dict_create(&state_dict));
    return StateDict(state_dict);
  }
  /** @brief The state_dict in a dict of tensors or in a pickled module. */
  static StateDict from_value(const Value &value) {
    wp_state_dict *state_dict;
    check(wp_state_dict_from_value(&state_dict, value.get()));
    return StateDict(state_dict);
  }

  size_t size() const noexcept { return wp_state_dict_size(handle_); }
  Iterator begin() const noexcept { return {handle_, 0}; }
  Iterator end() const noexcept { return {handle_, size()}; }
  /** @brief The tensor of a name; empty if there is none. */
  Tensor find(const std::string &name) const noexcept {
    return Tensor::retain(wp_state_dict_find_sized(handle_, name.data(), name.size()));
  }
  /** @brief The tensor of a name. Throws NOT_FOUND. */
  Tensor at(const std::string &name) const {
    Tensor tensor = find(name);
    if (!tensor) throw Error(WP_ERROR_NOT_FOUND, "the state_dict has no \"" + name + "\"");
    return tensor;
  }

  /** @brief Replaces the tensor of a name, or appends it. */
  void set(const std::string &name, const Tensor &tensor) { check(wp_state_dict_set(handle_, c_text(name), tensor.get())); }
  void remove(const std::string &name) { check(wp_state_dict_remove(handle_, c_text(name))); }
  void rename(const std::string &from, const std::string &to) {
    check(wp_state_dict_rename(handle_, c_text(from), c_text(to)));
  }
  void add_prefix(const std::string &prefix) { check(wp_state_dict_add_prefix(handle_, c_text(prefix))); }
  void strip_prefix(const std::string &prefix) { check(wp_state_dict_strip_prefix(handle_, c_text(prefix))); }
};

/** @brief An opened file: checkpoint.h. */
class Checkpoint : public Handle<wp_checkpoint, wp_checkpoint_retain, wp_checkpoint_release> {
 public:
  Checkpoint() noexcept = default;
  /** @brief Takes the reference that a C function gave. */
  explicit Checkpoint(wp_checkpoint *owned) noexcept : Handle(owned) {}

  static Checkpoint open(const std::string &path, const wp_open_options *options = nullptr) {
    wp_checkpoint *checkpoint;
    check(wp_checkpoint_open(&checkpoint, c_text(path), options));
    return Checkpoint(checkpoint);
  }
  /** @brief Opens bytes that stay unchanged until the checkpoint and every tensor of it are gone. */
  static Checkpoint open_memory(const void *data, size_t size, const wp_open_options *options = nullptr) {
    wp_checkpoint *checkpoint;
    check(wp_checkpoint_open_memory(&checkpoint, data, size, nullptr, options));
    return Checkpoint(checkpoint);
  }
  static Checkpoint open_source(const wp_source &source, const wp_open_options *options = nullptr) {
    wp_checkpoint *checkpoint;
    check(wp_checkpoint_open_source(&checkpoint, &source, options));
    return Checkpoint(checkpoint);
  }

  wp_format format() const noexcept { return wp_checkpoint_format(handle_); }
  Value root() const noexcept { return Value::retain(wp_checkpoint_root(handle_)); }
  /** @brief safetensors' "__metadata__"; empty if there is none. */
  Value metadata() const noexcept { return Value::retain(wp_checkpoint_metadata(handle_)); }
  /** @brief The only state_dict. Throws MISMATCH, which lists them, if there are several. */
  StateDict state_dict() const { return state_dict_of(nullptr); }
  /** @brief The state_dict at a path. */
  StateDict state_dict(const std::string &key) const { return state_dict_of(c_text(key)); }

 private:
  StateDict state_dict_of(const char *key) const {
    wp_state_dict *state_dict;
    check(wp_checkpoint_state_dict(&state_dict, handle_, key));
    return StateDict(state_dict);
  }
};

}  // namespace api
}  // namespace weightport

#endif
