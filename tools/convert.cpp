// SPDX-License-Identifier: MIT
#include "convert.hpp"

#include <map>

#include "cast.hpp"
#include "input.hpp"
#include "interrupt.hpp"
#include "state_dict_file.hpp"

namespace {

class Conversion {
 public:
  explicit Conversion(const ConvertOptions &options) : options_(options), output_(options.output), rules_(options.names) {
    if (!options.dtype.empty()) cast_.emplace(options.dtype);
  }

  void run() {
    Input input(options_.file, interrupt_token());
    if (keeps_tree(input)) return output_.save(input.checkpoint(), "convert");
    StateDictHandle weights = input.weights(options_.key);
    if (rules_.select() || rules_.rename() || cast_) weights = input.naming([&] { return changed(weights.get()); });
    StateDictFile file(weights.get());
    file.add_metadata(input);
    file.add_versions(input, options_.key, [&](const std::string &path) { return rules_.renamed(path); });
    file.add_extra_states(input, options_.key, [&](const std::string &name) { return rules_.apply(name); });
    save(file.checkpoint());
  }

 private:
  // TorchScript's objects mean nothing to torch.load.
  bool keeps_tree(const Input &input) const {
    bool only_weights = options_.key || rules_.select() || rules_.rename() || cast_;
    return !only_weights && output_.holds_any_tree() && wp_checkpoint_format(input.checkpoint()) != WP_FORMAT_TORCHSCRIPT;
  }

  StateDictHandle changed(const wp_state_dict *weights) {
    StateDictHandle out = new_state_dict();
    std::map<std::string, std::string> old_names;
    for (size_t i = 0; i < wp_state_dict_size(weights); ++i) {
      std::string old_name = name_at(weights, i);
      auto name = rules_.apply(old_name);
      if (!name) continue;
      auto [other, is_new] = old_names.try_emplace(*name, old_name);
      if (!is_new) throw Failure("--rename makes \"" + *name + "\" of both \"" + other->second + "\" and \"" + old_name + "\"");
      add(out.get(), *name, wp_state_dict_tensor_at(weights, i));
    }
    if (!wp_state_dict_size(out.get()) && wp_state_dict_size(weights)) throw Failure("--include and --exclude leave no tensor");
    return out;
  }

  void add(wp_state_dict *out, const std::string &name, const wp_tensor *tensor) {
    if (!cast_) return check(wp_state_dict_set(out, name.c_str(), tensor));
    try {
      TensorHandle converted = (*cast_)(tensor);
      check(wp_state_dict_set(out, name.c_str(), converted.get()));
    } catch (const Failure &e) {
      throw Failure("\"" + name + "\": " + e.what(), e.code);
    }
  }

  void save(const wp_checkpoint *checkpoint) {
    try {
      output_.save(checkpoint, "convert");
    } catch (const Failure &e) {
      if (e.code == WP_ERROR_CALLBACK && cast_ && !cast_->failure().empty()) throw Failure(cast_->failure());
      throw;
    }
  }

  const ConvertOptions &options_;
  Output output_;
  NameRules rules_;
  std::optional<Cast> cast_;
};

}  // namespace

void convert(const ConvertOptions &options) { Conversion(options).run(); }
