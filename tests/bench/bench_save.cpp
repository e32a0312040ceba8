// SPDX-License-Identifier: MIT
// bench_save [--fsync] FOLDER FILE... [--benchmark_OPTION...]: saving the tensors of each FILE, held in memory, into FOLDER in
// three formats, beside a plain write of as many bytes.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "files.hpp"
#include "timed.hpp"
#include "weightport.hpp"

using weightport::check;
using weightport::Checkpoint;
using weightport::StateDict;
using weightport::Tensor;

namespace {

struct Format {
  wp_format number;
  const char *suffix;
};
constexpr Format kFormats[] = {
    {WP_FORMAT_TORCH_ZIP, ".pt"}, {WP_FORMAT_TORCH_LEGACY, ".pth"}, {WP_FORMAT_SAFETENSORS, ".safetensors"}};

/// A file that is removed once nobody needs it, which takes a while where it is large.
class Written {
 public:
  explicit Written(std::string path) : path_(std::move(path)) {}
  Written(const Written &) = delete;
  ~Written() { unlink(path_.c_str()); }

 private:
  std::string path_;
};

Tensor wrap(const Tensor &tensor) {
  wp_tensor_desc desc = WP_TENSOR_DESC_INIT;
  desc.shape = tensor.shape().data();
  desc.ndim = tensor.ndim();
  desc.data = const_cast<float *>(tensor.data<float>().data());
  desc.nbytes = tensor.nbytes();
  wp_tensor *wrapped;
  check(wp_tensor_wrap(&wrapped, &desc));
  return Tensor(wrapped);
}

/// What a program has that never opened a file: its own tensors, here inside `bytes`, in a new checkpoint.
Checkpoint checkpoint_over(const bench::Bytes &bytes) {
  auto state_dict = StateDict::create();
  for (const auto &entry : Checkpoint::open_memory(bytes.data.get(), bytes.size).state_dict()) {
    state_dict.set(entry.name, wrap(entry.tensor));
  }
  wp_checkpoint *created;
  check(wp_checkpoint_create(&created));
  Checkpoint checkpoint(created);
  check(wp_checkpoint_set_state_dict(created, nullptr, state_dict.get()));
  return checkpoint;
}

Written save(const Checkpoint &checkpoint, const std::string &path, wp_format format, bool durable) {
  wp_save_options options = WP_SAVE_OPTIONS_INIT;
  options.format = format;
  options.durable = durable;
  check(wp_checkpoint_save(checkpoint.get(), path.c_str(), &options));
  return Written(path);
}

Written write_plainly(const bench::Bytes &bytes, const std::string &path, size_t size, bool durable) {
  const bench::File file(path, O_WRONLY | O_CREAT | O_TRUNC);
  for (size_t left = size, part; left; left -= part) {
    part = std::min(left, bytes.size);
    file.write(bytes.data.get(), part);
  }
  if (durable) file.sync();
  return Written(path);
}

void add_jobs(const std::string &source, const std::string &folder, bool durable) {
  const auto bytes = std::make_shared<bench::Bytes>(bench::read_file(source, 2));
  const auto checkpoint = checkpoint_over(*bytes);
  const std::string file = bench::name_of(source);
  const std::string stem = file.substr(0, file.rfind('.'));
  for (const auto &format : kFormats) {
    const std::string path = folder + "/weightport-bench-" + stem + format.suffix;
    const size_t size = [&] {
      const auto written = save(checkpoint, path, format.number, false);
      return bench::File(path, O_RDONLY).size();
    }();
    bench::add("save/" + stem + format.suffix,
               [bytes, checkpoint, path, format, durable] { return save(checkpoint, path, format.number, durable); });
    bench::add("save_plain/" + stem + format.suffix,
               [bytes, path, size, durable] { return write_plainly(*bytes, path, size, durable); });
  }
}

}  // namespace

int main(int argc, char **argv) {
  benchmark::Initialize(&argc, argv);
  std::vector<std::string> arguments(argv + 1, argv + argc);
  const bool durable = std::erase(arguments, "--fsync") > 0;
  if (arguments.size() < 2) return 2;
  try {
    for (size_t i = 1; i < arguments.size(); i++) add_jobs(arguments[i], arguments[0], durable);
    benchmark::RunSpecifiedBenchmarks();
  } catch (const std::exception &e) {
    std::fprintf(stderr, "bench_save: %s\n", e.what());
    return 1;
  }
}
