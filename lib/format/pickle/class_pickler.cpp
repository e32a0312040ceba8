// SPDX-License-Identifier: MIT
#include "format/pickle/class_pickler.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "value/names.hpp"

namespace weightport {

// Nested names are looked up step by step, the first time.
void ClassPickler::write(std::string_view class_name, uint32_t module_size) {
  if (!is_class_name(class_name, module_size)) {
    fail(WP_ERROR_UNSUPPORTED, "\"", printable(class_name), "\" is not the name of a class in a module");
  }
  if (class_name.starts_with("__torch__")) {
    fail(WP_ERROR_UNSUPPORTED, "a TorchScript module cannot be pickled: save its state_dict");
  }
  size_t dot = module_size ? module_size : class_name.rfind('.');
  std::string_view module = class_name.substr(0, dot), name = class_name.substr(dot + 1);
  size_t nested = std::count(name.begin(), name.end(), '.');
  if (nested == 0) return out_.global(module, name);
  const std::string *known = &*nested_.insert(concat(module, "\n", name)).first;
  if (out_.recall(known)) return;
  for (size_t i = 0; i < nested; ++i) out_.global("builtins", "getattr");
  size_t end = std::min(name.find('.'), name.size());
  out_.global(module, name.substr(0, end));
  while (end < name.size()) {
    size_t next = std::min(name.find('.', end + 1), name.size());
    out_.string(name.substr(end + 1, next - end - 1));
    out_.tuple(2);
    out_.op(Opcode::kReduce);
    end = next;
  }
  out_.memoize(known);
}

}  // namespace weightport
