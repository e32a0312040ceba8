// SPDX-License-Identifier: MIT
// Dict keys by Python's rules: 1, 1.0 and True are one key; tuples compare item by item; other nodes by identity.
#pragma once

#include <cstdint>
#include <string_view>

#include "value/node.hpp"

namespace weightport {

// Throws CORRUPT for a list, dict or set, which Python cannot hash, and LIMIT for tuples nested beyond sense.
uint64_t hash_key(const Node &key);
// The same for a key of a tree that is being built or edited: long texts are hashed once. `visited`: the key, and all that a
// tuple holds.
uint64_t hash_own_key(Node &key, uint32_t &visited);
// Of equal keys of one tree: makes their texts one, so that they are compared once.
void share_text(const Node &from, Node &to) noexcept;
bool equal_keys(const Node &a, const Node &b);
// Whether a key may equal one of another tree: false for what compares by identity or cannot be a key.
bool has_key_value(const Node &key) noexcept;

Node *find_string(const Dict &dict, std::string_view key) noexcept;
Node *find_integer(const Dict &dict, int64_t key) noexcept;
// `hash` is that of the key.
DictEntry *find_entry(const Dict &dict, const Node &key, uint64_t hash);
DictEntry *find_entry(const Dict &dict, std::string_view key) noexcept;
DictEntry *find_entry(const Dict &dict, int64_t key) noexcept;

inline constexpr uint32_t kIndexFrom = 8;  // dicts of up to so many entries have no index
// Puts an entry's number (counted from 1) in the index, under the low bits of its key's hash.
void index_entry(Dict &dict, uint32_t number, uint32_t hash) noexcept;
// Takes an entry's number out of the index, where index_entry() put it under that hash.
void unindex_entry(Dict &dict, uint32_t number, uint32_t hash) noexcept;

}  // namespace weightport
