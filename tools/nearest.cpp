// SPDX-License-Identifier: MIT
#include "nearest.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>

namespace {

constexpr size_t kFar = 3;

// Levenshtein's.
size_t distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = row[0]++;
    for (size_t j = 0; j < b.size(); ++j) {
      size_t replaced = diagonal + (a[i] != b[j]);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, diagonal + 1, row[j] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string nearest(std::string_view typed, const std::vector<std::string> &words) {
  std::string found;
  size_t least = kFar;
  for (const std::string &word : words) {
    size_t far = distance(typed, word);
    if (far < least) {
      least = far;
      found = word;
    }
  }
  return found;
}
