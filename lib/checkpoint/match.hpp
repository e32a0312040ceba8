// SPDX-License-Identifier: MIT
// Finds for each member of a set, or entry of a dict, the one of another tree that is compared with it.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/steps.hpp"
#include "value/node.hpp"

namespace weightport {

struct Member {
  const Node *key;
  const Node *value;             // null in a set
  std::optional<uint64_t> hash;  // none for a key that compares by identity
  uint64_t work = 1;             // steps that it takes to hash or compare the key
};

// These throw LIMIT.
std::vector<Member> members_of(const Items &set, Steps &steps);
std::vector<Member> members_of(const Dict *dict, Steps &steps);  // none for null

inline constexpr uint32_t kNoPartner = UINT32_MAX;

// For each of `a` its partner's index in `b`: the one with an equal key, or, where keys compare by identity, the first such
// with the first, the second with the second and so on. Throws LIMIT.
std::vector<uint32_t> match(const std::vector<Member> &a, const std::vector<Member> &b, Steps &steps);

}  // namespace weightport
