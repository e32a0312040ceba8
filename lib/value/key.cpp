// SPDX-License-Identifier: MIT
#include "value/key.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/error.hpp"
#include "base/hash.hpp"
#include "value/kind.hpp"

namespace weightport {
namespace {

constexpr int kMaxKeyDepth = 16;
constexpr int kMaxKeyItems = 1024;

bool is_number(const Node &n) noexcept { return n.is(WP_KIND_BOOL) || n.is(WP_KIND_INT) || n.is(WP_KIND_FLOAT); }

// The int that a number equals, if there is one.
bool as_integer(const Node &n, int64_t &out) noexcept {
  if (n.is(WP_KIND_BOOL)) {
    out = n.flag;
    return true;
  }
  if (n.is(WP_KIND_INT) && !n.flag) {
    out = n.integer;
    return true;
  }
  if (n.is(WP_KIND_FLOAT) && n.real >= -0x1p63 && n.real < 0x1p63 && std::trunc(n.real) == n.real) {
    out = static_cast<int64_t>(n.real);
    return true;
  }
  return false;
}

// A string never equals bytes, so the same text must not give both one hash. Never 0, which stands for a hash that is not
// known.
uint32_t text_hash(uint8_t kind, std::string_view text) noexcept {
  auto hash = static_cast<uint32_t>(hash_int(hash_bytes(text) + kind));
  return hash ? hash : 1;
}

uint32_t text_hash(const Node &key) noexcept {
  return key.dtype ? static_cast<uint32_t>(key.dtype) : text_hash(key.kind, key.view());
}
uint32_t text_hash(Node &key) noexcept {
  uint32_t hash = text_hash(std::as_const(key));
  key.dtype = static_cast<int32_t>(hash);
  return hash;
}

bool is_nan(const Node &n) noexcept {
  if (n.is(WP_KIND_COMPLEX)) return std::isnan(n.complex.re) || std::isnan(n.complex.im);
  return n.is(WP_KIND_FLOAT) && std::isnan(n.real);
}

// `left` bounds the work on tuples that hold the same tuple again and again. Any is Node or const Node.
template <class Any>
uint64_t hash_at(Any &key, int depth, int &left) {
  if (depth > kMaxKeyDepth || --left < 0)
    fail(WP_ERROR_LIMIT, "a dict key is a tuple of more than ", kMaxKeyItems, " items or ", kMaxKeyDepth, " levels");
  int64_t integer;
  if (as_integer(key, integer)) return hash_int(static_cast<uint64_t>(integer));
  switch (key.kind) {
    case WP_KIND_NONE:
      return hash_int(0x6e6f6e65);
    case WP_KIND_STRING:
    case WP_KIND_BYTES:
    case WP_KIND_INT:
    case WP_KIND_DEVICE:
      return text_hash(key);
    case WP_KIND_FLOAT:
    case WP_KIND_COMPLEX: {
      // As in Python since 3.10: NaN equals nothing but itself, so many of them must not have one hash.
      if (is_nan(key)) return hash_int(reinterpret_cast<uintptr_t>(&key));
      // -0.0 equals 0.0 as part of a complex number too.
      double parts[2] = {key.real + 0.0, key.is(WP_KIND_COMPLEX) ? key.complex.im + 0.0 : 0.0};
      return hash_bytes({reinterpret_cast<const char *>(parts), sizeof parts});
    }
    case WP_KIND_DTYPE:
      return hash_int(static_cast<uint64_t>(key.dtype) + 0x64747970);
    case WP_KIND_TUPLE:
    case WP_KIND_SIZE: {
      uint64_t hash = hash_int(key.items.size);
      for (uint32_t i = 0; i < key.items.size; ++i) hash = hash_int(hash ^ hash_at<Any>(*key.items.data[i], depth + 1, left));
      return hash;
    }
    case WP_KIND_SET:
      if (key.flag) return hash_int(reinterpret_cast<uintptr_t>(&key));
      [[fallthrough]];
    case WP_KIND_LIST:
    case WP_KIND_DICT:
      fail(WP_ERROR_CORRUPT, a_kind(key.kind), " is used as a dict key or set member");
    default:
      return hash_int(reinterpret_cast<uintptr_t>(identity(key)));
  }
}

bool has_value(const Node &key, int depth, int &left) noexcept {
  if (depth > kMaxKeyDepth || --left < 0) return false;
  switch (key.kind) {
    case WP_KIND_LIST:
    case WP_KIND_SET:
    case WP_KIND_DICT:
    case WP_KIND_TENSOR:
    case WP_KIND_OBJECT:
      return false;
    case WP_KIND_TUPLE:
    case WP_KIND_SIZE: {
      bool all = true;
      for (uint32_t i = 0; all && i < key.items.size; ++i) all = has_value(*key.items.data[i], depth + 1, left);
      return all;
    }
    default:
      return !is_nan(key);
  }
}

template <class Same>
DictEntry *search(const Dict &dict, uint64_t hash, Same same) {
  if (!dict.index) {
    for (uint32_t i = 0; i < dict.size; ++i) {
      if (same(*dict.entries[i].key)) return &dict.entries[i];
    }
    return nullptr;
  }
  auto wanted = static_cast<uint32_t>(hash);
  for (uint32_t slot = wanted & dict.index_mask; dict.index[slot].number; slot = (slot + 1) & dict.index_mask) {
    DictEntry &entry = dict.entries[dict.index[slot].number - 1];
    if (dict.index[slot].hash == wanted && same(*entry.key)) return &entry;
  }
  return nullptr;
}

}  // namespace

uint64_t hash_key(const Node &key) {
  int left = kMaxKeyItems;
  return hash_at(key, 0, left);
}

uint64_t hash_own_key(Node &key, uint32_t &visited) {
  int left = kMaxKeyItems;
  uint64_t hash = hash_at(key, 0, left);
  visited = static_cast<uint32_t>(kMaxKeyItems - left);
  return hash;
}

void share_text(const Node &from, Node &to) noexcept {
  if (&from == &to || from.kind != to.kind) return;
  if (from.is(WP_KIND_STRING) || from.is(WP_KIND_BYTES)) {
    to.text = from.text;
  } else if (from.is(WP_KIND_TUPLE)) {
    for (uint32_t i = 0; i < from.items.size; ++i) share_text(*from.items.data[i], *to.items.data[i]);
  }
}

bool has_key_value(const Node &key) noexcept {
  int left = kMaxKeyItems;
  return has_value(key, 0, left);
}

namespace {

bool is_tuple(const Node &node) noexcept { return node.is(WP_KIND_TUPLE) || node.is(WP_KIND_SIZE); }

// Hashes that are known tell long texts apart that differ at their ends.
bool equal_texts(const Node &a, const Node &b) noexcept {
  if (a.text.size != b.text.size || (a.dtype && b.dtype && a.dtype != b.dtype)) return false;
  return a.text.data == b.text.data || a.view() == b.view();
}

bool equal_items(const Items &a, const Items &b) {
  return std::equal(a.data, a.data + a.size, b.data, b.data + b.size,
                    [](const Node *x, const Node *y) { return equal_keys(*x, *y); });
}

}  // namespace

// Keys have passed hash_key(), so tuples are shallow.
bool equal_keys(const Node &a, const Node &b) {
  if (&a == &b) return true;
  if (is_number(a) && is_number(b)) {
    int64_t x, y;
    if (as_integer(a, x) && as_integer(b, y)) return x == y;
    if (a.is(WP_KIND_FLOAT) && b.is(WP_KIND_FLOAT)) return a.real == b.real;
  }
  // torch.Size is a tuple to Python, in all but its name.
  if (is_tuple(a) && is_tuple(b)) return equal_items(a.items, b.items);
  if (a.kind != b.kind) return false;
  switch (a.kind) {
    case WP_KIND_NONE:
      return true;
    case WP_KIND_INT:
      return a.flag && b.flag && equal_texts(a, b);
    case WP_KIND_STRING:
    case WP_KIND_BYTES:
    case WP_KIND_DEVICE:
      return equal_texts(a, b);
    case WP_KIND_COMPLEX:
      return a.complex.re == b.complex.re && a.complex.im == b.complex.im;
    case WP_KIND_DTYPE:
      return a.dtype == b.dtype && a.flag == b.flag && a.view() == b.view();
    default:
      return identity(a) == identity(b);
  }
}

DictEntry *find_entry(const Dict &dict, std::string_view key) noexcept {
  return search(dict, dict.index ? text_hash(WP_KIND_STRING, key) : 0, [&](const Node &k) { return k.is_string(key); });
}

DictEntry *find_entry(const Dict &dict, int64_t key) noexcept {
  int64_t other;
  return search(dict, dict.index ? hash_int(static_cast<uint64_t>(key)) : 0,
                [&](const Node &k) { return as_integer(k, other) && other == key; });
}

Node *find_string(const Dict &dict, std::string_view key) noexcept {
  DictEntry *entry = find_entry(dict, key);
  return entry ? entry->value : nullptr;
}

Node *find_integer(const Dict &dict, int64_t key) noexcept {
  DictEntry *entry = find_entry(dict, key);
  return entry ? entry->value : nullptr;
}

DictEntry *find_entry(const Dict &dict, const Node &key, uint64_t hash) {
  return search(dict, hash, [&](const Node &k) { return equal_keys(k, key); });
}

void index_entry(Dict &dict, uint32_t number, uint32_t hash) noexcept {
  uint32_t slot = hash & dict.index_mask;
  while (dict.index[slot].number) slot = (slot + 1) & dict.index_mask;
  dict.index[slot] = {number, hash};
}

void unindex_entry(Dict &dict, uint32_t number, uint32_t hash) noexcept {
  uint32_t mask = dict.index_mask, hole = hash & mask;
  while (dict.index[hole].number != number) hole = (hole + 1) & mask;
  // What stands behind moves up, unless it would then stand before the slot where a search for it begins.
  for (uint32_t slot = (hole + 1) & mask; dict.index[slot].number; slot = (slot + 1) & mask) {
    if (((slot - dict.index[slot].hash) & mask) < ((slot - hole) & mask)) continue;
    dict.index[hole] = dict.index[slot];
    hole = slot;
  }
  dict.index[hole] = {};
}

}  // namespace weightport
