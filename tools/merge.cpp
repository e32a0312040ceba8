// SPDX-License-Identifier: MIT
#include "merge.hpp"

#include <map>

#include "input.hpp"
#include "interrupt.hpp"
#include "state_dict_file.hpp"

namespace {

class Merge {
 public:
  explicit Merge(bool overwrite) : overwrite_(overwrite), weights_(new_state_dict()) {}

  const wp_state_dict *weights() const { return weights_.get(); }

  void add(const Input &input, const wp_state_dict *from, const std::string &prefix) {
    for (size_t i = 0; i < wp_state_dict_size(from); ++i) {
      std::string name = prefix + name_at(from, i);
      auto [owner, is_new] = owners_.try_emplace(name, &input.file());
      if (!is_new && !overwrite_) {
        throw Failure("\"" + name + "\" is in both " + *owner->second + " and " + input.file() +
                      ": --overwrite takes the last");
      }
      owner->second = &input.file();
      check(wp_state_dict_set(weights_.get(), name.c_str(), wp_state_dict_tensor_at(from, i)));
    }
  }

 private:
  bool overwrite_;
  StateDictHandle weights_;
  std::map<std::string, const std::string *> owners_;  // the file each name comes from
};

}  // namespace

void merge(const MergeOptions &options) {
  if (options.files.size() < 2) throw WrongUsage("OUT is required");
  OutputOptions out = options.output;
  out.file = options.files.back();
  Output output(out);
  size_t count = options.files.size() - 1;
  if (!options.prefixes.empty() && options.prefixes.size() != count) {
    throw WrongUsage("--prefix: give it once for each IN, or not at all");
  }
  std::vector<Input> inputs;
  inputs.reserve(count);
  Merge merged(options.overwrite);
  for (size_t i = 0; i < count; ++i) {
    const auto &input = inputs.emplace_back(options.files[i], interrupt_token());
    StateDictHandle weights = input.weights(options.key);
    merged.add(input, weights.get(), options.prefixes.empty() ? "" : options.prefixes[i]);
  }
  StateDictFile file(merged.weights());
  for (size_t i = 0; i < count; ++i) {
    auto prefixed = [&](const std::string &name) { return options.prefixes.empty() ? name : options.prefixes[i] + name; };
    file.add_metadata(inputs[i]);
    file.add_versions(inputs[i], options.key, prefixed);
    file.add_extra_states(inputs[i], options.key, prefixed);
  }
  output.save(file.checkpoint(), "merge");
}
