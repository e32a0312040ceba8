// SPDX-License-Identifier: MIT
#include "format/pickle/unpickler.hpp"

#include <array>
#include <bit>
#include <charconv>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/endian.hpp"
#include "base/error.hpp"
#include "base/real.hpp"
#include "base/utf8.hpp"
#include "format/pickle/call.hpp"
#include "format/pickle/opcode.hpp"
#include "format/pickle/python2_names.hpp"
#include "format/pickle/text.hpp"
#include "value/integer.hpp"

namespace weightport {
namespace {

// Names of modules, classes, persistent ids and numbers in text opcodes.
constexpr uint64_t kMaxLine = 1 << 16;

class Unpickler {
 public:
  Unpickler(Reader &reader, Tree &tree, Globals &globals, PersistentLoader *loader, const Operation &operation)
      : reader_(reader), tree_(tree), globals_(globals), loader_(loader), operation_(operation), limits_(operation.limits()) {}

  Node *load() {
    try {
      for (;;) {
        opcode_at_ = reader_.position();
        auto opcode = static_cast<Opcode>(*reader_.take(1));
        if (opcode == Opcode::kStop) return finish();
        count_step();
        run(opcode);
        if (tree_.tensor_count() > limits_.max_tensors) {
          fail(WP_ERROR_LIMIT, "more than ", limits_.max_tensors, " tensors (wp_limits.max_tensors)");
        }
      }
    } catch (const Error &e) {
      if (e.offset() >= 0) throw;
      throw Error(e.code(), e.message(), static_cast<int64_t>(opcode_at_)).with_key(e.key());
    }
  }

 private:
  void run(Opcode opcode);
  void run_scalar(Opcode opcode);
  void run_string(Opcode opcode);
  void run_container(Opcode opcode);
  void run_object(Opcode opcode);
  void run_memo(Opcode opcode);

  Node *finish() {
    Node *root = pop();
    if (!stack_.empty()) fail(WP_ERROR_CORRUPT, "the pickle ends with ", stack_.size(), " more values than one");
    return root;
  }

  void count_step() {
    if (++steps_ > limits_.max_steps) fail(WP_ERROR_LIMIT, "the pickle has more than ", limits_.max_steps, " opcodes");
    if (steps_ % 65536 == 0) operation_.check_cancelled();
    if (steps_ % 4096 == 0) charge_tables();
  }

  // Marks and memo entries cost a byte each in the file, and far less in a deflated one.
  void charge_tables() {
    uint64_t bytes = (stack_.capacity() + memo_.capacity()) * sizeof(Node *) + marks_.capacity() * sizeof(size_t) +
                     sparse_memo_.size() * kHashEntry;
    if (bytes > charged_) scratch_.charge(bytes - std::exchange(charged_, bytes));
  }

  // Operands.
  template <class Int>
  Int operand() {
    return load_le<Int>(reader_.take(sizeof(Int)));
  }
  std::string_view counted(uint64_t size) {
    if (size > limits_.max_string) fail(WP_ERROR_LIMIT, "a string of ", size, " bytes is over ", limits_.max_string);
    return {reinterpret_cast<const char *>(reader_.take(size)), static_cast<size_t>(size)};
  }
  std::span<const std::byte> counted_bytes(uint64_t size) {
    std::string_view text = counted(size);
    return std::as_bytes(std::span(text.data(), text.size()));
  }

