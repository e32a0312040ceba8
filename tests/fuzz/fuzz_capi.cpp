// SPDX-License-Identifier: MIT
// Calls of the C API in any order, on whatever handles there are, and null. What is borrowed is retained at once.
#include <string>
#include <utility>
#include <vector>

#include "handle.hpp"

using fuzz::Handle;
using fuzz::made;

namespace {

constexpr size_t kMaxCalls = 64;
constexpr size_t kMaxCopies = 10;  // each may double a tree
constexpr size_t kMaxHandles = 8;

template <class T>
using Pool = std::vector<Handle<T>>;

class Session {
 public:
  explicit Session(fuzz::Choices choices) : choices_(choices) {}

  void run() {
    for (size_t i = 0; i < kMaxCalls && !choices_.empty(); ++i) {
      switch (choices_.below(5)) {
        case 0:
          make_value();
          break;
        case 1:
          edit_value();
          break;
        case 2:
          use_tensor();
          break;
        case 3:
          use_state_dict();
          break;
        default:
          use_checkpoint();
      }
    }
  }

 private:
  // One of a pool, which may leave the pool meanwhile, or null.
  template <class T>
  Handle<T> any(const Pool<T> &pool) {
    size_t i = choices_.below(pool.size() + 1);
    return i < pool.size() ? fuzz::shared(pool[i].get()) : nullptr;
  }
  template <class T>
  void keep(Pool<T> &pool, Handle<T> handle) {
    if (!handle) return;
    if (pool.size() < kMaxHandles) {
      pool.push_back(std::move(handle));
    } else {
      pool[choices_.below(kMaxHandles)] = std::move(handle);
    }
  }
  void keep_borrowed(const wp_value *value) {
    if (value) keep(values_, fuzz::shared(value));
  }
  // A text that ends in a NUL.
  std::string name() { return std::string(choices_.text(12)).substr(0, 12); }
  bool may_copy() { return copies_ < kMaxCopies && ++copies_; }

  void make_value() {
    std::string text = name();
    auto first = any(values_), second = any(values_);
    const wp_value *a = first.get(), *b = second.get();
    int64_t number = choices_.integer();
    keep(values_, made<wp_value>([&](auto out) -> wp_error * {
           switch (choices_.below(18)) {
             case 0:
               return wp_value_create_none(out);
             case 1:
               return wp_value_create_bool(out, number & 1);
             case 2:
               return wp_value_create_int(out, number);
             case 3:
               return wp_value_create_int_text(out, text.c_str());
             case 4:
               return wp_value_create_float(out, static_cast<double>(number));
             case 5:
               return wp_value_create_string(out, text.data(), text.size());
             case 6:
               return wp_value_create_bytes(out, text.data(), text.size());
             case 7:
               return wp_value_create_list(out);
             case 8:
               return wp_value_create_set(out);
             case 9:
               return wp_value_create_dict(out);
             case 10:
               return wp_value_create_ordered_dict(out);
             case 11:
               return wp_value_create_dtype(out, static_cast<wp_dtype>(number));
             case 12:
               return wp_value_create_device(out, text.c_str());
             case 13:
               return wp_value_create_size(out, &number, 1);
             case 14:
               return wp_value_create_tensor(out, any(tensors_).get());
             case 15: {
               std::string_view json = choices_.text(255);
               return wp_value_from_json(out, json.data(), json.size());
             }
             case 16:
               if (may_copy()) return wp_value_create_object(out, text.c_str(), a, b);
               return wp_value_create_complex(out, 1, 2);
             default:
               const wp_value *items[] = {a, b};
               if (may_copy()) return wp_value_create_tuple(out, items, choices_.below(3));
               return wp_value_create_none(out);
           }
         }));
  }

