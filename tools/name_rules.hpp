// SPDX-License-Identifier: MIT
// Which tensors of a state_dict are taken, and under which names.
#pragma once

#include <optional>
#include <regex>
#include <string>
#include <utility>
#include <vector>

struct NameOptions {
  std::vector<std::string> include;  // globs
  std::vector<std::string> exclude;
  std::vector<std::string> rename;  // REGEX=TEXT
};

class NameRules {
 public:
  // Throws WrongUsage for what is no regular expression.
  explicit NameRules(const NameOptions &options);

  bool select() const { return !include_.empty() || !exclude_.empty(); }
  bool rename() const { return !rename_.empty(); }
  // Each REGEX sees what the ones before it made. Throws Failure.
  std::string renamed(const std::string &name) const;
  // None if the tensor is left out: the globs see the old name.
  std::optional<std::string> apply(const std::string &name) const;

 private:
  std::vector<std::string> include_;
  std::vector<std::string> exclude_;
  std::vector<std::pair<std::regex, std::string>> rename_;
};
