// SPDX-License-Identifier: MIT
#include "names.hpp"

#include "value_text.hpp"

namespace {

// What stands in the path of a pickled module's tensor and not in its name.
bool is_scaffold(const Step &step) {
  if (step.kind == Step::kArgument) return true;
  if (step.kind != Step::kAttribute && step.kind != Step::kKey) return false;
  std::string_view key = string_of(step.key);
  return key == "_modules" || key == "_parameters" || key == "_buffers";
}

// What torch.compile() makes of a module, which is its first argument.
bool is_compiled(const wp_value *value) {
  return std::string_view(wp_value_class(value)) == "torch._dynamo.eval_frame.OptimizedModule";
}

}  // namespace

Names::Names(const wp_checkpoint *checkpoint) {
  for (size_t i = 0; i < wp_checkpoint_state_dict_count(checkpoint); ++i) {
    const char *key = wp_checkpoint_state_dict_key(checkpoint, i);
    wp_state_dict *state_dict;
    wp_value *value;
    // What is not only tensors, or has names without end, has no names.
    ErrorHandle error(wp_checkpoint_state_dict(&state_dict, checkpoint, key));
    if (error) continue;
    StateDictHandle owner(state_dict);
    check(wp_value_at(&value, wp_checkpoint_root(checkpoint), key));
    state_dicts_.emplace(value, std::move(owner));
  }
}

void Names::enter(const Place &place, const wp_value *value) {
  if (inside_) {
    sizes_.push_back(name_.size());
    bool compiled = place.step.kind == Step::kArgument && compiled_depth_ && place.depth == *compiled_depth_ + 1;
    if (compiled || !is_scaffold(place.step)) {
      if (!name_.empty()) name_ += '.';
      if (compiled) {
        name_ += "_orig_mod";
      } else {
        append_step_text(name_, place.step);
      }
    }
  } else if (auto found = state_dicts_.find(value); found != state_dicts_.end()) {
    inside_ = found->second.get();
    inside_depth_ = place.depth;
  }
  if (inside_ && is_compiled(value)) compiled_depth_ = place.depth;
}

void Names::leave(const Place &place) {
  if (!inside_) return;
  if (place.depth == inside_depth_) {
    inside_ = nullptr;
  } else {
    name_.resize(sizes_.back());
    sizes_.pop_back();
  }
}

bool Names::current(const wp_tensor *tensor, std::string_view &name) const {
  name = name_;
  return inside_ && wp_state_dict_find_sized(inside_, name_.data(), name_.size()) == tensor;
}
