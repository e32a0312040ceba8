// SPDX-License-Identifier: MIT
// A TorchScript archive made of the input, code and pickle divided by a NUL, since mutations seldom leave a zip whole.
#include "format/torch_zip.hpp"
#include "format/zip_writer.hpp"
#include "fuzz.hpp"

using namespace weightport;

namespace {

Buffer archive_of(std::span<const std::byte> code, std::span<const std::byte> pickle) {
  static constexpr std::byte kNumbers[64] = {};
  Operation operation;
  MemorySink sink;
  ZipWriter zip(sink, "archive/", operation);
  zip.add("constants.pkl", std::as_bytes(std::span("\x80\x02).", 4)));
  zip.add("code/__torch__.py", code);
  zip.add("data.pkl", pickle);
  for (const char *name : {"data/0", "data/1", "2.storage"}) zip.add(name, kNumbers);
  zip.finish();
  sink.finish();
  return sink.take();
}

}  // namespace

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  auto bytes = fuzz::bytes_of(data, size);
  auto divide = std::find(bytes.begin(), bytes.end(), std::byte{0});
  if (divide == bytes.end()) return 0;
  auto code = bytes.first(static_cast<size_t>(divide - bytes.begin()));
  Buffer archive = archive_of(code, bytes.subspan(code.size() + 1));
  fuzz::read_both_ways(archive.span(), read_torch_zip);
  return 0;
}
