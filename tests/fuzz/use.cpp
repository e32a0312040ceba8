// SPDX-License-Identifier: MIT
// What a curious program does with bytes and with what was read from them.
#include <cstring>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "checkpoint/verify.hpp"
#include "fuzz.hpp"
#include "tensor/convert.hpp"

namespace fuzz {

using namespace weightport;

namespace {

constexpr size_t kMaxNodes = 20000;
constexpr uint64_t kMaxRead = 1 << 20;

volatile unsigned char touched;

void touch(std::string_view text) {
  if (!text.empty()) touched = static_cast<unsigned char>(text.front() ^ text.back());
}

void use_tensor(const Tensor &tensor) {
  for (int64_t size : tensor.shape()) expect(size >= 0, "no size is negative");
  if (tensor.extra()) {
    for (const auto &part : tensor.extra()->parts) {
      if (part) use_tensor(*part);
    }
  }
  uint64_t storage = tensor.storage() ? tensor.storage()->nbytes() : 0;
  if (tensor.nbytes() > kMaxRead || storage > kMaxRead) return;
  attempt([&] {
    const auto *data = reinterpret_cast<const char *>(tensor.data());
    if (tensor.is_contiguous()) touch({data, tensor.nbytes()});
  });
  attempt([&] {
    std::vector<std::byte> copy(tensor.nbytes());
    read_elements(tensor, copy, tensor.dtype());
  });
}

void use_scalar(const Node &node) {
  bool text = node.is(WP_KIND_STRING) || node.is(WP_KIND_BYTES) || node.is(WP_KIND_DEVICE) || node.is(WP_KIND_DTYPE) ||
              (node.is(WP_KIND_INT) && node.flag);
  if (!text) return;
  touch(node.view());
  expect(node.text.data[node.text.size] == 0, "a text ends in a NUL");
}

void walk(const Node &root) {
  std::vector<const Node *> stack{&root};
  std::unordered_set<const Node *> seen{&root};
  auto go = [&](const Node *node) {
    if (node && seen.size() < kMaxNodes && seen.insert(node).second) stack.push_back(node);
  };
  while (!stack.empty()) {
    const Node &node = *stack.back();
    stack.pop_back();
    use_scalar(node);
    if (node.is(WP_KIND_TENSOR)) use_tensor(*node.tensor.pointer);
    for (uint32_t i = 0; i < child_count(node); ++i) {
      go(child_at(node, i));
      go(key_at(node, i));
    }
    if (const Extra *extra = extra_of(node)) {
      touch(extra->class_name);
      go(extra->args);
      go(extra->attributes);
    }
  }
}

int32_t read_at(uint64_t offset, void *buffer, size_t size, void *user) {
  const auto *bytes = static_cast<const std::span<const std::byte> *>(user);
  expect(offset <= bytes->size() && size <= bytes->size() - offset, "a source is not read past its end");
  std::memcpy(buffer, bytes->data() + offset, size);
  return 0;
}

void close(void *user) { delete static_cast<std::span<const std::byte> *>(user); }

}  // namespace

void check_error(wp_code code, std::string_view message) {
  bool known = code > 0 && code <= WP_ERROR_INTERNAL && std::strcmp(wp_code_name(code), "WP_ERROR_UNKNOWN") != 0;
  if (!known || code == WP_ERROR_INTERNAL) broken("an error has a code that a caller can expect", message);
  bool line = !message.empty() && std::none_of(message.begin(), message.end(), [](unsigned char c) { return c < 32; });
  if (!line) broken("an error's message is one line", message);
}

Ref<Source> mapped(std::span<const std::byte> bytes) { return memory_source(bytes, "input"); }

Ref<Source> unmapped(std::span<const std::byte> bytes) {
  wp_source source = WP_SOURCE_INIT;
  source.user = new std::span<const std::byte>(bytes);
  source.size = bytes.size();
  source.read_at = read_at;
  source.close = close;
  return callback_source(source, false);
}

void use(Document document) { use(*make_ref<Checkpoint>(std::move(document), Limits())); }

void use(const Checkpoint &checkpoint) {
  const Document &document = checkpoint.document();
  walk(*document.root);
  if (document.metadata) walk(*document.metadata);
  std::vector<std::string> keys;
  attempt([&] {
    Bounds bounds;
    keys = checkpoint.state_dict_keys();
  });
  for (const auto &key : keys) {
    attempt([&] {
      Ref<StateDict> weights = checkpoint.state_dict(key.c_str());
      for (size_t i = 0; i < weights->size() && i < kMaxNodes; ++i) touch(weights->name_at(i));
    });
  }
  attempt([&] { checkpoint.state_dict(nullptr); });
  attempt([&] {
    Operation operation;
    verify_checkpoint(checkpoint, operation);
  });
}

}  // namespace fuzz