  // The stack.
  void push(Node *node) { stack_.push_back(node); }
  Node *pop() {
    if (stack_.size() <= floor()) fail(WP_ERROR_CORRUPT, "an opcode finds the stack empty");
    Node *node = stack_.back();
    stack_.pop_back();
    return node;
  }
  Node &top() {
    if (stack_.size() <= floor()) fail(WP_ERROR_CORRUPT, "an opcode finds the stack empty");
    return *stack_.back();
  }
  size_t floor() const { return marks_.empty() ? 0 : marks_.back(); }
  // Everything above the last mark; valid until the next push. The mark is taken away by drop().
  std::span<Node *const> above_mark() {
    if (marks_.empty()) fail(WP_ERROR_CORRUPT, "an opcode finds no mark");
    return std::span(stack_).subspan(marks_.back());
  }
  void drop() {
    stack_.resize(marks_.back());
    marks_.pop_back();
  }
  void push_sequence(wp_kind kind) {
    Node *node = tree_.sequence(kind, above_mark().data(), above_mark().size());
    drop();
    push(node);
  }
  void push_tuple(size_t size) {
    if (stack_.size() - floor() < size) fail(WP_ERROR_CORRUPT, "an opcode finds the stack empty");
    Node *node = tree_.sequence(WP_KIND_TUPLE, stack_.data() + stack_.size() - size, size);
    stack_.resize(stack_.size() - size);
    push(node);
  }

  // Scalars that every pickle repeats are one node each: a scalar's node is never changed.
  Node *none() { return none_ ? none_ : none_ = tree_.none(); }
  Node *boolean(bool value) {
    Node *&shared = booleans_[value];
    return shared ? shared : shared = tree_.boolean(value);
  }
  Node *small_integer(uint8_t value) {
    Node *&shared = integers_[value];
    return shared ? shared : shared = tree_.integer(value);
  }
  // Strings of Python 2 have no encoding: text where they are UTF-8, else bytes.
  Node *python2_string(std::string_view text) { return is_utf8(text) ? tree_.string(text) : tree_.bytes(text); }
  Node *unicode(std::string_view text) {
    if (!is_utf8(text)) fail(WP_ERROR_CORRUPT, "a string is not UTF-8");
    return tree_.string(text);
  }
  Node *bytearray(std::string_view bytes) {
    Node *node = tree_.bytes(bytes);
    node->flag = true;
    return node;
  }
  Node *real_from_text(std::string_view text);

  // Containers.
  static bool extends(const Node &node, wp_kind kind) {
    return node.is(kind) || (node.is(WP_KIND_OBJECT) && !node.object->is_global);
  }
  void append(Node &list, Node *item) {
    if (!extends(list, WP_KIND_LIST)) fail(WP_ERROR_CORRUPT, "an item is appended to a ", kind_name(list.kind));
    tree_.append(list, item);
  }
  void add(Node &set, Node *item) {
    if (!extends(set, WP_KIND_SET)) fail(WP_ERROR_CORRUPT, "an item is added to a ", kind_name(set.kind));
    tree_.append(set, item);
  }
  void set(Node &dict, Node *key, Node *value) {
    if (!extends(dict, WP_KIND_DICT)) fail(WP_ERROR_CORRUPT, "an entry is set in a ", kind_name(dict.kind));
    tree_.set(dict, key, value);
  }
  void set_pairs(Node &dict, std::span<Node *const> pairs) {
    if (pairs.size() % 2) fail(WP_ERROR_CORRUPT, "a dict has a key without a value");
    for (size_t i = 0; i < pairs.size(); i += 2) set(dict, pairs[i], pairs[i + 1]);
  }
  // Runs `use(container, items)` on the items above the mark and the container under it.
  template <class Use>
  void with_items(Use use) {
    auto items = above_mark();
    size_t mark = marks_.back();
    size_t below = marks_.size() > 1 ? marks_[marks_.size() - 2] : 0;
    if (mark <= below) fail(WP_ERROR_CORRUPT, "an opcode finds no container under its mark");
    use(*stack_[mark - 1], items);
    drop();
  }

