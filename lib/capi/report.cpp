// SPDX-License-Identifier: MIT
#include <limits>

#include "capi/boundary.hpp"
#include "checkpoint/diff.hpp"
#include "checkpoint/verify.hpp"
#include "weightport/checkpoint.h"

using namespace weightport;

namespace {

const Finding *finding_at(const wp_report *report, size_t index) noexcept {
  return report && index < unwrap(report)->findings().size() ? &unwrap(report)->findings()[index] : nullptr;
}

}  // namespace

extern "C" {

wp_error *wp_checkpoint_verify(wp_report **out, const wp_checkpoint *checkpoint, const wp_open_options *options) {
  if (out) *out = nullptr;
  WP_GUARD_BEGIN
  require(out, "out is NULL");
  require(checkpoint, "checkpoint is NULL");
  Operation operation = operation_of(options, Limits::from(member_or(options, &wp_open_options::limits, nullptr)));
  *out = give(verify_checkpoint(*unwrap(checkpoint), operation));
  WP_GUARD_END
}

wp_error *wp_checkpoint_diff(wp_report **out, const wp_checkpoint *a, const wp_checkpoint *b, const wp_diff_options *options) {
  if (out) *out = nullptr;
  WP_GUARD_BEGIN
  require(out, "out is NULL");
  require(a && b, "a or b is NULL");
  Tolerance tolerance{member_or(options, &wp_diff_options::rtol, 0), member_or(options, &wp_diff_options::atol, 0)};
  require(tolerance.rtol >= 0 && tolerance.atol >= 0, "wp_diff_options.rtol or atol is negative or NaN");
  Operation operation = operation_of(options, Limits());
  *out = give(diff_values(*unwrap(a)->document().root, *unwrap(b)->document().root, tolerance, operation));
  WP_GUARD_END
}

wp_error *wp_report_create(wp_report **out) {
  if (out) *out = nullptr;
  WP_GUARD_BEGIN
  require(out, "out is NULL");
  *out = give(make_ref<Report>());
  WP_GUARD_END
}

wp_error *wp_report_add(wp_report *report, wp_finding finding, const char *key, const char *message, double difference) {
  WP_GUARD_BEGIN
  require(report, "report is NULL");
  require(finding >= WP_FINDING_CORRUPT && finding <= WP_FINDING_MISMATCHED, "no finding has this number");
  unwrap(report)->add({finding, key ? key : "", message ? message : "", difference});
  WP_GUARD_END
}

wp_report *wp_report_retain(const wp_report *report) {
  if (report) unwrap(report)->retain();
  return const_cast<wp_report *>(report);
}

void wp_report_release(wp_report *report) {
  if (report) unwrap(report)->release();
}

size_t wp_report_size(const wp_report *report) { return report ? unwrap(report)->findings().size() : 0; }

wp_finding wp_report_finding(const wp_report *report, size_t index) {
  const Finding *finding = finding_at(report, index);
  return finding ? finding->kind : 0;
}

const char *wp_report_key(const wp_report *report, size_t index) {
  const Finding *finding = finding_at(report, index);
  return finding ? finding->key.c_str() : nullptr;
}

const char *wp_report_message(const wp_report *report, size_t index) {
  const Finding *finding = finding_at(report, index);
  return finding ? finding->message.c_str() : nullptr;
}

double wp_report_difference(const wp_report *report, size_t index) {
  const Finding *finding = finding_at(report, index);
  return finding ? finding->difference : std::numeric_limits<double>::quiet_NaN();
}

}  // extern "C"
