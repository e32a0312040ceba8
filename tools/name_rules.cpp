// SPDX-License-Identifier: MIT
#include "name_rules.hpp"

#include <algorithm>
#include <string_view>

#include "handles.hpp"
#include "system.hpp"

namespace {

// std::regex takes stack for each byte of what it searches, and names come from files that may be hostile.
constexpr size_t kMaxName = 4096;

std::pair<std::regex, std::string> parse_rename(const std::string &rule) {
  size_t equals = rule.rfind('=');
  if (equals == std::string::npos || equals == 0) throw WrongUsage("--rename: \"" + rule + "\" is not REGEX=TEXT");
  try {
    return {std::regex(rule.substr(0, equals), std::regex::ECMAScript), rule.substr(equals + 1)};
  } catch (const std::regex_error &) {
    throw WrongUsage("--rename: \"" + rule.substr(0, equals) + "\" is no regular expression");
  }
}

bool any_matches(const std::vector<std::string> &globs, const std::string &name) {
  return std::any_of(globs.begin(), globs.end(), [&](const auto &glob) { return matches(glob, name); });
}

}  // namespace

NameRules::NameRules(const NameOptions &options) : include_(options.include), exclude_(options.exclude) {
  for (const auto &rule : options.rename) rename_.push_back(parse_rename(rule));
}

std::optional<std::string> NameRules::apply(const std::string &name) const {
  if (!include_.empty() && !any_matches(include_, name)) return std::nullopt;
  if (any_matches(exclude_, name)) return std::nullopt;
  std::string renamed = name;
  try {
    for (const auto &[regex, text] : rename_) {
      if (renamed.size() > kMaxName) throw Failure("a name of more than 4,096 bytes is too long for --rename");
      renamed = std::regex_replace(renamed, regex, text);
    }
  } catch (const std::regex_error &) {
    throw Failure("--rename: the regular expression is too complex for \"" + renamed + "\"");
  }
  return renamed;
}