  // Calls.
  Node *class_named(std::string_view module, std::string_view name) {
    auto named = protocol_ < 3 ? python3_name({module, name}) : QualifiedName{module, name};
    return globals_.get(tree_, named.module, named.name);
  }
  void make(Node &callee, Node &args, Creation creation) { push(call(tree_, globals_, limits_, callee, args, creation)); }
  // A call for its effect on the object under it: of the function that sets the object's state, the sixth part of __reduce__.
  static void keep_setter(Node &object, const Node &popped) {
    auto is_instance = [](const Node &node) { return node.is(WP_KIND_OBJECT) && !node.object->is_global; };
    if (!is_instance(object) || !is_instance(popped) || popped.object->creation != Creation::kCall) return;
    const Extra &call = popped.object->extra;
    bool sets_state = call.args && call.args->items.size == 2 && call.args->items.data[0] == &object;
    if (!sets_state || object.object->extra.attributes) return;
    object.object->extra.attributes = call.args->items.data[1];
    object.object->setter = call.class_name;
    object.object->setter_module_size = call.module_size;
  }
  void persistent(Node &id) {
    if (!loader_) fail(WP_ERROR_CORRUPT, "a persistent id where none is expected");
    push(loader_->persistent_load(tree_, id));
  }

  // The memo. Indices are dense in every pickle that Python wrote; others must not cost more memory than they have bytes.
  void memoize(uint64_t index) {
    Node *node = &top();
    if (index < memo_.size() + 64 || index < 2 * steps_) {
      if (index >= memo_.size()) memo_.resize(index + 1);
      memo_[index] = node;
    } else {
      sparse_memo_[index] = node;
    }
    ++memoized_;
  }
  void recall(uint64_t index) {
    Node *node = index < memo_.size() ? memo_[index] : nullptr;
    if (!node) {
      auto found = sparse_memo_.find(index);
      if (found == sparse_memo_.end()) fail(WP_ERROR_CORRUPT, "nothing stands at memo index ", index);
      node = found->second;
    }
    push(node);
  }
  uint64_t index_line() {
    std::string_view line = reader_.line(kMaxLine);
    uint64_t index = 0;
    auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), index);
    if (error != std::errc() || end != line.data() + line.size()) fail(WP_ERROR_CORRUPT, "a memo index is not a number");
    return index;
  }

  Reader &reader_;
  Tree &tree_;
  Globals &globals_;
  PersistentLoader *loader_;
  const Operation &operation_;
  const Limits &limits_;
  std::vector<Node *> stack_;
  std::vector<size_t> marks_;
  std::vector<Node *> memo_;
  std::unordered_map<uint64_t, Node *> sparse_memo_;
  uint8_t protocol_ = 0;
  Node *none_ = nullptr;
  std::array<Node *, 2> booleans_{};
  std::array<Node *, 256> integers_{};
  uint64_t memoized_ = 0;
  uint64_t steps_ = 0;
  uint64_t charged_ = 0;
  Scratch scratch_{tree_};
  uint64_t opcode_at_ = 0;
};

Node *Unpickler::real_from_text(std::string_view text) {
  std::optional<double> value = real_from(text);
  if (!value) fail(WP_ERROR_CORRUPT, "\"", printable(text), "\" is not a float");
  return tree_.real(*value);
}

void Unpickler::run(Opcode opcode) {
  switch (opcode) {
    case Opcode::kMark:
      return marks_.push_back(stack_.size());
    case Opcode::kPop:
      // As in Python: on a mark, the mark goes.
      if (!marks_.empty() && stack_.size() == marks_.back()) return marks_.pop_back();
      if (Node *popped = pop(); stack_.size() > floor()) keep_setter(top(), *popped);
      return;
    case Opcode::kPopMark:
      above_mark();
      return drop();
    case Opcode::kDup:
      return push(&top());
    case Opcode::kProto:
      protocol_ = operand<uint8_t>();
      if (protocol_ > 5) fail(WP_ERROR_UNSUPPORTED, "pickle protocol ", int{protocol_});
      return;
    case Opcode::kFrame:
      reader_.take(8);
      return;
    case Opcode::kPut:
    case Opcode::kBinPut:
    case Opcode::kLongBinPut:
    case Opcode::kMemoize:
    case Opcode::kGet:
    case Opcode::kBinGet:
    case Opcode::kLongBinGet:
      return run_memo(opcode);
    default:
      return run_scalar(opcode);
  }
}

