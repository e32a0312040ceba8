// SPDX-License-Identifier: MIT
// The weightport command.
#include <cstdio>
#include <exception>
#include <new>
#include <string>
#include <string_view>

#include "commands.hpp"
#include "handles.hpp"
#include "interrupt.hpp"
#include "system.hpp"
#include "text.hpp"
#include "weightport/version.h"

namespace {

constexpr int kFailed = 1;
constexpr int kWrongUsage = 2;

void complain(std::string_view message) {
  std::string line = "weightport: ";
  append_escaped(line, message);
  std::fprintf(stderr, "%s\n", line.c_str());
}

int run(const Command &command) {
  try {
    return command.run();
  } catch (const WrongUsage &) {
    throw;  // it is no failure of the command
  } catch (const Failure &e) {
    complain(e.code == WP_ERROR_CANCELLED ? "interrupted" : e.what());
  } catch (const std::bad_alloc &) {
    complain("out of memory");
  } catch (const std::exception &e) {
    complain(e.what());
  }
  return command.failed;
}

int run(int argc, char **argv) {
  CLI::App app("Show, convert, check and compare PyTorch weight files without PyTorch", "weightport");
  app.footer("`weightport COMMAND --help` says more of each; all is in weightport(1).\n"
             "To begin: weightport inspect model.pt");
  app.set_version_flag("--version", std::string("weightport ") + wp_version());
  app.require_subcommand(1);
  auto commands = add_commands(app);
  try {
    // CLI11 would only say that there is no command.
    if (argc > 1 && *argv[1] != '-') find_command(app, argv[1]);
    app.parse(argc, argv);
    for (const auto &command : commands) {
      if (command.app->parsed()) return run(command);
    }
  } catch (const CLI::ParseError &e) {
    return app.exit(e) == 0 ? 0 : kWrongUsage;
  } catch (const WrongUsage &e) {
    complain(e.what());
  }
  return kWrongUsage;
}

}  // namespace

int main(int argc, char **argv) {
  int status = kFailed;
  set_up_streams();
  try {
    status = run(argc, argv);
  } catch (const std::bad_alloc &) {
    std::fputs("weightport: out of memory\n", stderr);
  } catch (const std::exception &e) {
    std::fprintf(stderr, "weightport: %s\n", e.what());
  }
  end_if_interrupted();
  return status;
}