  void edit_value() {
    auto first = any(values_), second = any(values_), third = any(values_);
    wp_value *value = first.get();
    const wp_value *item = second.get(), *key = third.get();
    std::string text = name(), other = name();
    auto index = static_cast<size_t>(choices_.integer() & 7);
    size_t call = choices_.below(16);
    if (call < 7 && !may_copy()) return;
    switch (call) {
      case 0:
        fuzz::take(wp_value_append(value, item));
        return;
      case 1:
        fuzz::take(wp_value_set(value, text.data(), text.size(), item));
        return;
      case 2:
        fuzz::take(wp_value_set_int(value, choices_.integer(), item));
        return;
      case 3:
        fuzz::take(wp_value_set_key(value, key, item));
        return;
      case 4:
        fuzz::take(wp_value_set_item(value, index, item));
        return;
      case 5:
        fuzz::take(wp_value_set_attributes(value, item));
        return;
      case 6:
        keep(values_, made<wp_value>([&](auto out) { return wp_value_clone(out, value); }));
        return;
      case 7:
        fuzz::take(wp_value_remove(value, text.data(), text.size()));
        return;
      case 8:
        fuzz::take(wp_value_remove_item(value, index));
        return;
      case 9:
        fuzz::take(wp_value_rename(value, text.c_str(), other.c_str()));
        return;
      case 10:
        if (!value) return;
        keep_borrowed(wp_value_item(value, index));
        keep_borrowed(wp_value_key(value, index));
        return;
      case 11:
        if (!value) return;
        keep_borrowed(wp_value_args(value));
        keep_borrowed(wp_value_attributes(value));
        return;
      case 12: {
        wp_value *found = nullptr;
        if (fuzz::take(wp_value_at(&found, value, text.c_str())) == WP_OK) keep_borrowed(found);
        return;
      }
      default:
        read_value(value);
    }
  }

  void read_value(const wp_value *value) {
    bool truth;
    int64_t number;
    double real, imaginary;
    const char *text;
    const void *bytes;
    size_t size;
    wp_dtype dtype;
    fuzz::take(wp_value_get_bool(&truth, value));
    fuzz::take(wp_value_get_int(&number, value));
    fuzz::take(wp_value_get_float(&real, value));
    fuzz::take(wp_value_get_complex(&real, &imaginary, value));
    fuzz::take(wp_value_get_string(&text, &size, value));
    fuzz::take(wp_value_get_bytes(&bytes, &size, value));
    fuzz::take(wp_value_get_dtype(&dtype, value));
    fuzz::take(wp_value_get_device(&text, value));
    if (value && wp_value_tensor(value)) keep(tensors_, fuzz::shared(wp_value_tensor(value)));
  }

  void use_tensor() {
    auto chosen = any(tensors_);
    wp_tensor *tensor = chosen.get();
    int64_t shape[4], strides[4];
    for (int64_t &size : shape) size = static_cast<int64_t>(choices_.below(6)) - 1;
    for (int64_t &stride : strides) stride = static_cast<int64_t>(choices_.below(6)) - 1;
    size_t ndim = choices_.below(5);
    auto dtype = static_cast<wp_dtype>(choices_.below(48)) - 1;
    keep(tensors_, made<wp_tensor>([&](auto out) {
           switch (choices_.below(7)) {
             case 0:
               return wp_tensor_create(out, dtype, shape, ndim);
             case 1: {
               std::string_view bytes = choices_.text(64);
               return wp_tensor_from_data(out, dtype, shape, ndim, bytes.data(), bytes.size());
             }
             case 2:
               return wp_tensor_view(out, tensor, choices_.integer(), shape, strides, ndim);
             case 3:
               return wp_tensor_contiguous(out, tensor);
             case 4:
               return wp_tensor_to(out, tensor, dtype);
             case 5: {
               DLManagedTensor *managed = nullptr;
               wp_error *error = wp_tensor_to_dlpack(&managed, tensor);
               return error ? error : wp_tensor_from_dlpack(out, managed);
             }
             default:
               return wp_tensor_create(out, WP_DTYPE_FLOAT32, nullptr, 0);
           }
         }));
    double number;
    const void *data;
    void *writable;
    std::vector<char> buffer(4096);
    fuzz::take(wp_tensor_item(&number, tensor));
    fuzz::take(wp_tensor_data(&data, tensor));
    fuzz::take(wp_tensor_mutable_data(&writable, tensor));
    size_t nbytes = tensor ? static_cast<size_t>(wp_tensor_numel(tensor)) * wp_dtype_itemsize(dtype) : 0;
    if (nbytes <= buffer.size()) fuzz::take(wp_tensor_read(tensor, buffer.data(), nbytes, dtype));
  }

