// SPDX-License-Identifier: MIT
#include "exchange/ivalue.hpp"

#include <utility>

#include "exchange/fail.hpp"

namespace weightport::libtorch {
namespace {

class Deeper {
 public:
  Deeper(size_t &depth, const std::string &path) : depth_(depth) {
    if (depth_ == kMaxNesting) fail_at(path, WP_ERROR_LIMIT, "an argument is nested more than ", kMaxNesting, " levels deep");
    ++depth_;
  }
  ~Deeper() { --depth_; }
  Deeper(const Deeper &) = delete;
  Deeper &operator=(const Deeper &) = delete;

 private:
  size_t &depth_;
};

[[noreturn]] void mismatch(const wp_value *value, const std::string &wanted, const std::string &path) {
  fail_at(path, WP_ERROR_MISMATCH, "a ", wp_kind_name(wp_value_kind(value)), " where ", wanted, " is expected");
}

bool is_sequence(wp_kind kind) { return kind == WP_KIND_LIST || kind == WP_KIND_TUPLE || kind == WP_KIND_SIZE; }

std::string text_of(const wp_value *value) {
  const char *text;
  size_t size;
  check(wp_value_get_string(&text, &size, value));
  return {text, size};
}

// The one kind of all items that gives a list its type in Python's TorchScript; None where they differ.
c10::TypePtr common_type(const wp_value *list) {
  c10::TypePtr common;
  for (size_t i = 0; i < wp_value_size(list); i++) {
    c10::TypePtr type;
    switch (wp_value_kind(wp_value_item(list, i))) {
      case WP_KIND_TENSOR:
        type = c10::TensorType::get();
        break;
      case WP_KIND_INT:
        type = c10::IntType::get();
        break;
      case WP_KIND_FLOAT:
        type = c10::FloatType::get();
        break;
      case WP_KIND_BOOL:
        type = c10::BoolType::get();
        break;
      case WP_KIND_STRING:
        type = c10::StringType::get();
        break;
      case WP_KIND_COMPLEX:
        type = c10::ComplexType::get();
        break;
      default:
        return c10::AnyType::get();
    }
    if (common && *common != *type) return c10::AnyType::get();
    common = type;
  }
  return common ? common : c10::AnyType::get();
}

}  // namespace

c10::IValue IValueMaker::make(const wp_value *value, const c10::TypePtr &type, const std::string &path) {
  Deeper deeper(depth_, path);
  wp_kind kind = wp_value_kind(value);
  switch (type->kind()) {
    case c10::TypeKind::OptionalType:
      if (kind == WP_KIND_NONE) return {};
      return make(value, type->expectRef<c10::OptionalType>().getElementType(), path);
    case c10::TypeKind::NoneType:
      if (kind == WP_KIND_NONE) return {};
      break;
    case c10::TypeKind::TensorType:
      if (kind == WP_KIND_TENSOR) return tensors_(wp_value_tensor(value));
      break;
    case c10::TypeKind::ListType:
      if (is_sequence(kind)) return list(value, type->expectRef<c10::ListType>().getElementType(), path);
      break;
    case c10::TypeKind::TupleType:
      if (is_sequence(kind)) return tuple(value, type->cast<c10::TupleType>(), path);
      break;
    case c10::TypeKind::DictType: {
      const auto &wanted = type->expectRef<c10::DictType>();
      if (kind == WP_KIND_DICT) return dict(value, wanted.getKeyType(), wanted.getValueType(), path);
      break;
    }
    case c10::TypeKind::StringType:
      if (kind == WP_KIND_STRING) return text_of(value);
      break;
    case c10::TypeKind::DeviceObjType:
      if (kind == WP_KIND_STRING) return to_device(text_of(value).c_str());
      if (kind == WP_KIND_DEVICE) return make(value, path);
      break;
    case c10::TypeKind::IntType:
      // TorchScript takes a dtype for its number.
      if (kind == WP_KIND_DTYPE) return make(value, path);
      [[fallthrough]];
    case c10::TypeKind::BoolType:
    case c10::TypeKind::FloatType:
    case c10::TypeKind::ComplexType:
      return number(value, type->kind(), path);
    default:
      return make(value, path);
  }
  mismatch(value, type->repr_str(), path);
}

c10::IValue IValueMaker::make(const wp_value *value, const std::string &path) {
  Deeper deeper(depth_, path);
  wp_kind kind = wp_value_kind(value);
  switch (kind) {
    case WP_KIND_NONE:
      return {};
    case WP_KIND_TENSOR:
      return tensors_(wp_value_tensor(value));
    case WP_KIND_BOOL:
      return number(value, c10::TypeKind::BoolType, path);
    case WP_KIND_INT:
      return number(value, c10::TypeKind::IntType, path);
    case WP_KIND_FLOAT:
      return number(value, c10::TypeKind::FloatType, path);
    case WP_KIND_COMPLEX:
      return number(value, c10::TypeKind::ComplexType, path);
    case WP_KIND_STRING:
      return text_of(value);
    case WP_KIND_LIST:
      return list(value, common_type(value), path);
    case WP_KIND_SIZE:
      return list(value, c10::IntType::get(), path);
    case WP_KIND_TUPLE:
      return tuple(value, nullptr, path);
    case WP_KIND_DICT:
      return dict(value, c10::StringType::get(), c10::AnyType::get(), path);
    case WP_KIND_DTYPE: {
      wp_dtype dtype;
      check(wp_value_get_dtype(&dtype, value));
      return static_cast<int64_t>(to_scalar_type(dtype));
    }
    case WP_KIND_DEVICE: {
      const char *device;
      check(wp_value_get_device(&device, value));
      return to_device(device);
    }
    default:
      fail_at(path, WP_ERROR_UNSUPPORTED, "a model cannot take a ", wp_kind_name(kind));
  }
}

c10::IValue IValueMaker::number(const wp_value *value, c10::TypeKind kind, const std::string &path) {
  wp_kind given = wp_value_kind(value);
  if (kind == c10::TypeKind::BoolType && given == WP_KIND_BOOL) {
    bool number;
    check(wp_value_get_bool(&number, value));
    return number;
  }
  if (kind == c10::TypeKind::IntType && given == WP_KIND_INT) {
    int64_t number;
    check(wp_value_get_int(&number, value));
    return number;
  }
  if (kind == c10::TypeKind::FloatType && (given == WP_KIND_FLOAT || given == WP_KIND_INT)) {
    double number;
    check(wp_value_get_float(&number, value));
    return number;
  }
  if (kind == c10::TypeKind::ComplexType && (given == WP_KIND_COMPLEX || given == WP_KIND_FLOAT || given == WP_KIND_INT)) {
    double real, imag;
    check(wp_value_get_complex(&real, &imag, value));
    return c10::complex<double>(real, imag);
  }
  mismatch(value, c10::typeKindToString(kind), path);
}

c10::IValue IValueMaker::list(const wp_value *value, const c10::TypePtr &element, const std::string &path) {
  c10::impl::GenericList made(element);
  made.reserve(wp_value_size(value));
  for (size_t i = 0; i < wp_value_size(value); i++) {
    made.push_back(make(wp_value_item(value, i), element, path + "." + std::to_string(i)));
  }
  return made;
}

c10::IValue IValueMaker::tuple(const wp_value *value, const c10::TupleTypePtr &type, const std::string &path) {
  size_t size = wp_value_size(value);
  if (type && type->elements().size() != size) mismatch(value, type->repr_str(), path);
  std::vector<c10::IValue> made;
  for (size_t i = 0; i < size; i++) {
    std::string item_path = path + "." + std::to_string(i);
    const wp_value *item = wp_value_item(value, i);
    made.push_back(type ? make(item, type->elements()[i], item_path) : make(item, item_path));
  }
  // A NamedTuple is of its type only.
  if (type && type->schema()) return c10::ivalue::Tuple::createNamed(std::move(made), type);
  return c10::ivalue::Tuple::create(std::move(made));
}

c10::IValue IValueMaker::dict(const wp_value *value, const c10::TypePtr &key_type, const c10::TypePtr &value_type,
                              const std::string &path) {
  c10::impl::GenericDict made(key_type, value_type);
  for (size_t i = 0; i < wp_value_size(value); i++) {
    const wp_value *key = wp_value_key(value, i);
    std::string item_path = path + "." + (wp_value_kind(key) == WP_KIND_STRING ? text_of(key) : std::to_string(i));
    made.insert_or_assign(make(key, key_type, item_path), make(wp_value_item(value, i), value_type, item_path));
  }
  return made;
}

}  // namespace weightport::libtorch