void Unpickler::run_memo(Opcode opcode) {
  switch (opcode) {
    case Opcode::kPut:
      return memoize(index_line());
    case Opcode::kBinPut:
      return memoize(operand<uint8_t>());
    case Opcode::kLongBinPut:
      return memoize(operand<uint32_t>());
    case Opcode::kMemoize:
      return memoize(memoized_);
    case Opcode::kGet:
      return recall(index_line());
    case Opcode::kBinGet:
      return recall(operand<uint8_t>());
    default:
      return recall(operand<uint32_t>());
  }
}

void Unpickler::run_scalar(Opcode opcode) {
  switch (opcode) {
    case Opcode::kNone:
      return push(none());
    case Opcode::kNewTrue:
      return push(boolean(true));
    case Opcode::kNewFalse:
      return push(boolean(false));
    case Opcode::kInt: {
      std::string_view line = reader_.line(kMaxLine);
      return push(line == "00" || line == "01" ? boolean(line == "01") : integer_from_text(tree_, line));
    }
    case Opcode::kBinInt:
      return push(tree_.integer(static_cast<int32_t>(operand<uint32_t>())));
    case Opcode::kBinInt1:
      return push(small_integer(operand<uint8_t>()));
    case Opcode::kBinInt2:
      return push(tree_.integer(operand<uint16_t>()));
    case Opcode::kLong:
      return push(integer_from_text(tree_, reader_.line(kMaxLine)));
    case Opcode::kLong1:
      return push(integer_from_bytes(tree_, counted_bytes(operand<uint8_t>())));
    case Opcode::kLong4:
      return push(integer_from_bytes(tree_, counted_bytes(operand<uint32_t>())));
    case Opcode::kFloat:
      return push(real_from_text(reader_.line(kMaxLine)));
    case Opcode::kBinFloat:
      return push(tree_.real(std::bit_cast<double>(load_be<uint64_t>(reader_.take(8)))));
    default:
      return run_string(opcode);
  }
}

void Unpickler::run_string(Opcode opcode) {
  switch (opcode) {
    case Opcode::kBinUnicode:
      return push(unicode(counted(operand<uint32_t>())));
    case Opcode::kShortBinUnicode:
      return push(unicode(counted(operand<uint8_t>())));
    case Opcode::kBinUnicode8:
      return push(unicode(counted(operand<uint64_t>())));
    case Opcode::kUnicode:
      return push(tree_.string(decode_raw_unicode_escape(reader_.line(limits_.max_string))));
    case Opcode::kString:
      return push(python2_string(unquote(reader_.line(limits_.max_string))));
    case Opcode::kBinString:
      return push(python2_string(counted(operand<uint32_t>())));
    case Opcode::kShortBinString:
      return push(python2_string(counted(operand<uint8_t>())));
    case Opcode::kBinBytes:
      return push(tree_.bytes(counted(operand<uint32_t>())));
    case Opcode::kShortBinBytes:
      return push(tree_.bytes(counted(operand<uint8_t>())));
    case Opcode::kBinBytes8:
      return push(tree_.bytes(counted(operand<uint64_t>())));
    case Opcode::kByteArray8:
      return push(bytearray(counted(operand<uint64_t>())));
    default:
      return run_container(opcode);
  }
}

