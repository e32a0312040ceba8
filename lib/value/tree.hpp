// SPDX-License-Identifier: MIT
// The arena that the nodes of one tree live in, and the only place that makes or changes nodes.
#pragma once

#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

#include "base/buffer.hpp"
#include "base/limits.hpp"
#include "base/ref.hpp"
#include "value/node.hpp"
#include "value/script_facts.hpp"

namespace weightport {

// Dies as a whole, so cycles between nodes cannot leak. One thread may edit it while no other reads it.
class Tree : public RefCounted {
 public:
  // For a file's values.
  explicit Tree(Budget budget) : budget_(budget) {}
  // For values that the caller makes: as many as there is memory for.
  Tree();

  Node *none() { return make(WP_KIND_NONE); }
  Node *boolean(bool value);
  Node *integer(int64_t value);
  Node *big_integer(std::string_view decimal);
  Node *real(double value);
  Node *complex(double re, double im);
  Node *string(std::string_view text) { return text_node(WP_KIND_STRING, text); }
  Node *bytes(std::string_view bytes) { return text_node(WP_KIND_BYTES, bytes); }
  Node *device(std::string_view name) { return text_node(WP_KIND_DEVICE, name); }
  Node *dtype(wp_dtype dtype, std::string_view numpy_name = {});
  Node *list() { return sequence(WP_KIND_LIST); }
  Node *sequence(wp_kind kind, Node *const *items = nullptr, size_t size = 0);  // list, tuple, set, size
  // A tuple of one more item.
  Node *with_item(const Node &tuple, Node *item);
  Node *dict(std::string_view class_name = {"", 0});  // the class name is text of this tree, or static
  Node *tensor(Ref<Tensor> tensor);
  // A tensor over all of a storage, which stands for it and is not counted.
  Node *storage(Ref<Tensor> tensor, std::string_view class_name);
  Node *object(std::string_view class_name);  // likewise
  Node *object(const Extra &of_class);        // of a class of this tree
  // What a node of another tree is, without the nodes that it holds; there is room for its items.
  Node *without_children(const Node &other);
  // A numpy array of that class.
  Node *array(Ref<Tensor> tensor, std::string_view class_name);
  // Makes an object a tensor, wherever it is referred to; its class stays.
  void become_tensor(Node &object, Ref<Tensor> tensor, TensorRole role = TensorRole::kTensor);

  // Adds to a list, tuple, set or size, or to the items of an object.
  void append(Node &node, Node *item);
  // Replaces or appends an entry of a dict, or of an object's dict. Throws CORRUPT for a key that Python could not hash.
  void set(Node &node, Node *key, Node *value);
  Extra &extra(Node &node);  // made when missing; object, dict or tensor only
  // Each of these is of an item or entry that exists, by its index as child_at() counts.
  void replace(Node &node, size_t index, Node *child);
  void replace_key(Node &node, size_t index, Node *key);
  void remove(Node &node, size_t index);

  // Text that lives as long as the tree, with a NUL behind it.
  std::string_view copy(std::string_view text);
  void charge(uint64_t bytes) { budget_.charge(bytes); }
  void refund(uint64_t bytes) noexcept { budget_.refund(bytes); }
  void extend_budget(uint64_t file_size) noexcept { budget_.extend(file_size); }
  const Budget &budget() const noexcept { return budget_; }
  size_t tensor_count() const noexcept { return tensors_.size() - storages_; }

  // Null unless the tree is that of a TorchScript archive.
  const ScriptFacts *script_facts() const noexcept { return script_facts_.get(); }
  void set_script_facts(Ref<ScriptFacts> facts) noexcept { script_facts_ = std::move(facts); }
  // Values of a TorchScript archive are no use without what their code says.
  void adopt_script_facts(const Tree &other) {
    if (!script_facts_) script_facts_ = other.script_facts_;
  }

  // Says that the caller, and no longer a file, is about to change the values: the file's budget ends.
  void begin_edit() noexcept;
  uint64_t edits() const noexcept { return edits_; }

 private:
  Node *make(wp_kind kind);
  Node *text_node(wp_kind kind, std::string_view text);
  void *allocate(size_t bytes);  // aligned for a pointer
  template <class T>
  T *create();
  void push(Items &items, Node *item);
  Items reserve(uint32_t capacity);
  Extra copy(const Extra &extra);
  void keep(const Ref<Tensor> &tensor);
  void put(Dict &dict, Node *key, Node *value);
  void grow(Dict &dict);

  Budget budget_;
  std::vector<Buffer> blocks_;
  std::byte *cursor_ = nullptr;
  size_t left_ = 0;
  size_t next_block_ = 256;  // a tree of one value is small
  std::vector<Ref<Tensor>> tensors_;
  size_t storages_ = 0;  // of the tensors
  Ref<ScriptFacts> script_facts_;
  uint64_t edits_ = 0;
};

// Memory beside the tree that a walk of it takes: charged while this lives.
class Scratch {
 public:
  explicit Scratch(Tree &tree) : tree_(tree) {}
  Scratch(const Scratch &) = delete;
  Scratch &operator=(const Scratch &) = delete;
  ~Scratch() { tree_.refund(charged_); }

  void charge(uint64_t bytes) {  // throws LIMIT
    tree_.charge(bytes);
    charged_ += bytes;
  }

 private:
  Tree &tree_;
  uint64_t charged_ = 0;
};

// What an entry of a std::unordered_set or _map of pointers takes.
inline constexpr uint64_t kHashEntry = 48;

}  // namespace weightport
