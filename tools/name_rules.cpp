// SPDX-License-Identifier: MIT
#include "name_rules.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <utility>

#include "handles.hpp"
#include "interrupt.hpp"
#include "system.hpp"

namespace {

// libstdc++'s std::regex tries again and again where an expression such as (a+)+ can match in many ways, and takes stack for
// each byte of what it searches; names come from files that may be hostile. Unlike others it has no limits of its own.
constexpr uint64_t kMaxSteps = uint64_t{1} << 25;    // under a second
constexpr ptrdiff_t kMaxStack = ptrdiff_t{1} << 20;  // Windows gives a program 2 MiB
constexpr uint64_t kStepsUntilAsked = 4096;

class SearchLimits {
 public:
  SearchLimits() : stack_(static_cast<const char *>(__builtin_frame_address(0))) {}

  void take_step() {
    if (stack_ - static_cast<const char *>(__builtin_frame_address(0)) > kMaxStack)
      throw std::regex_error(std::regex_constants::error_stack);
    if (++steps_ % kStepsUntilAsked) return;
    if (wp_cancel_requested(interrupt_token())) throw Failure("interrupted", WP_ERROR_CANCELLED);
    if (steps_ >= kMaxSteps) throw std::regex_error(std::regex_constants::error_complexity);
  }

 private:
  const char *stack_;
  uint64_t steps_ = 0;
};

// A place in a name. Since libstdc++ looks at a name by it alone, no search escapes the limits.
class NamePlace {
 public:
  using iterator_category = std::bidirectional_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char *;
  using reference = const char &;

  NamePlace() = default;
  NamePlace(const char *at, SearchLimits &limits) : at_(at), limits_(&limits) {}

  reference operator*() const {
    limits_->take_step();
    return *at_;
  }
  NamePlace &operator++() {
    ++at_;
    return *this;
  }
  NamePlace operator++(int) { return std::exchange(*this, {at_ + 1, *limits_}); }
  NamePlace &operator--() {
    --at_;
    return *this;
  }
  NamePlace operator--(int) { return std::exchange(*this, {at_ - 1, *limits_}); }
  bool operator==(const NamePlace &other) const { return at_ == other.at_; }

 private:
  const char *at_ = nullptr;
  SearchLimits *limits_ = nullptr;
};

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

std::string replaced(const std::string &name, const std::regex &regex, const std::string &text) {
  SearchLimits limits;
  NamePlace begin(name.data(), limits), end(name.data() + name.size(), limits);
  std::string out;
  try {
    std::regex_replace(std::back_inserter(out), begin, end, regex, text);
  } catch (const std::regex_error &) {
    throw Failure("--rename: the regular expression is too complex for the name that begins with \"" + name.substr(0, 40) +
                  "\"");
  }
  return out;
}

}  // namespace

NameRules::NameRules(const NameOptions &options) : include_(options.include), exclude_(options.exclude) {
  for (const auto &rule : options.rename) rename_.push_back(parse_rename(rule));
}

std::optional<std::string> NameRules::apply(const std::string &name) const {
  if (!include_.empty() && !any_matches(include_, name)) return std::nullopt;
  if (any_matches(exclude_, name)) return std::nullopt;
  return renamed(name);
}

std::string NameRules::renamed(const std::string &name) const {
  std::string made = name;
  for (const auto &[regex, text] : rename_) made = replaced(made, regex, text);
  return made;
}
