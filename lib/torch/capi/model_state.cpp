// SPDX-License-Identifier: MIT
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "capi/handle.hpp"
#include "model/archive_sink.hpp"
#include "model/load_state_dict.hpp"
#include "model/save.hpp"
#include "weightport/torch/model.h"

using namespace weightport;
using namespace weightport::libtorch;

namespace {

wp_state_dict *give_state(const std::vector<StateEntry> &entries, bool detach) {
  StateDict made = StateDict::create();
  TensorExporter give;
  for (const StateEntry &entry : entries) {
    made.set(entry.name, give(detach ? entry.tensor.detach() : entry.tensor));
  }
  return made.detach();
}

LoadStateDictOptions load_options(const wp_load_state_dict_options *from) {
  using Options = wp_load_state_dict_options;
  LoadStateDictOptions made;
  made.strict = member_or(from, &Options::strict, made.strict);
  made.assign = member_or(from, &Options::assign, made.assign);
  made.ignore_mismatched = member_or(from, &Options::ignore_mismatched, made.ignore_mismatched);
  made.dry_run = member_or(from, &Options::dry_run, made.dry_run);
  if (const char *prefix = member_or(from, &Options::strip_prefix, nullptr)) made.strip_prefix = prefix;
  size_t count = member_or(from, &Options::rename_count, 0);
  for (size_t i = 0; i < count; i++) {
    require(from->rename_from && from->rename_to && from->rename_from[i] && from->rename_to[i], "a name to rename is NULL");
    made.rename.emplace_back(from->rename_from[i], from->rename_to[i]);
  }
  return made;
}

// Owned until it is given to the caller.
struct ReportHolder {
  wp_report *report = nullptr;
  ~ReportHolder() { wp_report_release(report); }
};

void save_to(const wp_model *model, ArchiveSink &sink, const wp_save_options *options) {
  const wp_cancel *cancel = member_or(options, &wp_save_options::cancel, nullptr);
  write_archive(*unwrap(model), [&](std::span<const std::byte> bytes) {
    if (cancel && wp_cancel_requested(cancel)) fail(WP_ERROR_CANCELLED, "the save was cancelled");
    sink.write(bytes);
  });
  sink.finish();
}

}  // namespace

extern "C" {

wp_error *wp_model_state_dict(wp_state_dict **out, const wp_model *model) {
  if (out) *out = nullptr;
  WP_GUARD_BEGIN
  require(out && model, "out or model is NULL");
  *out = give_state(unwrap(model)->state(), /*detach=*/true);
  WP_GUARD_END
}

wp_error *wp_model_named_parameters(wp_state_dict **out, const wp_model *model) {
  if (out) *out = nullptr;
  WP_GUARD_BEGIN
  require(out && model, "out or model is NULL");
  *out = give_state(unwrap(model)->named(/*parameters=*/true), /*detach=*/false);
  WP_GUARD_END
}

wp_error *wp_model_named_buffers(wp_state_dict **out, const wp_model *model) {
  if (out) *out = nullptr;
  WP_GUARD_BEGIN
  require(out && model, "out or model is NULL");
  *out = give_state(unwrap(model)->named(/*parameters=*/false), /*detach=*/false);
  WP_GUARD_END
}

uint64_t wp_model_parameter_count(const wp_model *model) {
  if (!model) return 0;
  try {
    uint64_t count = 0;
    for (const StateEntry &entry : unwrap(model)->named(/*parameters=*/true)) {
      count += static_cast<uint64_t>(entry.tensor.numel());
    }
    return count;
  } catch (...) {
    return 0;
  }
}

wp_error *wp_model_load_state_dict(wp_report **report, wp_model *model, const wp_state_dict *state_dict,
                                   const wp_load_state_dict_options *options) {
  if (report) *report = nullptr;
  WP_GUARD_BEGIN
  require(model && state_dict, "model or state_dict is NULL");
  ReportHolder made;
  if (report) check(wp_report_create(&made.report));
  for (const KeyFinding &finding : load_state_dict(*unwrap(model), StateDict::retain(state_dict), load_options(options))) {
    if (report) {
      check(wp_report_add(made.report, finding.kind, finding.key.c_str(), finding.message.c_str(),
                          std::numeric_limits<double>::quiet_NaN()));
    }
  }
  if (report) *report = std::exchange(made.report, nullptr);
  WP_GUARD_END
}

wp_error *wp_model_set_requires_grad(size_t *changed, wp_model *model, const char *pattern, bool on) {
  if (changed) *changed = 0;
  WP_GUARD_BEGIN
  require(model, "model is NULL");
  size_t count = unwrap(model)->set_requires_grad(pattern ? pattern : "*", on);
  if (changed) *changed = count;
  WP_GUARD_END
}

wp_error *wp_model_to(wp_model *model, const char *device, wp_dtype dtype) {
  WP_GUARD_BEGIN
  require(model, "model is NULL");
  std::optional<at::Device> to_device_or_none;
  std::optional<at::ScalarType> to_dtype;
  if (device) to_device_or_none = to_device(device);
  if (dtype != WP_DTYPE_UNDEFINED) {
    to_dtype = to_scalar_type(dtype);
    require(at::isFloatingType(*to_dtype) || at::isComplexType(*to_dtype), "dtype is no floating-point dtype");
  }
  unwrap(model)->to(to_device_or_none, to_dtype);
  WP_GUARD_END
}

wp_error *wp_model_zero_grad(wp_model *model) {
  WP_GUARD_BEGIN
  require(model, "model is NULL");
  unwrap(model)->zero_grad();
  WP_GUARD_END
}

wp_error *wp_model_save(const wp_model *model, const char *path, const wp_save_options *options) {
  WP_GUARD_BEGIN
  require(model && path, "model or path is NULL");
  uint32_t mode = member_or(options, &wp_save_options::mode, 0);
  require(mode <= 0777, "wp_save_options.mode is over 0777");
  ArchiveSink sink(path, mode, member_or(options, &wp_save_options::durable, true));
  save_to(model, sink, options);
  WP_GUARD_END
}

wp_error *wp_model_save_sink(const wp_model *model, const wp_sink *sink, const wp_save_options *options) {
  WP_GUARD_BEGIN
  require(sink && has_member(*sink, &wp_sink::write) && sink->write,
          "sink or its write is NULL, or its struct_size is not set");
  ArchiveSink to(known_members(*sink));
  require(model, "model is NULL");
  save_to(model, to, options);
  WP_GUARD_END
}

}  // extern "C"
