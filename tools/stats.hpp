// SPDX-License-Identifier: MIT
// weightport stats: numbers that describe the elements of every tensor.
#pragma once

#include <string>

struct Statistics;

struct StatsOptions {
  std::string file;
  std::string key;
  bool json = false;
};

// The whole output. Throws Failure.
std::string stats(const StatsOptions &options);

// {"of", "count", ...}: see weightport(1).
void append_statistics_json(std::string &out, const Statistics &statistics);
