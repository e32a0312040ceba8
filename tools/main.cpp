// SPDX-License-Identifier: MIT
// The weightport command.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <string>

#include "inspect.hpp"
#include "text.hpp"
#include "weightport/version.h"

namespace {

constexpr int kFailed = 1;
constexpr int kWrongUsage = 2;

int fail(std::string_view message) {
  std::string line = "weightport: ";
  append_escaped(line, message);
  std::fprintf(stderr, "%s\n", line.c_str());
  return kFailed;
}

int print(const std::string &text) {
  bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
  return written ? 0 : fail("cannot write the output");
}

void add_inspect(CLI::App &app, InspectOptions &options) {
  CLI::App *inspect = app.add_subcommand("inspect", "Show what a file holds: tensors, other values, objects");
  inspect->add_option("FILE", options.file, "What torch.save, torch.jit.save or safetensors wrote")->required();
  inspect->add_flag("--json", options.json, "Print JSON for other programs");
  inspect->add_flag("--checksum", options.checksum, "Read every tensor and show the CRC-32 of its elements");
  inspect->add_flag("--globals", options.globals,
                    "List the classes and functions that the file names: allowed by torch.load(weights_only=True), or foreign");
  inspect->add_option("--key", options.key, "Show only the value at this path: \"optimizer.param_groups.0\", say");
}

}  // namespace

int main(int argc, char **argv) {
  CLI::App app("PyTorch weights without PyTorch", "weightport");
  InspectOptions options;
  app.set_version_flag("--version", std::string("weightport ") + wp_version());
  app.require_subcommand(1);
  add_inspect(app, options);
  try {
    app.parse(argc, argv);
    return print(inspect(options));
  } catch (const CLI::ParseError &e) {
    return app.exit(e) == 0 ? 0 : kWrongUsage;
  } catch (const std::bad_alloc &) {
    return fail("out of memory");
  } catch (const std::exception &e) {
    return fail(e.what());
  }
}
