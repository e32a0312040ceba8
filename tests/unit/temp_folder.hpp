// SPDX-License-Identifier: MIT
// A folder for files that a test writes, gone with it.
#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <set>
#include <string>
#include <string_view>

namespace weightport::test {

inline std::filesystem::path make_temp_folder() {
  std::random_device random;
  for (;;) {
    auto path = std::filesystem::temp_directory_path() / ("weightport." + std::to_string(random()));
    if (std::filesystem::create_directory(path)) return path;
  }
}

class TempFolder {
 public:
  TempFolder() : path_(make_temp_folder()) {}
  ~TempFolder() { std::filesystem::remove_all(path_); }
  TempFolder(const TempFolder &) = delete;
  TempFolder &operator=(const TempFolder &) = delete;

  std::string operator/(std::string_view name) const { return (path_ / name).string(); }
  std::set<std::string> names() const {
    std::set<std::string> out;
    for (const auto &entry : std::filesystem::directory_iterator(path_)) out.insert(entry.path().filename().string());
    return out;
  }

 private:
  std::filesystem::path path_;
};

inline std::string content_of(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline void fill(const std::string &path, std::string_view content) { std::ofstream(path, std::ios::binary) << content; }

}  // namespace weightport::test
