// SPDX-License-Identifier: MIT
// An opened file: its tree of values, and what else its format says.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
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
  // Of nothing but an empty dict.
  Checkpoint();
  Checkpoint(Document document, const Limits &limits);

  const Document &document() const noexcept { return document_; }
  // Paths, by the rules of wp_value_at(), of every state_dict: "" for the root.
  // Searched for when first asked. Valid until the next edit. Throws LIMIT.
  const std::vector<std::string> &state_dict_keys() const;
  // A null key means the only one. Throws NOT_FOUND, MISMATCH.
  Ref<StateDict> state_dict(const char *key) const;

  // See wp_checkpoint_set_root() and its kin. A null key is the root, a null text removes.
  void set_root(const Node &value);
  void set(std::string_view key, const Node &value);
  void set_state_dict(const char *key, const StateDict &state_dict);
  void set_metadata(std::string_view key, const char *text);

 private:
  Document document_;
  Limits limits_;
  // Found anew when the values were edited, which callers do without asking the checkpoint.
  mutable std::mutex keys_mutex_;
  mutable std::optional<uint64_t> keys_edit_;  // none: never yet
  mutable std::vector<std::string> state_dict_keys_;
  mutable std::optional<Error> keys_failure_;  // of the search, which may have taken long
};

// Finds out the format and reads the directory and the values. Names the source in every error.
Ref<Checkpoint> open_checkpoint(Ref<Source> source, const OpenOptions &options, Operation &operation);
// Of a file, or of an index and the shards beside it.
Ref<Checkpoint> open_checkpoint(const char *path, const OpenOptions &options, Operation &operation);

}  // namespace weightport
