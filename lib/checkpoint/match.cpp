// SPDX-License-Identifier: MIT
#include "checkpoint/match.hpp"

#include <algorithm>
#include <utility>

#include "value/key.hpp"

namespace weightport {
namespace {

Member member(const Node *key, const Node *value) {
  return {key, value, has_key_value(*key) ? std::optional(hash_key(*key)) : std::nullopt};
}

struct Order {
  std::vector<std::pair<uint64_t, uint32_t>> by_hash;
  std::vector<uint32_t> by_identity;
};

Order order_of(const std::vector<Member> &members) {
  Order order;
  for (uint32_t i = 0; i < members.size(); ++i) {
    if (members[i].hash) {
      order.by_hash.emplace_back(*members[i].hash, i);
    } else {
      order.by_identity.push_back(i);
    }
  }
  std::sort(order.by_hash.begin(), order.by_hash.end());
  return order;
}

}  // namespace

std::vector<Member> members_of(const Items &set) {
  std::vector<Member> out;
  out.reserve(set.size);
  for (uint32_t i = 0; i < set.size; ++i) out.push_back(member(set.data[i], nullptr));
  return out;
}

std::vector<Member> members_of(const Dict *dict) {
  std::vector<Member> out;
  if (!dict) return out;
  out.reserve(dict->size);
  for (uint32_t i = 0; i < dict->size; ++i) out.push_back(member(dict->entries[i].key, dict->entries[i].value));
  return out;
}

std::vector<uint32_t> match(const std::vector<Member> &a, const std::vector<Member> &b) {
  std::vector<uint32_t> partners(a.size(), kNoPartner);
  Order x = order_of(a), y = order_of(b);
  for (size_t i = 0; i < std::min(x.by_identity.size(), y.by_identity.size()); ++i)
    partners[x.by_identity[i]] = y.by_identity[i];
  std::vector<bool> taken(b.size());
  auto first = y.by_hash.begin();
  for (auto [hash, i] : x.by_hash) {
    while (first != y.by_hash.end() && (first->first < hash || taken[first->second])) ++first;
    // Keys that differ may have one hash; a set made by hand may hold a member twice.
    for (auto other = first; other != y.by_hash.end() && other->first == hash; ++other) {
      if (taken[other->second] || !equal_keys(*a[i].key, *b[other->second].key)) continue;
      partners[i] = other->second;
      taken[other->second] = true;
      break;
    }
  }
  return partners;
}

}  // namespace weightport
