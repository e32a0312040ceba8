// SPDX-License-Identifier: MIT
#include "diff.hpp"

#include <algorithm>
#include <cmath>

#include "input.hpp"
#include "interrupt.hpp"
#include "print.hpp"
#include "progress.hpp"
#include "report_text.hpp"
#include "text.hpp"

namespace {

constexpr wp_finding kFindings[] = {WP_FINDING_MISSING, WP_FINDING_ADDED, WP_FINDING_CHANGED};

const char *finding_name(wp_finding finding) {
  return finding == WP_FINDING_MISSING ? "missing" : finding == WP_FINDING_ADDED ? "added" : "changed";
}

// What is compared: the file, or the part of it at a key.
CheckpointHandle part_of(const Input &input, const std::string &key) {
  if (key.empty()) return CheckpointHandle(wp_checkpoint_retain(input.checkpoint()));
  wp_checkpoint *part;
  check(wp_checkpoint_create(&part));
  CheckpointHandle owner(part);
  check(wp_checkpoint_set_root(part, input.value(key)));
  return owner;
}

ReportHandle compare(const DiffOptions &options) {
  Input a(options.a, interrupt_token()), b(options.b, interrupt_token());
  CheckpointHandle left = part_of(a, options.keys.empty() ? "" : options.keys.front());
  CheckpointHandle right = part_of(b, options.keys.empty() ? "" : options.keys.back());
  Progress progress("diff");
  wp_diff_options how = WP_DIFF_OPTIONS_INIT;
  how.rtol = options.rtol;
  how.atol = options.atol;
  how.cancel = interrupt_token();
  how.progress = Progress::report;
  how.progress_user = &progress;
  wp_report *report;
  check(wp_checkpoint_diff(&report, left.get(), right.get(), &how));
  return ReportHandle(report);
}

class Differences {
 public:
  Differences(const wp_report *report, size_t max) : report_(report), shown_(std::min(max, wp_report_size(report))) {}

  std::string text() const {
    std::string out;
    for (size_t i = 0; i < shown_; ++i) {
      std::string name = finding_name(wp_report_finding(report_, i));
      out += name + std::string(9 - name.size(), ' ');
      append_finding(out, wp_report_key(report_, i), wp_report_message(report_, i));
    }
    if (!wp_report_size(report_)) return out;
    for (wp_finding finding : kFindings) {
      out += grouped(count(finding)) + " " + finding_name(finding) + (finding == WP_FINDING_CHANGED ? "\n" : ", ");
    }
    return out;
  }

  std::string json(const DiffOptions &options) const {
    std::string out = "{\"a\":";
    append_json(out, options.a);
    out += ",\"b\":";
    append_json(out, options.b);
    for (wp_finding finding : kFindings)
      out += std::string(",\"") + finding_name(finding) + "\":" + std::to_string(count(finding));
    out += ",\n\"findings\":[";
    for (size_t i = 0; i < shown_; ++i) {
      out += std::string(i ? ",\n" : "\n") + "{\"finding\":\"" + finding_name(wp_report_finding(report_, i)) + "\",";
      append_finding_json(out, wp_report_key(report_, i), wp_report_message(report_, i));
      out += ",\"difference\":" + difference(i) + "}";
    }
    return out + "]}\n";
  }

 private:
  size_t count(wp_finding finding) const {
    size_t count = 0;
    for (size_t i = 0; i < wp_report_size(report_); ++i) count += wp_report_finding(report_, i) == finding;
    return count;
  }

  std::string difference(size_t index) const {
    double number = wp_report_difference(report_, index);
    if (std::isnan(number)) return "null";
    return std::isinf(number) ? "\"inf\"" : float_text(number);
  }

  const wp_report *report_;
  size_t shown_;
};

}  // namespace

std::string diff_json(const DiffOptions &options) {
  ReportHandle report = compare(options);
  return Differences(report.get(), options.max).json(options);
}

bool diff(const DiffOptions &options) {
  if (options.keys.size() > 2) throw WrongUsage("--key: one for both files, or one for each");
  for (double tolerance : {options.rtol, options.atol}) {
    if (!(tolerance >= 0)) throw WrongUsage("--rtol and --atol are 0 or more");
  }
  ReportHandle report = compare(options);
  Differences differences(report.get(), options.max);
  print(options.json ? differences.json(options) : differences.text());
  return wp_report_size(report.get()) == 0;
}
