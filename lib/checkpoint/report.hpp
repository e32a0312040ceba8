// SPDX-License-Identifier: MIT
// What checking or comparing checkpoints found.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "base/ref.hpp"
#include "weightport/checkpoint.h"

namespace weightport {

struct Finding {
  wp_finding kind;
  std::string key;
  std::string message;
  double difference = std::numeric_limits<double>::quiet_NaN();
};

// A report may be larger than the files that it is about: one long key is a part of many paths. So it is paid for in Steps, and
// dearly, since it is all in memory.
inline uint64_t steps_of(const Finding &finding) noexcept {
  return 4 * (sizeof finding + finding.key.size() + finding.message.size());
}

class Report : public RefCounted {
 public:
  Report() = default;
  explicit Report(std::vector<Finding> findings) : findings_(std::move(findings)) {}

  const std::vector<Finding> &findings() const noexcept { return findings_; }
  void add(Finding finding) { findings_.push_back(std::move(finding)); }

 private:
  std::vector<Finding> findings_;
};

}  // namespace weightport
