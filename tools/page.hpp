// SPDX-License-Identifier: MIT
// weightport inspect --html: one file for a browser that needs nothing else.
#pragma once

#include <string>

#include "inspect.hpp"
#include "tree_walk.hpp"
#include "weightport/checkpoint.h"

// The page before and after its data, made from tools/page/.
extern const char *const kPageStart;
extern const char *const kPageEnd;

// Writes the page. Throws Failure, WrongUsage.
void inspect_html(const InspectOptions &options);

// What the page knows of one file, as JSON. Computes statistics, and shows progress.
std::string page_data(const std::string &file, const wp_checkpoint *checkpoint, TreeWalk &walk);
