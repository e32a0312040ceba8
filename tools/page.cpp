// SPDX-License-Identifier: MIT
#include "page.hpp"

#include <filesystem>
#include <span>
#include <system_error>

#include "base/error.hpp"
#include "diff.hpp"
#include "input.hpp"
#include "interrupt.hpp"
#include "io/sink.hpp"
#include "print.hpp"
#include "text.hpp"

namespace {

// Inside <script> nothing may end it, or be taken for the end of a line.
std::string for_script(const std::string &json) {
  std::string out;
  out.reserve(json.size());
  for (size_t i = 0; i < json.size(); ++i) {
    if (json[i] == '<') {
      out += "\\u003c";
    } else if (json.compare(i, 3, "\u2028") == 0 || json.compare(i, 3, "\u2029") == 0) {
      out += json[i + 2] == '\xa8' ? "\\u2028" : "\\u2029";
      i += 2;
    } else {
      out += json[i];
    }
  }
  return out;
}

std::string data_of(const InspectOptions &options) {
  std::string out = std::string("{\"version\":\"") + wp_version() + "\",\"files\":[";
  for (const std::string &file : options.files) {
    Input input(file, interrupt_token());
    TreeWalk walk;
    if (!options.key.empty()) walk.select(input.value(options.key), options.key);
    out += &file == options.files.data() ? "\n" : ",\n";
    input.naming([&] { out += page_data(file, input.checkpoint(), walk); });
  }
  out += "]";
  if (options.files.size() == 2) {
    DiffOptions diff;
    diff.a = options.files[0];
    diff.b = options.files[1];
    if (!options.key.empty()) diff.keys = {options.key};
    out += ",\n\"diff\":" + diff_json(diff);
  }
  return out + "}";
}

// A page that was there is replaced in one step.
void write(const std::string &path, const std::string &text) try {
  weightport::FileSinkOptions options;
  options.durable = false;
  auto sink = weightport::file_sink(path.c_str(), options);
  sink->write(std::as_bytes(std::span(text)));
  sink->finish();
} catch (const weightport::Error &e) {
  throw Failure(e.line());
}

}  // namespace

void inspect_html(const InspectOptions &options) {
  if (options.json || options.globals || options.checksum) throw WrongUsage("--html is alone, or with --key");
  for (const std::string &file : options.files) {
    std::error_code error;
    if (std::filesystem::equivalent(file, options.html, error)) throw WrongUsage("--html would replace " + file);
  }
  std::string page = kPageStart + for_script(data_of(options)) + kPageEnd;
  if (options.html == "-") return print(page);
  write(options.html, page);
}
