// SPDX-License-Identifier: MIT
// Runs a target on files, as a test without libFuzzer: replay FILE_OR_FOLDER...
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "fuzz.hpp"

namespace {

void run(const std::filesystem::path &path) {
  std::ifstream file(path, std::ios::binary);
  std::vector<char> read{std::istreambuf_iterator<char>(file), {}};
  // A copy of exactly its size, so that reading beyond the end is seen.
  std::vector<uint8_t> bytes(read.begin(), read.end());
  LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
}

}  // namespace

int main(int argc, char **argv) {
  size_t count = 0;
  for (int i = 1; i < argc; ++i) {
    if (!std::filesystem::is_directory(argv[i])) {
      run(argv[i]);
      ++count;
      continue;
    }
    for (const auto &entry : std::filesystem::directory_iterator(argv[i])) {
      run(entry.path());
      ++count;
    }
  }
  std::printf("%zu inputs\n", count);
  return count ? 0 : 1;
}
