// SPDX-License-Identifier: MIT
#include "tree_walk.hpp"

#include <utility>

#include "handles.hpp"
#include "value_text.hpp"

namespace {

// What is below a value that was listed before costs this much, and as much as its path is long. All others are at most as
// many as the file has bytes.
constexpr uint64_t kRepeatCost = 10;
constexpr uint64_t kMaxRepeatCost = 20'000'000;
constexpr uint64_t kMaxKeyBytes = uint64_t{1} << 30;

bool is_container(const wp_value *value) {
  wp_kind kind = wp_value_kind(value);
  return (kind >= WP_KIND_LIST && kind <= WP_KIND_TENSOR) || kind == WP_KIND_OBJECT;
}

bool has_attributes(const wp_value *value) {
  wp_kind kind = wp_value_kind(value);
  return kind == WP_KIND_OBJECT || kind == WP_KIND_TENSOR;
}

// The state of a class with __slots__: (dict or None, dict).
bool is_tuple_of_dicts(const wp_value *state) {
  if (wp_value_kind(state) != WP_KIND_TUPLE || wp_value_size(state) == 0) return false;
  for (size_t i = 0; i < wp_value_size(state); ++i) {
    wp_kind kind = wp_value_kind(wp_value_item(state, i));
    if (kind != WP_KIND_DICT && kind != WP_KIND_NONE) return false;
  }
  return true;
}

}  // namespace

void TreeWalk::select(const wp_value *value, std::string path) {
  target_ = value;
  target_path_ = std::move(path);
}

void TreeWalk::run(const wp_value *root, Visitor &visitor) {
  enter({}, root, visitor);
  while (!frames_.empty()) {
    Step step;
    if (const wp_value *child = next_child(frames_.back(), step)) {
      enter(step, child, visitor);
      continue;
    }
    Frame &frame = frames_.back();
    visitor.leave(frame.place, frame.value);
    path_.resize(frame.path_size);
    on_path_.erase(frame.value);
    frames_.pop_back();
  }
  // The library also finds what is spelled in another way: the index 07, or True as 1.
  if (target_ && !found_) throw Failure("\"" + target_path_ + "\" is there, but --key takes it only as inspect spells it");
}

void TreeWalk::enter(const Step &step, const wp_value *value, Visitor &visitor) {
  bool repeated = !frames_.empty() && frames_.back().repeated;
  if (repeated && (repeat_cost_ += kRepeatCost + frames_.size()) > kMaxRepeatCost) {
    throw Failure("the file's values are shared so often that listing them by every path would not end soon");
  }
  key_bytes_ += string_of(step.key).size();
  if (key_bytes_ > kMaxKeyBytes) throw Failure("the file's keys take more than 1 GiB, counted by every path to them");
  size_t path_size = path_.size();
  Place place{step, frames_.size(), step.kind == Step::kArgument, !target_, false};
  if (!frames_.empty()) {
    const Frame &parent = frames_.back();
    place.in_arguments |= parent.place.in_arguments;
    place.selected |= parent.place.selected;
    if (target_ && path_.size() <= target_path_.size()) append_step(step);
  }
  if (!found_ && target_ && value == target_ && path_ == target_path_) place.selected = found_ = true;

  bool container = is_container(value);
  place.cyclic = container && !on_path_.insert(value).second;
  visitor.enter(place, value);
  if (container && !place.cyclic) {
    repeated |= !seen_.insert(value).second;
    frames_.push_back({value, place, path_size, repeated});
  } else {
    visitor.leave(place, value);
    path_.resize(path_size);
  }
}

void TreeWalk::append_step(const Step &step) {
  if (frames_.size() > 1) path_ += '.';
  append_step_text(path_, step);
}

const wp_value *TreeWalk::next_child(Frame &frame, Step &step) {
  if (frame.phase == Phase::kItems) {
    size_t i = frame.next++;
    if (i < wp_value_size(frame.value)) {
      const wp_value *key = wp_value_key(frame.value, i);
      step = {key ? Step::kKey : Step::kIndex, i, key};
      return wp_value_item(frame.value, i);
    }
    frame.phase = has_attributes(frame.value) ? Phase::kAttributes : Phase::kDone;
    frame.next = 0;
  }
  if (frame.phase == Phase::kAttributes) {
    if (const wp_value *child = next_attribute(frame, step)) return child;
    bool arguments = wp_value_kind(frame.value) == WP_KIND_OBJECT && wp_value_size(frame.value) == 0;
    frame.phase = arguments ? Phase::kArguments : Phase::kDone;
    frame.next = 0;
  }
  if (frame.phase == Phase::kArguments) {
    size_t i = frame.next++;
    step = {Step::kArgument, i, nullptr};
    return wp_value_item(wp_value_args(frame.value), i);
  }
  return nullptr;
}

const wp_value *TreeWalk::next_attribute(Frame &frame, Step &step) {
  const wp_value *state = wp_value_attributes(frame.value);
  if (!state || wp_value_kind(state) == WP_KIND_NONE) return nullptr;
  bool slots = is_tuple_of_dicts(state);
  if (!slots && wp_value_kind(state) != WP_KIND_DICT) {
    step = {Step::kState, 0, nullptr};
    return frame.next++ == 0 ? state : nullptr;
  }
  for (; frame.dict < (slots ? wp_value_size(state) : 1); ++frame.dict, frame.next = 0) {
    const wp_value *dict = slots ? wp_value_item(state, frame.dict) : state;
    size_t i = frame.next++;
    if (i >= wp_value_size(dict)) continue;
    step = {Step::kAttribute, i, wp_value_key(dict, i)};
    return wp_value_item(dict, i);
  }
  return nullptr;
}