  void use_state_dict() {
    auto chosen = any(state_dicts_);
    wp_state_dict *weights = chosen.get();
    std::string text = name(), other = name();
    switch (choices_.below(8)) {
      case 0:
        return keep(state_dicts_, made<wp_state_dict>(wp_state_dict_create));
      case 1:
        return keep(state_dicts_,
                    made<wp_state_dict>([&](auto out) { return wp_state_dict_from_value(out, any(values_).get()); }));
      case 2:
        return keep(values_, made<wp_value>([&](auto out) { return wp_state_dict_to_value(out, weights); }));
      case 3:
        fuzz::take(wp_state_dict_set(weights, text.c_str(), any(tensors_).get()));
        return;
      case 4:
        fuzz::take(wp_state_dict_remove(weights, text.c_str()));
        return;
      case 5:
        fuzz::take(wp_state_dict_rename(weights, text.c_str(), other.c_str()));
        return;
      case 6:
        fuzz::take(wp_state_dict_add_prefix(weights, text.c_str()));
        return;
      default:
        fuzz::take(wp_state_dict_strip_prefix(weights, text.c_str()));
    }
  }

  void use_checkpoint() {
    auto chosen = any(checkpoints_);
    wp_checkpoint *checkpoint = chosen.get();
    std::string text = name();
    switch (choices_.below(9)) {
      case 0:
        return keep(checkpoints_, made<wp_checkpoint>(wp_checkpoint_create));
      case 1:
        if (may_copy()) fuzz::take(wp_checkpoint_set_root(checkpoint, any(values_).get()));
        return;
      case 2:
        if (may_copy()) fuzz::take(wp_checkpoint_set(checkpoint, text.c_str(), any(values_).get()));
        return;
      case 3:
        fuzz::take(
            wp_checkpoint_set_state_dict(checkpoint, choices_.below(2) ? text.c_str() : nullptr, any(state_dicts_).get()));
        return;
      case 4:
        fuzz::take(wp_checkpoint_set_metadata(checkpoint, text.c_str(), choices_.below(2) ? text.c_str() : nullptr));
        return;
      case 5:
        return keep(state_dicts_, made<wp_state_dict>([&](auto out) {
                      return wp_checkpoint_state_dict(out, checkpoint, choices_.below(2) ? text.c_str() : nullptr);
                    }));
      case 6:
        if (checkpoint) keep_borrowed(wp_checkpoint_root(checkpoint));
        return;
      case 7:
        made<wp_report>([&](auto out) { return wp_checkpoint_diff(out, checkpoint, any(checkpoints_).get(), nullptr); });
        made<wp_report>([&](auto out) { return wp_checkpoint_verify(out, checkpoint, nullptr); });
        return;
      default:
        save_and_open(checkpoint);
    }
  }

  void save_and_open(const wp_checkpoint *checkpoint) {
    wp_save_options options = WP_SAVE_OPTIONS_INIT;
    options.format = static_cast<wp_format>(choices_.below(9));
    auto file = made<wp_tensor>([&](auto out) { return wp_checkpoint_save_memory(out, checkpoint, &options); });
    const void *bytes = nullptr;
    if (!file || fuzz::take(wp_tensor_data(&bytes, file.get())) != WP_OK) return;
    auto size = static_cast<size_t>(wp_tensor_nbytes(file.get()));
    // What is borrowed must outlive the checkpoint.
    files_.push_back(std::move(file));
    wp_open_options open = WP_OPEN_OPTIONS_INIT;
    open.memory = static_cast<wp_memory>(choices_.below(2));
    open.verify_checksums = choices_.below(2);
    keep(checkpoints_,
         made<wp_checkpoint>([&](auto out) { return wp_checkpoint_open_memory(out, bytes, size, nullptr, &open); }));
  }

  fuzz::Choices choices_;
  size_t copies_ = 0;
  Pool<wp_tensor> files_;
  Pool<wp_value> values_;
  Pool<wp_tensor> tensors_;
  Pool<wp_state_dict> state_dicts_;
  Pool<wp_checkpoint> checkpoints_;
};

}  // namespace

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  Session(fuzz::Choices(data, size)).run();
  return 0;
}
