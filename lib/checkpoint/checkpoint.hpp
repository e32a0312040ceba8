// SPDX-License-Identifier: MIT
// An opened file: its tree of values, and what else its format says.
#pragma once

#include <string>
#include <vector>

#include "base/operation.hpp"
#include "base/ref.hpp"
#include "format/document.hpp"
#include "io/source.hpp"
#include "value/state_dict.hpp"
#include "weightport/checkpoint.h"

namespace weightport {

struct OpenOptions {
  wp_memory memory = WP_MEMORY_MAP;
  uint32_t threads = 0;
  bool verify_checksums = false;
};

class Checkpoint : public RefCounted {
 public:
  Checkpoint(Document document, const Limits &limits);

  const Document &document() const noexcept { return document_; }
  // Paths, by the rules of wp_value_at(), of every state_dict: "" for the root.
  const std::vector<std::string> &state_dict_keys() const noexcept { return state_dict_keys_; }
  // A null key means the only one. Throws NOT_FOUND, MISMATCH.
  Ref<StateDict> state_dict(const char *key) const;

 private:
  Document document_;
  Limits limits_;
  std::vector<std::string> state_dict_keys_;
};

// Finds out the format and reads the directory and the values. Names the source in every error.
Ref<Checkpoint> open_checkpoint(Ref<Source> source, const OpenOptions &options, Operation &operation);

}  // namespace weightport
