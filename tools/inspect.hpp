// SPDX-License-Identifier: MIT
// weightport inspect: what a file holds, as a tree to read, as JSON or as a page.
#pragma once

#include <string>
#include <vector>

#include "names.hpp"
#include "tree_walk.hpp"
#include "weightport/checkpoint.h"

struct InspectOptions {
  std::vector<std::string> files;  // two are compared
  std::string key;
  bool json = false;
  bool checksum = false;
  bool globals = false;
  std::string html;  // the page to write; "" = none, "-" = standard output
};

// The whole output, so that a file that turns out to be bad leaves nothing half printed. Throws Failure.
std::string inspect(const InspectOptions &options);

// The parts of it. Each walks the tree once.
std::string inspect_json(const InspectOptions &options, const wp_checkpoint *checkpoint, TreeWalk &walk);
std::string inspect_text(const InspectOptions &options, const wp_checkpoint *checkpoint, TreeWalk &walk);
std::string list_globals(const wp_checkpoint *checkpoint);

// Throws Failure when the output grows beyond what anybody reads.
void check_output(size_t bytes);
