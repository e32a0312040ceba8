// SPDX-License-Identifier: MIT
#include <string>

#include "exchange/fail.hpp"
#include "exchange/ivalue.hpp"

namespace weightport::libtorch {
namespace {

// Tensors that share a storage share it still.
class ValueMaker {
 public:
  Value make(const c10::IValue &value, size_t depth) {
    if (depth == kMaxNesting) fail(WP_ERROR_LIMIT, "a result is nested more than ", kMaxNesting, " levels deep");
    depth++;
    if (value.isNone()) return Value::none();
    if (value.isTensor()) return Value::of(tensors_(value.toTensor()));
    if (value.isBool()) return Value::of(value.toBool());
    if (value.isInt()) return Value::of(value.toInt());
    if (value.isDouble()) return Value::of(value.toDouble());
    if (value.isComplexDouble()) return Value::of(std::complex<double>(value.toComplexDouble()));
    if (value.isString()) return Value::of(value.toStringRef());
    if (value.isList()) return list(value.toListRef(), depth);
    if (value.isTuple()) return tuple(value.toTupleRef(), depth);
    if (value.isGenericDict()) return dict(value.toGenericDict(), depth);
    if (value.isDevice()) return Value::device(value.toDevice().str());
    fail(WP_ERROR_UNSUPPORTED, "a model's result of type ", value.tagKind(), " cannot be given out");
  }

 private:
  template <class Items>
  Value list(const Items &items, size_t depth) {
    Value made = Value::list();
    for (const auto &item : items) made.append(make(item, depth));
    return made;
  }

  Value tuple(const c10::ivalue::Tuple &items, size_t depth) {
    std::vector<Value> made;
    for (const c10::IValue &item : items.elements()) made.push_back(make(item, depth));
    return Value::tuple(made);
  }

  Value dict(const c10::impl::GenericDict &entries, size_t depth) {
    Value made = Value::dict();
    for (const auto &entry : entries) made.set(make(entry.key(), depth), make(entry.value(), depth));
    return made;
  }

  TensorExporter tensors_;
};

}  // namespace

Value to_value(const c10::IValue &value) { return ValueMaker().make(value, 0); }

}  // namespace weightport::libtorch