void Unpickler::run_container(Opcode opcode) {
  switch (opcode) {
    case Opcode::kEmptyList:
      return push(tree_.list());
    case Opcode::kEmptyTuple:
      return push(tree_.sequence(WP_KIND_TUPLE));
    case Opcode::kEmptyDict:
      return push(tree_.dict());
    case Opcode::kEmptySet:
      return push(tree_.sequence(WP_KIND_SET));
    case Opcode::kList:
      return push_sequence(WP_KIND_LIST);
    case Opcode::kTuple:
      return push_sequence(WP_KIND_TUPLE);
    case Opcode::kTuple1:
      return push_tuple(1);
    case Opcode::kTuple2:
      return push_tuple(2);
    case Opcode::kTuple3:
      return push_tuple(3);
    case Opcode::kFrozenSet:
      push_sequence(WP_KIND_SET);
      top().flag = true;
      return;
    case Opcode::kDict: {
      Node *dict = tree_.dict();
      set_pairs(*dict, above_mark());
      drop();
      return push(dict);
    }
    case Opcode::kAppend: {
      Node *item = pop();
      return append(top(), item);
    }
    case Opcode::kAppends:
      return with_items([this](Node &list, std::span<Node *const> items) {
        for (Node *item : items) append(list, item);
      });
    case Opcode::kAddItems:
      return with_items([this](Node &set, std::span<Node *const> items) {
        for (Node *item : items) add(set, item);
      });
    case Opcode::kSetItem: {
      Node *value = pop();
      Node *key = pop();
      return set(top(), key, value);
    }
    case Opcode::kSetItems:
      return with_items([this](Node &dict, std::span<Node *const> pairs) { set_pairs(dict, pairs); });
    default:
      return run_object(opcode);
  }
}

void Unpickler::run_object(Opcode opcode) {
  switch (opcode) {
    case Opcode::kGlobal: {
      std::string module(reader_.line(kMaxLine));
      return push(class_named(module, reader_.line(kMaxLine)));
    }
    case Opcode::kStackGlobal: {
      Node *name = pop();
      Node *module = pop();
      if (!name->is(WP_KIND_STRING) || !module->is(WP_KIND_STRING)) fail(WP_ERROR_CORRUPT, "a class is not named by strings");
      if (name->text.size > kMaxName || module->text.size > kMaxName) {
        fail(WP_ERROR_LIMIT, "the name of a class is longer than ", kMaxName, " bytes");
      }
      return push(class_named(module->view(), name->view()));
    }
    case Opcode::kInst: {
      std::string module(reader_.line(kMaxLine));
      Node *callee = class_named(module, reader_.line(kMaxLine));
      push_sequence(WP_KIND_TUPLE);
      return make(*callee, *pop(), Creation::kCall);
    }
    case Opcode::kObj: {
      if (above_mark().empty()) fail(WP_ERROR_CORRUPT, "an object has no class");
      Node *callee = above_mark()[0];
      Node *args = tree_.sequence(WP_KIND_TUPLE, above_mark().data() + 1, above_mark().size() - 1);
      drop();
      return make(*callee, *args, Creation::kCall);
    }
    case Opcode::kReduce:
    case Opcode::kNewObj: {
      Node *args = pop();
      Node *callee = pop();
      return make(*callee, *args, opcode == Opcode::kReduce ? Creation::kCall : Creation::kNew);
    }
    case Opcode::kNewObjEx: {
      Node *keywords = pop();
      Node *args = pop();
      Node *callee = pop();
      if (!child_count(*keywords)) return make(*callee, *args, Creation::kNew);
      return make(*callee, *tree_.with_item(*args, keywords), Creation::kNewEx);
    }
    case Opcode::kBuild: {
      Node *state = pop();
      return build(tree_, top(), *state);
    }
    case Opcode::kPersId: {
      Node *id = tree_.string(reader_.line(kMaxLine));
      return persistent(*id);
    }
    case Opcode::kBinPersId:
      return persistent(*pop());
    case Opcode::kExt1:
    case Opcode::kExt2:
    case Opcode::kExt4:
      fail(WP_ERROR_UNSUPPORTED, "the pickle uses a number of copyreg's extension registry for a class");
    case Opcode::kNextBuffer:
      fail(WP_ERROR_UNSUPPORTED, "the pickle keeps a buffer outside itself");
    case Opcode::kReadOnlyBuffer:
      top();
      return;
    default:
      fail(WP_ERROR_CORRUPT, static_cast<int>(opcode), " is not a pickle opcode");
  }
}

}  // namespace

Node *unpickle(Reader &reader, Tree &tree, Globals &globals, PersistentLoader *loader, const Operation &operation) {
  return Unpickler(reader, tree, globals, loader, operation).load();
}

}  // namespace weightport
