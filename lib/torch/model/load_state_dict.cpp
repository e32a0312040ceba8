// SPDX-License-Identifier: MIT
#include "model/load_state_dict.hpp"

#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "exchange/backend_tag.hpp"
#include "exchange/fail.hpp"

namespace weightport::libtorch {
namespace {

// How many keys an error names of each sort.
constexpr size_t kNamed = 20;

std::string renamed(std::string key, const LoadStateDictOptions &options) {
  if (key.starts_with(options.strip_prefix)) key.erase(0, options.strip_prefix.size());
  for (const auto &[from, to] : options.rename) {
    bool is_path = key.starts_with(from) && (key.size() == from.size() || key[from.size()] == '.');
    if (is_path) return to + key.substr(from.size());
  }
  return key;
}

std::string shape_text(const int64_t *shape, size_t ndim) {
  std::string text = "[";
  for (size_t i = 0; i < ndim; i++) append(text, concat(i ? ", " : "", shape[i]));
  return text + "]";
}

struct Match {
  StateEntry *entry;
  const wp_tensor *source;
};

// Pairs the keys of the state_dict with the model's.
class Matching {
 public:
  Matching(std::vector<StateEntry> &entries, const StateDict &state_dict, const LoadStateDictOptions &options) {
    std::unordered_map<std::string, const wp_tensor *> given;
    std::vector<std::string> order;
    for (const auto &[name, tensor] : state_dict) {
      std::string key = renamed(name, options);
      // The state_dict keeps its tensors while it is read here.
      if (!given.emplace(key, tensor.get()).second) fail_at(key, WP_ERROR_MISMATCH, "two keys of the state_dict become one");
      order.push_back(std::move(key));
    }
    std::vector<KeyFinding> mismatched;
    for (StateEntry &entry : entries) {
      auto found = given.find(entry.name);
      if (found == given.end() && entry.is_batch_count) {
        matches_.push_back({&entry, own_.emplace_back(Tensor::create(WP_DTYPE_INT64, {})).get()});
      } else if (found == given.end()) {
        findings_.push_back({WP_FINDING_MISSING, entry.name, "missing in the state_dict"});
      } else if (same_shape(entry.tensor, found->second)) {
        matches_.push_back({&entry, found->second});
      } else if (is_number_of_old(entry.tensor, found->second)) {
        wp_tensor *number;
        check(wp_tensor_view(&number, found->second, wp_tensor_storage_offset(found->second), nullptr, nullptr, 0));
        matches_.push_back({&entry, own_.emplace_back(number).get()});
      } else {
        mismatched.push_back({WP_FINDING_MISMATCHED, entry.name, mismatch(entry.tensor, found->second)});
      }
    }
    std::unordered_set<std::string_view> known;
    for (const StateEntry &entry : entries) known.insert(entry.name);
    for (const std::string &key : order) {
      if (!known.count(key)) findings_.push_back({WP_FINDING_UNEXPECTED, key, "not in the model"});
    }
    findings_.insert(findings_.end(), mismatched.begin(), mismatched.end());
  }

  const std::vector<Match> &matches() const noexcept { return matches_; }
  std::vector<KeyFinding> &findings() noexcept { return findings_; }

 private:
  static bool same_shape(const at::Tensor &tensor, const wp_tensor *source) {
    return tensor.sizes() == at::IntArrayRef(wp_tensor_shape(source), wp_tensor_ndim(source));
  }
  // What has no dimensions now had one in PyTorch before 0.4.
  static bool is_number_of_old(const at::Tensor &tensor, const wp_tensor *source) {
    return tensor.dim() == 0 && wp_tensor_ndim(source) == 1 && wp_tensor_numel(source) == 1 && wp_tensor_storage_id(source) &&
           wp_tensor_qscheme(source) == WP_QSCHEME_NONE;
  }
  static std::string mismatch(const at::Tensor &tensor, const wp_tensor *source) {
    return concat("shape ", shape_text(wp_tensor_shape(source), wp_tensor_ndim(source)), " in the state_dict, ",
                  shape_text(tensor.sizes().data(), tensor.sizes().size()), " in the model");
  }

