// SPDX-License-Identifier: MIT
// Any file: what opening makes of it, and whether what was read is the same once it was saved and read again.
#include "checkpoint/diff.hpp"
#include "checkpoint/save.hpp"
#include "fuzz.hpp"

using namespace weightport;

namespace {

Ref<Checkpoint> open(Ref<Source> source, wp_memory memory) {
  fuzz::Bounds bounds;
  OpenOptions options;
  options.memory = memory;
  options.threads = 1;
  Operation operation;
  return open_checkpoint(std::move(source), options, operation);
}

// Of files of this size opening is bounded: see fuzz::Bounds.
constexpr size_t kMaxFile = 1'000'000;

// What cannot be saved is refused; what is saved is the same.
void save_and_compare(const Checkpoint &checkpoint) {
  Operation operation;
  MemorySink sink;
  if (fuzz::attempt([&] { save_checkpoint(checkpoint, WP_FORMAT_TORCH_ZIP, sink, operation); }) != WP_OK) return;
  Buffer saved = sink.take();
  if (saved.size() > kMaxFile) return;
  Ref<Checkpoint> again;
  if (fuzz::attempt([&] { again = open(fuzz::mapped(saved.span()), WP_MEMORY_MAP); }) != WP_OK) {
    fuzz::broken("what was saved can be opened");
  }
  Ref<Report> report = diff_values(*checkpoint.document().root, *again->document().root, {}, operation);
  if (!report->findings().empty()) {
    fuzz::broken("what was saved is the same", concat(report->findings()[0].key, ": ", report->findings()[0].message));
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  auto bytes = fuzz::bytes_of(data, size);
  fuzz::attempt([&] {
    Ref<Checkpoint> checkpoint = open(fuzz::mapped(bytes), WP_MEMORY_MAP);
    fuzz::use(*checkpoint);
    save_and_compare(*checkpoint);
  });
  fuzz::attempt([&] { fuzz::use(*open(fuzz::unmapped(bytes), size % 2 ? WP_MEMORY_READ : WP_MEMORY_MAP)); });
  return 0;
}
