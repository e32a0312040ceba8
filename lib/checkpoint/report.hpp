// SPDX-License-Identifier: MIT
// What checking or comparing checkpoints found.
#pragma once

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
