// SPDX-License-Identifier: MIT
#include "format/script_code.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <unordered_map>

#include "base/hash.hpp"
#include "base/text.hpp"

namespace weightport {
namespace {

using Names = std::set<std::string, std::less<>>;

struct Class {
  bool is_module = false;
  Names parameters;
  Names buffers;
};

class ScriptCode final : public ScriptFacts {
 public:
  // After torch/csrc/jit/serialization/python_print.cpp, which writes
  //   class Linear(Module):
  //     __parameters__ = ["weight", "bias", ]
  //     __buffers__ = []
  // What is kept is charged to `tree`.
  void add(std::string_view module, std::string_view code, Tree &tree) {
    Class *current = nullptr;
    while (!code.empty()) {
      size_t end = std::min(code.find('\n'), code.size());
      std::string_view line = code.substr(0, end);
      code.remove_prefix(std::min(end + 1, code.size()));
      if (line.starts_with("class ")) {
        current = begin_class(module, line.substr(6), tree);
      } else if (current && line.starts_with("  __parameters__ = ")) {
        take_names(line, current->parameters, tree);
      } else if (current && line.starts_with("  __buffers__ = ")) {
        take_names(line, current->buffers, tree);
      }
    }
  }

 private:
  bool is_module(std::string_view class_name) const override {
    const Class *found = find(class_name);
    return found && found->is_module;
  }
  bool is_parameter(std::string_view class_name, std::string_view attribute) const override {
    const Class *found = find(class_name);
    return found && found->parameters.contains(attribute);
  }
  bool is_buffer(std::string_view class_name, std::string_view attribute) const override {
    const Class *found = find(class_name);
    return found && found->buffers.contains(attribute);
  }

  const Class *find(std::string_view name) const {
    auto found = classes_.find(name);
    return found == classes_.end() ? nullptr : &found->second;
  }

  Class *begin_class(std::string_view module, std::string_view declaration, Tree &tree) {
    size_t open = declaration.find('(');
    if (open == declaration.npos) return nullptr;
    // A string that grows may take twice its size.
    charge(tree, sizeof(Class) + 2 * (module.size() + open));
    Class &made = classes_[concat(module, ".", declaration.substr(0, open))];
    made.is_module = declaration.substr(open).starts_with("(Module)");
    return &made;
  }

  static void charge(Tree &tree, uint64_t bytes) { tree.charge(bytes + sizeof(std::string) + kHashEntry); }

  static void take_names(std::string_view line, Names &names, Tree &tree) {
    for (size_t at = line.find('"'); at != line.npos; at = line.find('"', at + 1)) {
      size_t end = line.find('"', at + 1);
      if (end == line.npos) return;
      charge(tree, end - at);
      names.emplace(line.substr(at + 1, end - at - 1));
      at = end;
    }
  }

  std::unordered_map<std::string, Class, StringHash, std::equal_to<>> classes_;
};

// "__torch__/torch/nn.py" is module "__torch__.torch.nn".
std::string module_name(std::string_view path) {
  std::string name(path.substr(0, path.size() - 3));
  std::replace(name.begin(), name.end(), '/', '.');
  return name;
}

}  // namespace

Ref<ScriptFacts> read_script_facts(const ZipArchive &archive, std::string_view root, Tree &tree) {
  auto facts = make_ref<ScriptCode>();
  std::string folder = concat(root, "code/");
  for (const ZipRecord &record : archive.records()) {
    if (!record.name.starts_with(folder) || !record.name.ends_with(".py")) continue;
    tree.charge(record.size);
    Buffer code = archive.read(record);
    facts->add(module_name(record.name.substr(folder.size())), {reinterpret_cast<const char *>(code.data()), code.size()},
               tree);
  }
  return facts;
}

}  // namespace weightport
