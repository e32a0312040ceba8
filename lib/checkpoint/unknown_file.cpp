// SPDX-License-Identifier: MIT
#include "checkpoint/unknown_file.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

#include "base/error.hpp"

namespace weightport {
namespace {

struct Known {
  size_t offset;
  std::string_view magic;
  const char *what;
};

constexpr Known kKnown[] = {
    {0, "\x89HDF\r\n\x1a\n", "an HDF5 file, as Keras writes: load it there"},
    {0, "GGUF", "a GGUF file, as llama.cpp reads it"},
    {0, "lmgg", "a GGML file, as llama.cpp read it before GGUF"},
    {4, "TFL3", "a TensorFlow Lite model"},
    {0, "\x93NUMPY", "a numpy .npy file: load it with numpy"},
    {0, "\x1f\x8b", "something compressed with gzip: unpack it first (gzip -d)"},
    {0, "BZh", "something compressed with bzip2: unpack it first (bzip2 -d)"},
    {0, std::string_view("\xfd\x37zXZ\0", 6), "something compressed with xz: unpack it first (xz -d)"},
    {0, "\x28\xb5\x2f\xfd", "something compressed with zstd: unpack it first (zstd -d)"},
    {0, "7z\xbc\xaf\x27\x1c", "a 7z archive: unpack it first"},
    {0, "Rar!", "a RAR archive: unpack it first"},
    {0, "version https://git-lfs", "a Git LFS pointer: fetch the file itself (git lfs pull)"},
    {0, "%PDF-", "a PDF document"},
    {0, "\x89PNG", "a picture"},
    {0,
     "\x7f"
     "ELF",
     "a program or library"},
};

// A protobuf of onnx.ModelProto: ir_version, then a string or what the fields 2 to 8 and 14 hold.
bool looks_like_onnx(std::string_view start) {
  if (start.size() < 4 || start[0] != '\x08' || start[1] < 1 || start[1] > 32) return false;
  return std::string_view("\x12\x1a\x22\x28\x32\x3a\x42\x72").find(start[2]) != std::string_view::npos;
}

bool looks_like_html(std::string_view start) {
  if (start.starts_with("\xef\xbb\xbf")) start.remove_prefix(3);
  start.remove_prefix(std::min(start.find_first_not_of(" \t\r\n"), start.size()));
  std::string text(start.substr(0, 9));
  for (char &c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text == "<!doctype" || text.starts_with("<html") || text.starts_with("<head");
}

const char *look(std::string_view start) {
  for (const Known &known : kKnown) {
    if (start.size() > known.offset && start.substr(known.offset).starts_with(known.magic)) return known.what;
  }
  if (looks_like_html(start)) return "a web page: the download got an error or a login instead of the file";
  if (looks_like_onnx(start)) return "an ONNX model: load it with onnx";
  return nullptr;
}

}  // namespace

std::string describe_unknown(const Source &source) {
  if (source.size() == 0) return "the file is empty";
  std::array<std::byte, 64> bytes{};
  size_t size = static_cast<size_t>(std::min<uint64_t>(bytes.size(), source.size()));
  source.read(0, std::span(bytes).first(size));
  std::string_view start(reinterpret_cast<const char *>(bytes.data()), size);
  // PyTorch's own, but neither code nor weights are a pickle in it.
  if (size > 8 && start.substr(4).starts_with("PTMF")) {
    return "this is TorchScript for mobile devices as a flatbuffer (.ptl), which is not read: save the model with "
           "torch.jit.save";
  }
  if (const char *what = look(start)) return concat("this is no PyTorch or safetensors file: it looks like ", what);
  if (start[0] == '\x80') return "this is a pickle, but torch.save did not write it";
  return "this is no PyTorch or safetensors file";
}

}  // namespace weightport
