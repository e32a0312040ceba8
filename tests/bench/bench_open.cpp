// SPDX-License-Identifier: MIT
// bench_open FILE... [--benchmark_OPTION...]: opening each FILE, and reading it beside a plain parallel pread.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include "files.hpp"
#include "timed.hpp"
#include "weightport.hpp"

using weightport::Checkpoint;
using weightport::StateDict;

namespace {

struct Opened {
  Checkpoint checkpoint;
  StateDict state_dict;
};

std::vector<std::string> names_in(const std::string &path) {
  std::vector<std::string> names;
  for (const auto &entry : Checkpoint::open(path).state_dict()) names.push_back(entry.name);
  return names;
}

Opened open_and_find(const std::string &path, const std::vector<std::string> &names) {
  auto checkpoint = Checkpoint::open(path);
  auto state_dict = checkpoint.state_dict();
  for (const auto &name : names) benchmark::DoNotOptimize(state_dict.at(name).numel());
  return {std::move(checkpoint), std::move(state_dict)};
}

Opened open_and_touch(const std::string &path) {
  auto checkpoint = Checkpoint::open(path);
  auto state_dict = checkpoint.state_dict();
  for (const auto &entry : state_dict) benchmark::DoNotOptimize(entry.tensor.data<float>()[0]);
  return {std::move(checkpoint), std::move(state_dict)};
}

void add_jobs(const std::string &path) {
  const std::string file = bench::name_of(path);
  const auto threads = std::clamp(std::thread::hardware_concurrency(), 1U, 8U);
  const auto names = names_in(path);

  bench::add("open/" + file, [path] {
    Checkpoint::open(path);
    return 0;
  });
  bench::add("find/" + file, [path, names] { return open_and_find(path, names); });
  bench::add("touch/" + file, [path] { return open_and_touch(path); });
  bench::add("read/" + file, [path, threads] {
    wp_open_options options = WP_OPEN_OPTIONS_INIT;
    options.memory = WP_MEMORY_READ;
    options.threads = threads;
    return Checkpoint::open(path, &options);
  });
  bench::add("read_plain/" + file, [path, threads] { return bench::read_file(path, threads); });
}

}  // namespace

int main(int argc, char **argv) {
  benchmark::Initialize(&argc, argv);
  try {
    for (int i = 1; i < argc; i++) add_jobs(argv[i]);
    benchmark::RunSpecifiedBenchmarks();
  } catch (const std::exception &e) {
    std::fprintf(stderr, "bench_open: %s\n", e.what());
    return 1;
  }
}
