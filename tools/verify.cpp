// SPDX-License-Identifier: MIT
#include "verify.hpp"

#include <string_view>

#include "input.hpp"
#include "interrupt.hpp"
#include "print.hpp"
#include "progress.hpp"
#include "report_text.hpp"
#include "text.hpp"

namespace {

struct Finding {
  std::string key;
  std::string message;
};

struct Verified {
  std::string file;
  wp_format format = WP_FORMAT_UNKNOWN;
  std::vector<Finding> findings;
};

void check_opened(Verified &out, const Input &input) {
  Progress progress("verify");
  wp_open_options options = WP_OPEN_OPTIONS_INIT;
  options.cancel = interrupt_token();
  options.progress = Progress::report;
  options.progress_user = &progress;
  wp_report *report;
  check(wp_checkpoint_verify(&report, input.checkpoint(), &options));
  ReportHandle owner(report);
  for (size_t i = 0; i < wp_report_size(report); ++i) {
    out.findings.push_back({wp_report_key(report, i), wp_report_message(report, i)});
  }
}

Verified verify_file(const std::string &file) {
  Verified out{file, WP_FORMAT_UNKNOWN, {}};
  try {
    Input input(file, interrupt_token());
    out.format = wp_checkpoint_format(input.checkpoint());
    check_opened(out, input);
  } catch (const Failure &e) {
    if (e.code == WP_ERROR_CANCELLED || e.code == WP_ERROR_OUT_OF_MEMORY) throw;
    out.findings.push_back({"", e.what()});
  }
  return out;
}

std::string text_of(const Verified &verified) {
  std::string out, file;
  append_escaped(file, verified.file);
  if (verified.findings.empty()) return file + ": ok\n";
  for (const auto &[key, message] : verified.findings) {
    std::string_view rest = message;
    if (rest.starts_with(verified.file + ": ")) rest.remove_prefix(verified.file.size() + 2);
    out += file + ": ";
    append_finding(out, key, rest);
  }
  return out;
}

std::string json_of(const Verified &verified) {
  std::string out = "{\"file\":";
  append_json(out, verified.file);
  out += std::string(",\"format\":\"") + wp_format_name(verified.format) + "\",\"findings\":[";
  for (size_t i = 0; i < verified.findings.size(); ++i) {
    out += i ? ",\n{" : "\n{";
    append_finding_json(out, verified.findings[i].key, verified.findings[i].message);
    out += '}';
  }
  return out + "]}";
}

}  // namespace

bool verify(const VerifyOptions &options) {
  bool well = true;
  std::string json;
  for (const auto &file : options.files) {
    Verified verified = verify_file(file);
    well &= verified.findings.empty();
    if (options.json) {
      json += (json.empty() ? "\n" : ",\n") + json_of(verified);
    } else {
      print(text_of(verified));
    }
  }
  if (options.json) print("{\"files\":[" + json + "]}\n");
  return well;
}
