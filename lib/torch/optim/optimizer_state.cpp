// SPDX-License-Identifier: MIT
// state_dict() and load_state_dict().
#include <unordered_map>
#include <utility>

#include "exchange/fail.hpp"
#include "optim/optimizer.hpp"
#include "optim/state_map.hpp"

namespace weightport::libtorch {

Value Optimizer::state_dict() const {
  Value states = Value::dict();
  Value groups = Value::list();
  int64_t index = 0;
  for (size_t i = 0; i < groups_.size(); i++) {
    Value indices = Value::list();
    for (const at::Tensor &parameter : parameters(i)) {
      const Value &carried = carried_[static_cast<size_t>(index)];
      const auto *state = find_state(impl_->state(), parameter);
      if (state || carried) {
        StateWriter writer(carried);
        if (state) class_.write(*state, writer);
        states.set(index, writer.finish());
      }
      indices.append(Value::of(index++));
    }
    Value group = groups_[i].to_dict();
    group.set("params", indices);
    groups.append(group);
  }
  for (size_t i = 0; i < foreign_states_.size(); i++) states.set(foreign_states_.key(i), foreign_states_.item(i));
  Value made = Value::dict();
  made.set("state", states);
  made.set("param_groups", groups);
  return made;
}

struct Optimizer::Loaded {
  std::vector<NamedValues> groups;
  std::vector<std::unique_ptr<OptimizerClass::Options>> options;
  // Which parameter an index of the file stands for.
  std::unordered_map<int64_t, size_t> parameter_of;
  std::vector<Value> carried;
  StateMap states;
  Value foreign_states = Value::dict();
};

namespace {

// The entries of a saved group, as Python would have them after loading.
NamedValues read_saved_group(const OptimizerClass &optimizer_class, const Value &saved, const std::string &path) {
  NamedValues made(saved, path);
  made.erase("params");
  for (const auto &[name, initial] : optimizer_class.defaults()) {
    if (was_added_later(name)) made.set_default(name, initial);
  }
  for (const auto &[name, value] : made) {
    check_hyperparameter(name, value, optimizer_class.defaults(), Ranges::kIgnore, path + "." + name);
  }
  return made;
}

std::unique_ptr<OptimizerClass::Options> options_of(const OptimizerClass &optimizer_class, const NamedValues &group,
                                                    const std::string &path) {
  try {
    return optimizer_class.options(group);
  } catch (const Error &e) {
    // The values were checked: one is missing.
    if (e.code() != WP_ERROR_MISMATCH) throw;
    fail_at(concat(path, ".", e.key()), WP_ERROR_MISMATCH, "a hyperparameter of ", optimizer_class.name(), " is missing");
  }
}

Value find_part(const Value &state_dict, const char *name, wp_kind kind) {
  Value part = state_dict.find(name);
  if (part.kind() != kind) fail_kind(part, kind == WP_KIND_DICT ? "a dict" : "a list", name);
  return part;
}

}  // namespace

Optimizer::Loaded Optimizer::read_groups(const Value &state_dict) const {
  Loaded loaded;
  Value saved = find_part(state_dict, "param_groups", WP_KIND_LIST);
  if (saved.size() != groups_.size()) {
    fail_at("param_groups", WP_ERROR_MISMATCH, "the state_dict has ", saved.size(), " parameter groups, the optimizer ",
            groups_.size());
  }
  size_t parameter = 0;
  for (size_t i = 0; i < groups_.size(); i++) {
    std::string path = concat("param_groups.", i);
    loaded.groups.push_back(read_saved_group(class_, saved.item(i), path));
    loaded.options.push_back(options_of(class_, loaded.groups.back(), path));
    Value indices = find_part(saved.item(i), "params", WP_KIND_LIST);
    if (indices.size() != parameters(i).size()) {
      fail_at(path + ".params", WP_ERROR_MISMATCH, "the state_dict has ", indices.size(),
              " parameters in the group, the optimizer ", parameters(i).size());
    }
    for (size_t p = 0; p < indices.size(); p++) {
      loaded.parameter_of[read_int(indices.item(p), path + ".params")] = parameter++;
    }
  }
  return loaded;
}

void Optimizer::read_states(Loaded &loaded, const Value &states) const {
  std::vector<std::pair<const at::Tensor *, size_t>> all;
  for (size_t i = 0; i < groups_.size(); i++) {
    for (const at::Tensor &parameter : parameters(i)) all.emplace_back(&parameter, i);
  }
  loaded.carried.resize(all.size());
  TensorImporter import;
  for (size_t i = 0; i < states.size(); i++) {
    Value key = states.key(i);
    auto found = key.kind() == WP_KIND_INT ? loaded.parameter_of.find(key.as_int()) : loaded.parameter_of.end();
    if (found == loaded.parameter_of.end()) {
      loaded.foreign_states.set(key, states.item(i));
      continue;
    }
    auto [parameter, group] = all[found->second];
    StateReader reader(states.item(i), *parameter, parameters(group), import, concat("state.", key.as_int()));
    if (states.item(i).size()) {
      if (auto state = class_.read(reader, loaded.groups[group])) loaded.states[state_key(*parameter)] = std::move(state);
    }
    loaded.carried[found->second] = reader.carried();
  }
  if (!class_.needs_state()) return;
  for (const auto &[key, index] : loaded.parameter_of) {
    if (!find_state(loaded.states, *all[index].first)) {
      fail_at(concat("state.", key), WP_ERROR_MISMATCH, "the state of a parameter is missing");
    }
  }
}

void Optimizer::load_state_dict(const Value &state_dict) {
  if (state_dict.kind() != WP_KIND_DICT) fail_kind(state_dict, "a dict", "state_dict");
  at::NoGradGuard no_grad;
  Loaded loaded = read_groups(state_dict);
  read_states(loaded, find_part(state_dict, "state", WP_KIND_DICT));
  for (size_t i = 0; i < groups_.size(); i++) impl_->param_groups()[i].set_options(std::move(loaded.options[i]));
  impl_->state() = std::move(loaded.states);
  groups_ = std::move(loaded.groups);
  carried_ = std::move(loaded.carried);
  foreign_states_ = std::move(loaded.foreign_states);
}

}  // namespace weightport::libtorch
