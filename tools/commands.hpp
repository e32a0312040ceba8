// SPDX-License-Identifier: MIT
// The subcommands: what each takes on the command line, and what it runs.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <vector>

struct Command {
  CLI::App *app;
  std::function<int()> run;  // gives the exit status; throws Failure, WrongUsage
  int failed = 1;            // the exit status of a Failure
};

std::vector<Command> add_commands(CLI::App &app);

// Throws WrongUsage if there is no such command.
CLI::App &find_command(CLI::App &app, const std::string &name);
