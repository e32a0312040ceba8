// SPDX-License-Identifier: MIT
#include "value/places.hpp"

#include "base/error.hpp"
#include "value/describe.hpp"

namespace weightport {
namespace {

std::string spell(const Step &step) {
  if (step.key) return step.key->is(WP_KIND_STRING) ? std::string(step.key->view()) : describe(*step.key);
  if (step.index == Places::kArgs) return "(args)";
  return step.index == Places::kAttributes ? "(attributes)" : concat(step.index);
}

}  // namespace

uint32_t Places::add(const Step &step) {
  if (steps_.size() == UINT32_MAX) fail(WP_ERROR_LIMIT, "more than 2^32 values are walked");
  steps_.push_back(step);
  return static_cast<uint32_t>(steps_.size() - 1);
}

std::string Places::path(uint32_t place) const {
  std::vector<uint32_t> way;
  for (; place != kRoot; place = steps_[place].parent) way.push_back(place);
  std::string path;
  for (size_t i = way.size(); i-- > 0;) {
    append(path, spell(steps_[way[i]]));
    if (i) append(path, '.');
  }
  return path;
}

}  // namespace weightport
