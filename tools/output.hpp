// SPDX-License-Identifier: MIT
// The file that convert and merge write.
#pragma once

#include <string>

#include "weightport/checkpoint.h"

struct OutputOptions {
  std::string file;
  std::string format;      // "" = by the file's ending
  std::string shard_size;  // "500MB"; "" = the default
  std::string mode;        // octal; "" = the default
  bool no_fsync = false;
};

class Output {
 public:
  // Throws WrongUsage.
  explicit Output(const OutputOptions &options);

  // Whether the format keeps more than one state_dict.
  bool holds_any_tree() const;
  // Shows progress under the label. Throws Failure.
  void save(const wp_checkpoint *checkpoint, const std::string &label) const;

 private:
  std::string file_;
  wp_save_options save_ = WP_SAVE_OPTIONS_INIT;
};
