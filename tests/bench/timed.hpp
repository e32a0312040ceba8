// SPDX-License-Identifier: MIT
// A benchmark of a function whose result is released after the clock has stopped.
#pragma once

#include <benchmark/benchmark.h>

#include <chrono>
#include <string>
#include <utility>

namespace bench {

template <class Job>
void add(const std::string &name, Job job) {
  auto run = [job = std::move(job)](benchmark::State &state) {
    for (auto _ : state) {
      const auto start = std::chrono::steady_clock::now();
      const auto result = job();
      const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start;
      benchmark::DoNotOptimize(&result);
      state.SetIterationTime(passed.count());
    }
  };
  benchmark::RegisterBenchmark(name.c_str(), std::move(run))->UseManualTime()->Unit(benchmark::kMillisecond);
}

}  // namespace bench
