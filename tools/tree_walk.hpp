// SPDX-License-Identifier: MIT
// A walk over every value of a tree, by every path that leads to it, as Python would walk it.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_set>
#include <vector>

#include "weightport/value.h"

// How a value hangs on the one above it.
struct Step {
  enum Kind : uint8_t {
    kRoot,
    kIndex,      // of a list, tuple or set
    kKey,        // of a dict
    kAttribute,  // of an object
    kState,      // all of what an object pickled as its state, where that is not attributes
    kArgument    // index of a constructor argument
  };
  Kind kind = kRoot;
  size_t index = 0;               // of kIndex and kArgument
  const wp_value *key = nullptr;  // of kKey and kAttribute
};

struct Place {
  Step step;
  size_t depth;       // 0 for the root
  bool in_arguments;  // of a constructor
  bool selected;      // false outside the part that was asked for
  bool cyclic;        // the value contains itself here, so the path ends
};

class Visitor {
 public:
  virtual ~Visitor() = default;
  virtual void enter(const Place &place, const wp_value *value) = 0;
  virtual void leave(const Place &place, const wp_value *value) = 0;
};

class TreeWalk {
 public:
  // Selects the value at a path (see wp_value_at()) and what is below it.
  void select(const wp_value *value, std::string path);
  // Throws Failure where shared values make the walk too long.
  void run(const wp_value *root, Visitor &visitor);

 private:
  enum class Phase : uint8_t { kItems, kAttributes, kArguments, kDone };
  struct Frame {
    const wp_value *value;
    Place place;
    size_t path_size;  // of path_, without this value's step
    bool repeated;     // what is below it was listed before
    Phase phase = Phase::kItems;
    size_t next = 0;
    size_t dict = 0;  // in a state that is a tuple of dicts
  };

  void enter(const Step &step, const wp_value *value, Visitor &visitor);
  void append_step(const Step &step);
  const wp_value *next_child(Frame &frame, Step &step);
  const wp_value *next_attribute(Frame &frame, Step &step);

  const wp_value *target_ = nullptr;
  std::string target_path_;
  std::string path_;  // only as long as it can be that of target_
  bool found_ = false;
  uint64_t repeat_cost_ = 0;
  uint64_t key_bytes_ = 0;
  std::vector<Frame> frames_;
  std::unordered_set<const wp_value *> on_path_;
  std::unordered_set<const wp_value *> seen_;  // containers
};
