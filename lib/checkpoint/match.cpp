// SPDX-License-Identifier: MIT
#include "checkpoint/match.hpp"

#include <algorithm>
#include <utility>

#include "value/key.hpp"

namespace weightport {
namespace {

// A comparison takes longer than to look at a node.
constexpr uint64_t kCompare = 16;

// Of a key that has a value, which bounds the items of tuples.
uint64_t work_of(const Node &key) {
  switch (key.kind) {
    case WP_KIND_TUPLE:
    case WP_KIND_SIZE: {
      uint64_t work = 1;
      for (uint32_t i = 0; i < key.items.size; ++i) work += work_of(*key.items.data[i]);
      return work;
    }
    case WP_KIND_INT:
      return key.flag ? 1 + key.text.size / 64 : 1;
    case WP_KIND_STRING:
    case WP_KIND_BYTES:
    case WP_KIND_DEVICE:
      return 1 + key.text.size / 64;
    default:
      return 1;
  }
}

Member member(const Node *key, const Node *value, Steps &steps) {
  if (!has_key_value(*key)) return {key, value, std::nullopt};
  uint64_t work = work_of(*key);
  steps.take(work);
  return {key, value, hash_key(*key), work};
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

std::vector<Member> members_of(const Items &set, Steps &steps) {
  std::vector<Member> out;
  out.reserve(set.size);
  for (uint32_t i = 0; i < set.size; ++i) out.push_back(member(set.data[i], nullptr, steps));
  return out;
}

std::vector<Member> members_of(const Dict *dict, Steps &steps) {
  std::vector<Member> out;
  if (!dict) return out;
  out.reserve(dict->size);
  for (uint32_t i = 0; i < dict->size; ++i) out.push_back(member(dict->entries[i].key, dict->entries[i].value, steps));
  return out;
}

std::vector<uint32_t> match(const std::vector<Member> &a, const std::vector<Member> &b, Steps &steps) {
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
      steps.take(kCompare * std::min(a[i].work, b[other->second].work));
      if (taken[other->second] || !equal_keys(*a[i].key, *b[other->second].key)) continue;
      partners[i] = other->second;
      taken[other->second] = true;
      break;
    }
  }
  return partners;
}

}  // namespace weightport
