// SPDX-License-Identifier: MIT
#include "commands.hpp"

#include <charconv>
#include <memory>

#include "convert.hpp"
#include "diff.hpp"
#include "inspect.hpp"
#include "merge.hpp"
#include "nearest.hpp"
#include "print.hpp"
#include "stats.hpp"
#include "verify.hpp"

namespace {

// A positional argument: its name says what it is.
template <class T>
void add_file(CLI::App *app, const char *name, T &value, const char *help) {
  app->add_option(name, value, help)->type_name("")->required();
}

template <class T>
void add_option(CLI::App *app, const char *name, const char *type, T &value, const char *help) {
  app->add_option(name, value, help)->type_name(type);
}

// An option that takes one value each time that it is given.
void add_repeated(CLI::App *app, const char *name, const char *type, std::vector<std::string> &values, const char *help) {
  app->add_option(name, values, help)->type_name(type)->allow_extra_args(false);
}

void add_json(CLI::App *app, bool &json) { app->add_flag("--json", json, "Print JSON for other programs"); }

void add_output(CLI::App *app, OutputOptions &options) {
  add_option(app, "--to", "FORMAT", options.format,
             "torch, torch_legacy, safetensors, safetensors_index or torch_index; by the ending of OUT otherwise");
  add_option(app, "--shard-size", "SIZE", options.shard_size, "Largest shard of an index format: 500MB, 2GiB; 5GB otherwise");
  add_option(app, "--mode", "OCTAL", options.mode, "Permissions; those of the old file otherwise");
  app->add_flag("--no-fsync", options.no_fsync, "Do not wait until the disk has it");
}

// A check of CLI11: what is wrong with the text, or "".
std::string whole_number(const std::string &text) {
  size_t number;
  const char *end = text.data() + text.size();
  auto [rest, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && rest == end ? "" : "\"" + text + "\" is no whole number from 0 on";
}

Command add_inspect(CLI::App &app) {
  auto options = std::make_shared<InspectOptions>();
  CLI::App *inspect = app.add_subcommand("inspect", "Show what a file holds: tensors, other values, objects");
  auto add = [options](const std::string &file) { options->files.push_back(file); };
  inspect->add_option_function<std::string>("FILE", add, "What torch.save, torch.jit.save or safetensors wrote")
      ->type_name("")
      ->required();
  inspect->add_option_function<std::string>("OTHER", add, "With --html, a file to compare it with")->type_name("");
  add_json(inspect, options->json);
  inspect->add_flag("--checksum", options->checksum, "Read every tensor and show the CRC-32 of its elements");
  inspect->add_flag("--globals", options->globals,
                    "List the classes and functions that the file names: allowed by torch.load(weights_only=True), or foreign");
  add_option(inspect, "--key", "KEY", options->key, "Show only the value at this path: \"optimizer.param_groups.0\", say");
  add_option(inspect, "--html", "OUT", options->html,
             "Write a page to look at in a browser: the tree, sizes and statistics; of two files with their differences");
  inspect->footer("Examples:\n"
                  "  weightport inspect model.pt\n"
                  "  weightport inspect model.pt --html model.html\n"
                  "  weightport inspect before.pt after.pt --html changes.html\n"
                  "  weightport inspect ckpt.tar --key optimizer.param_groups.0\n"
                  "  weightport inspect model.safetensors --json --checksum");
  return {inspect, [options] {
            print(::inspect(*options));
            return 0;
          }};
}

Command add_stats(CLI::App &app) {
  auto options = std::make_shared<StatsOptions>();
  CLI::App *stats = app.add_subcommand("stats", "Show min, max, mean, deviation and histogram of every tensor");
  add_file(stats, "FILE", options->file, "Any file that inspect shows");
  add_json(stats, options->json);
  add_option(stats, "--key", "KEY", options->key, "Only of what is at this path: \"model_state_dict\", say");
  stats->footer("NaN and infinities are counted, and left out of the other numbers.\n"
                "Examples:\n"
                "  weightport stats model.pt\n"
                "  weightport stats ckpt.tar --key model_state_dict --json");
  return {stats, [options] {
            print(::stats(*options));
            return 0;
          }};
}

Command add_convert(CLI::App &app) {
  auto options = std::make_shared<ConvertOptions>();
  CLI::App *convert = app.add_subcommand("convert", "Save a file in another format, dtype, or with other names");
  add_file(convert, "IN", options->file, "Any file that inspect shows");
  add_file(convert, "OUT", options->output.file, "The file to write or to replace; may be IN");
  add_option(convert, "--key", "KEY", options->key, "Save only the state_dict at this path: \"model_state_dict\", say");
  add_option(convert, "--dtype", "DTYPE", options->dtype,
             "Convert floating tensors, as model.to(dtype) does: float16, bfloat16, ...");
  auto &names = options->names;
  add_repeated(convert, "--include", "GLOB", names.include,
               "Keep only tensors whose name this or another GLOB matches; * matches dots too");
  add_repeated(convert, "--exclude", "GLOB", names.exclude, "Leave out tensors whose name matches");
  add_repeated(convert, "--rename", "REGEX=TEXT", names.rename, "Replace what matches in every name; $1 is a group");
  add_output(convert, options->output);
  convert->footer("Examples:\n"
                  "  weightport convert model.pt model.safetensors\n"
                  "  weightport convert ckpt.tar weights.pt --key model_state_dict --dtype float16\n"
                  "  weightport convert ddp.pt model.pt --rename '^module\\.=' --exclude '*.num_batches_tracked'\n"
                  "  weightport convert model.pt model.safetensors.index.json --shard-size 2GB");
  return {convert, [options] {
            ::convert(*options);
            return 0;
          }};
}

Command add_verify(CLI::App &app) {
  auto options = std::make_shared<VerifyOptions>();
  CLI::App *verify = app.add_subcommand("verify", "Check every checksum and rule of the format");
  add_file(verify, "FILE", options->files, "Files to check");
  add_json(verify, options->json);
  verify->footer("Exit status: 0 if all files are well, 1 if something is wrong, 2 for wrong usage.\n"
                 "Examples:\n"
                 "  weightport verify model.pt\n"
                 "  weightport verify --json shards/*.safetensors");
  return {verify, [options] { return ::verify(*options) ? 0 : 1; }};
}

Command add_diff(CLI::App &app) {
  auto options = std::make_shared<DiffOptions>();
  CLI::App *diff = app.add_subcommand("diff", "Show missing, added and changed tensors and values");
  add_file(diff, "A", options->a, "The first file");
  add_file(diff, "B", options->b, "The second file");
  add_option(diff, "--rtol", "X", options->rtol, "Numbers a, b are equal if |a - b| <= atol + rtol * |b|; 0 otherwise");
  add_option(diff, "--atol", "X", options->atol, "See --rtol; 0 otherwise");
  add_repeated(diff, "--key", "KEY", options->keys, "Compare only what is at this path; given twice: in A, then in B");
  diff->add_option("--max", options->max, "Show no more than this many differences, but count all")
      ->type_name("N")
      ->check(whole_number);
  add_json(diff, options->json);
  diff->footer("Exit status: 0 if the files are equal, 1 if they differ, 2 for trouble and wrong usage.\n"
               "Examples:\n"
               "  weightport diff before.pt after.pt\n"
               "  weightport diff model.pt model.safetensors --rtol 1e-3 --atol 1e-5\n"
               "  weightport diff ckpt.tar model.safetensors --key model_state_dict --key ''");
  return {diff, [options] { return ::diff(*options) ? 0 : 1; }, 2};
}

Command add_merge(CLI::App &app) {
  auto options = std::make_shared<MergeOptions>();
  CLI::App *merge = app.add_subcommand("merge", "Save the state_dicts of several files as one");
  add_file(merge, "FILE", options->files, "Files to read, and last the file to write or to replace");
  add_option(merge, "--key", "KEY", options->key, "Where the state_dict is in each file, if there are several");
  add_repeated(merge, "--prefix", "TEXT", options->prefixes,
               "Put before the names of a file that is read; once for each, in order");
  merge->add_flag("--overwrite", options->overwrite, "Of tensors with the same name, take the last");
  add_output(merge, options->output);
  merge->footer("Examples:\n"
                "  weightport merge shard-1.bin shard-2.bin model.safetensors\n"
                "  weightport merge --prefix encoder. --prefix decoder. enc.pt dec.pt model.pt");
  return {merge, [options] {
            ::merge(*options);
            return 0;
          }};
}

Command add_help(CLI::App &app) {
  auto name = std::make_shared<std::string>();
  CLI::App *help = app.add_subcommand("help", "Show what a command takes");
  help->add_option("COMMAND", *name, "One of the commands; without it, all are shown")->type_name("");
  return {help, [&app, name] {
            // CLI11 would show the help of the command that was given, which is this one.
            app.clear();
            print(name->empty() ? app.help() : find_command(app, *name).help(app.get_name()));
            return 0;
          }};
}

}  // namespace

std::vector<Command> add_commands(CLI::App &app) {
  return {add_inspect(app), add_stats(app), add_convert(app), add_verify(app), add_diff(app), add_merge(app), add_help(app)};
}

CLI::App &find_command(CLI::App &app, const std::string &name) {
  std::vector<std::string> names;
  for (CLI::App *command : app.get_subcommands({})) {
    if (command->get_name() == name) return *command;
    names.push_back(command->get_name());
  }
  std::string meant = nearest(name, names);
  throw WrongUsage("\"" + name + "\" is no command" +
                   (meant.empty() ? "; see weightport --help" : ": is " + meant + " meant?"));
}