  std::vector<Match> matches_;
  std::vector<Tensor> own_;  // sources that are not in the state_dict as they are
  std::vector<KeyFinding> findings_;
};

void append_keys(std::string &text, const std::vector<KeyFinding> &findings, wp_finding kind, std::string_view what) {
  size_t count = 0;
  for (const KeyFinding &finding : findings) {
    if (finding.kind != kind || ++count > kNamed) continue;
    append(text, concat(count == 1 ? text.empty() ? "" : "; " : ", ", count == 1 ? what : "", finding.key));
    if (kind == WP_FINDING_MISMATCHED) append(text, concat(" (", finding.message, ")"));
  }
  if (count > kNamed) append(text, concat(" and ", count - kNamed, " more"));
}

void refuse_what_is_not_allowed(const std::vector<KeyFinding> &findings, const LoadStateDictOptions &options) {
  std::string text;
  if (options.strict) {
    append_keys(text, findings, WP_FINDING_MISSING, "missing keys: ");
    append_keys(text, findings, WP_FINDING_UNEXPECTED, "unexpected keys: ");
  }
  if (!options.ignore_mismatched) append_keys(text, findings, WP_FINDING_MISMATCHED, "mismatched keys: ");
  if (!text.empty()) fail(WP_ERROR_MISMATCH, "the state_dict does not fit the model: ", text);
}

// The parameter becomes the tensor itself; it stays a leaf that requires a gradient as before.
void assign(at::Tensor &target, const at::Tensor &source) {
  bool requires_grad = target.requires_grad();
  target.set_requires_grad(false);
  replace_data(target, source.detach());
  target.set_requires_grad(requires_grad && (source.is_floating_point() || source.is_complex()));
}

// Whether a plain copy of the bytes will do, which the library reads from the file: that costs less than faulting in a mapping.
// Throws what getting at the bytes throws.
bool has_same_bytes(const at::Tensor &target, const wp_tensor *source) {
  bool alike = target.is_cpu() && target.layout() == at::kStrided && target.is_contiguous() && !target.is_quantized() &&
               !target.is_conj() && !target.is_neg() && !wp_tensor_backend(source, &kBackendTag) &&
               wp_tensor_storage_id(source) && wp_tensor_is_contiguous(source) &&
               wp_tensor_qscheme(source) == WP_QSCHEME_NONE && to_scalar_type(wp_tensor_dtype(source)) == target.scalar_type();
  if (!alike) return false;
  const void *bytes;
  check(wp_tensor_data(&bytes, source));
  const char *a = static_cast<const char *>(target.data_ptr()), *b = static_cast<const char *>(bytes);
  return a + target.nbytes() <= b || b + target.nbytes() <= a;
}

void copy_bytes(const at::Tensor &target, const wp_tensor *source) {
  check(wp_tensor_read(source, target.data_ptr(), target.nbytes(), wp_tensor_dtype(source)));
  target.unsafeGetTensorImpl()->bump_version();
}

}  // namespace

std::vector<KeyFinding> load_state_dict(Model &model, const StateDict &state_dict, const LoadStateDictOptions &options) {
  std::vector<StateEntry> entries = model.state();
  Matching matching(entries, state_dict, options);
  // A dry run is asked for what it finds.
  if (options.dry_run) return std::move(matching.findings());
  refuse_what_is_not_allowed(matching.findings(), options);
  at::NoGradGuard no_grad;
  TensorImporter import;
  std::vector<at::Tensor> sources;  // undefined where bytes are copied
  for (const Match &match : matching.matches()) {
    // libtorch would copy nothing, and say nothing.
    if (!options.assign && match.entry->tensor.is_meta()) {
      fail(WP_ERROR_MISMATCH, "\"", match.entry->name,
           "\" of the model is on the meta device, which holds no numbers: load with assign");
    }
    bool bytes = !options.assign && has_same_bytes(match.entry->tensor, match.source);
    sources.push_back(bytes ? at::Tensor() : import(match.source));
  }
  for (size_t i = 0; i < sources.size(); i++) {
    const Match &match = matching.matches()[i];
    if (options.assign) {
      assign(match.entry->tensor, sources[i]);
    } else if (sources[i].defined()) {
      match.entry->tensor.copy_(sources[i]);
    } else {
      copy_bytes(match.entry->tensor, match.source);
    }
  }
  return std::move(matching.findings());
}

}  // namespace weightport::libtorch
