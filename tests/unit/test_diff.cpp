// SPDX-License-Identifier: MIT
// What differs between two trees of values: by number, by tensor, by structure.
#include <array>
#include <cmath>
#include <complex>
#include <csetjmp>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/endian.hpp"
#include "base/error.hpp"
#include "checkpoint/diff.hpp"
#include "checkpoint/match.hpp"
#include "io/source.hpp"
#include "value/edit.hpp"
#include "value/path.hpp"
#include "value/tree.hpp"

extern "C" {
#include <cmocka.h>  // last, because its macro fail() would break the headers above
}

using namespace weightport;

namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

Ref<Report> diff(const Node &a, const Node &b, const Tolerance &tolerance = {}) {
  Operation operation;
  return diff_values(a, b, tolerance, operation);
}

// "~path: message" for a change, "-" and "+" for what one of them lacks.
std::string text_of(const Report &report) {
  std::string out;
  for (const Finding &finding : report.findings()) {
    const char *sign = finding.kind == WP_FINDING_MISSING ? "-" : finding.kind == WP_FINDING_ADDED ? "+" : "~";
    append(out, concat(out.empty() ? "" : "; ", sign, finding.key, ": ", finding.message));
  }
  return out;
}

void expect(const Node &a, const Node &b, const char *text, const Tolerance &tolerance = {}) {
  assert_string_equal(text_of(*diff(a, b, tolerance)).c_str(), text);
}

// Two trees, alike but for what a test changes.
struct Pair {
  Ref<Tree> a = make_ref<Tree>(), b = make_ref<Tree>();

  void expect_tensors(const Ref<Tensor> &x, const Ref<Tensor> &y, const char *text, double largest,
                      const Tolerance &tolerance = {}) {
    auto report = diff(*a->tensor(x), *b->tensor(y), tolerance);
    assert_string_equal(text_of(*report).c_str(), text);
    if (report->findings().empty()) return;
    double difference = report->findings()[0].difference;
    assert_true(difference == largest || (std::isnan(difference) && std::isnan(largest)));
  }
};

template <class T>
Ref<Tensor> tensor_of(wp_dtype dtype, const std::vector<T> &numbers) {
  Buffer bytes(numbers.size() * sizeof(T));
  if (!numbers.empty()) std::memcpy(bytes.data(), numbers.data(), bytes.size());
  auto size = static_cast<int64_t>(numbers.size() * sizeof(T) / itemsize(dtype)), one = int64_t{1};
  return make_ref<Tensor>(owned_storage(std::move(bytes)), dtype, Dims{&size, 1}, Dims{&one, 1}, 0);
}

Ref<Tensor> as_strided(const Tensor &tensor, std::vector<int64_t> shape, std::vector<int64_t> strides) {
  return make_ref<Tensor>(Ref<Storage>::share(tensor.storage()), tensor.dtype(), shape, strides, 0);
}

void numbers_by_value(void **) {
  auto tree = make_ref<Tree>();
  auto equal = [&](Node *a, Node *b, double rtol = 0, double atol = 0) {
    return diff(*a, *b, {rtol, atol})->findings().empty();
  };
  Node *one = tree->integer(1), *large = tree->big_integer("123456789012345678901");
  assert_true(equal(one, tree->real(1)) && equal(one, tree->boolean(true)) && equal(one, tree->complex(1, 0)));
  assert_false(equal(one, tree->integer(2)));
  assert_true(equal(tree->real(kNan), tree->real(kNan)));
  assert_false(equal(tree->real(kNan), one) || equal(one, tree->real(kNan)));
  assert_true(equal(tree->real(kInfinity), tree->real(kInfinity)));
  assert_false(equal(tree->real(kInfinity), tree->real(-kInfinity)));
  assert_false(equal(one, tree->real(kInfinity), 0.5));
  assert_true(equal(large, tree->big_integer("123456789012345678901")));
  assert_false(equal(large, tree->big_integer("123456789012345678902")) || equal(large, one) || equal(one, large));
  assert_true(equal(tree->real(1.5), tree->real(1), 0, 0.5) && equal(tree->real(1.5), tree->real(1), 0.5));
  assert_false(equal(tree->real(1.5), tree->real(1), 0, 0.49) || equal(tree->real(1.5), tree->real(1), 0.49));
  // float64 holds neither of these exactly.
  int64_t huge = INT64_C(1) << 62;
  assert_false(equal(tree->integer(huge), tree->integer(huge + 1)));
  assert_true(equal(tree->integer(huge), tree->integer(huge + 1), 0, 1));
  auto report = diff(*tree->integer(INT64_MIN), *tree->integer(INT64_MAX));
  assert_true(report->findings()[0].difference == 0x1p64);
  // Nor does it make an int equal to a float that it rounds to.
  int64_t odd = (INT64_C(1) << 53) + 1;
  assert_false(equal(tree->integer(odd), tree->real(0x1p53)) || equal(tree->real(0x1p53), tree->integer(odd)));
  assert_true(equal(tree->integer(odd - 1), tree->real(0x1p53)) && equal(tree->integer(odd), tree->real(0x1p53), 0, 1));
  assert_false(equal(tree->integer(INT64_MAX), tree->real(0x1p63)) || equal(tree->integer(odd), tree->complex(0x1p53, 0)));
  Node *power = tree->big_integer("9223372036854775808");
  assert_true(equal(power, tree->real(0x1p63)) && equal(tree->real(-0x1p64), tree->big_integer("-18446744073709551616")));
  assert_false(equal(power, tree->real(0x1p64)) || equal(tree->real(kInfinity), power) || equal(power, tree->real(0.5)));
}

void scalars_say_what_they_became(void **) {
  auto tree = make_ref<Tree>();
  expect(*tree->integer(1), *tree->real(0.25), "~: 1 became 0.25");
  expect(*tree->string("a"), *tree->string("b"), "~: \"a\" became \"b\"");
  expect(*tree->none(), *tree->boolean(true), "~: None became True");
  expect(*tree->complex(1, -2), *tree->complex(1, 2), "~: 1-2j became 1+2j");
  expect(*tree->bytes("ab"), *tree->bytes("abc"), "~: 2 bytes became 3 bytes");
  expect(*tree->bytes("ab"), *tree->bytes("ac"), "~: 2 bytes changed");
  expect(*tree->device("cpu"), *tree->device("cuda:0"), "~: cpu became cuda:0");
  expect(*tree->dtype(WP_DTYPE_FLOAT16), *tree->dtype(WP_DTYPE_INT8), "~: float16 became int8");
  expect(*tree->list(), *tree->sequence(WP_KIND_TUPLE), "~: a list of 0 became a tuple of 0");
  expect(*tree->string("a"), *tree->string("a"), "");
}

void elements_of_every_sort(void **) {
  Pair pair;
  std::vector<float> x = {1, 2, static_cast<float>(kNan)}, y = x;
  auto a = tensor_of(WP_DTYPE_FLOAT32, x);
  pair.expect_tensors(a, tensor_of(WP_DTYPE_FLOAT32, y), "", 0);
  y[0] = 1.5;
  y[1] = 2.25;
  pair.expect_tensors(a, tensor_of(WP_DTYPE_FLOAT32, y), "~: 2 of 3 elements differ, by at most 0.5", 0.5);
  pair.expect_tensors(a, tensor_of(WP_DTYPE_FLOAT32, y), "~: 1 of 3 elements differ, by at most 0.5", 0.5, {0, 0.25});
  pair.expect_tensors(a, tensor_of(WP_DTYPE_FLOAT32, y), "", 0, {0.5, 0});
  y[2] = 0;
  pair.expect_tensors(a, tensor_of(WP_DTYPE_FLOAT32, y), "~: 3 of 3 elements differ", kNan);
  pair.expect_tensors(tensor_of<float>(WP_DTYPE_FLOAT32, {0.0f}), tensor_of<float>(WP_DTYPE_FLOAT32, {-0.0f}), "", 0);

  int64_t huge = INT64_C(1) << 62;
  pair.expect_tensors(tensor_of<int64_t>(WP_DTYPE_INT64, {huge}), tensor_of<int64_t>(WP_DTYPE_INT64, {huge + 1}),
                      "~: 1 of 1 elements differ, by at most 1", 1);
  pair.expect_tensors(tensor_of<uint64_t>(WP_DTYPE_UINT64, {UINT64_MAX}),
                      tensor_of<uint64_t>(WP_DTYPE_UINT64, {UINT64_MAX - 2}), "~: 1 of 1 elements differ, by at most 2", 2);
  pair.expect_tensors(tensor_of<uint8_t>(WP_DTYPE_BOOL, {0, 1}), tensor_of<uint8_t>(WP_DTYPE_BOOL, {1, 1}),
                      "~: 1 of 2 elements differ, by at most 1", 1);
  pair.expect_tensors(tensor_of<uint16_t>(WP_DTYPE_BFLOAT16, {0x3f80}), tensor_of<uint16_t>(WP_DTYPE_BFLOAT16, {0x4000}),
                      "~: 1 of 1 elements differ, by at most 1", 1);
  pair.expect_tensors(tensor_of<std::complex<float>>(WP_DTYPE_COMPLEX64, {{0, 0}}),
                      tensor_of<std::complex<float>>(WP_DTYPE_COMPLEX64, {{3, 4}}), "~: 1 of 1 elements differ, by at most 5",
                      5);
  pair.expect_tensors(tensor_of<uint8_t>(WP_DTYPE_QUINT8, {1, 2}), tensor_of<uint8_t>(WP_DTYPE_QUINT8, {1, 3}),
                      "~: 1 of 2 elements differ", kNan);
  pair.expect_tensors(tensor_of<float>(WP_DTYPE_FLOAT32, {}), tensor_of<float>(WP_DTYPE_FLOAT32, {}), "", 0);
}

void tensors_of_another_form(void **) {
  Pair pair;
  int64_t shape[] = {2, 3};
  auto a = zeros(WP_DTYPE_FLOAT32, shape);
  pair.expect_tensors(a, zeros(WP_DTYPE_FLOAT16, shape), "~: float32 [2, 3] became float16 [2, 3]", kNan);
  pair.expect_tensors(a, zeros(WP_DTYPE_FLOAT32, Dims(shape, 1)), "~: float32 [2, 3] became float32 [2]", kNan);
  pair.expect_tensors(zeros(WP_DTYPE_FLOAT32, {}), zeros(WP_DTYPE_FLOAT32, {}), "", 0);
  pair.expect_tensors(zeros(WP_DTYPE_FLOAT32, {}), tensor_of<float>(WP_DTYPE_FLOAT32, {0}), "~: float32 [] became float32 [1]",
                      kNan);
  auto meta = [&] {
    auto extra = std::make_unique<TensorExtra>();
    extra->device = "meta";
    return make_ref<Tensor>(WP_DTYPE_FLOAT32, shape, shape, std::move(extra));
  };
  pair.expect_tensors(meta(), meta(), "", 0);
  pair.expect_tensors(a, meta(), "~: it has no data any more", kNan);
  pair.expect_tensors(meta(), a, "~: it had no data", kNan);
}

void quantizers_and_parts(void **) {
  Pair pair;
  auto quantized = [](double scale, float channel_scale) {
    auto extra = std::make_unique<TensorExtra>();
    extra->qscheme = WP_QSCHEME_PER_CHANNEL_AFFINE;
    extra->scale = scale;
    extra->parts[WP_PART_SCALES] = tensor_of<float>(WP_DTYPE_FLOAT32, {channel_scale});
    return make_ref<Tensor>(*tensor_of<uint8_t>(WP_DTYPE_QUINT8, {1, 2}), std::move(extra));
  };
  pair.expect_tensors(quantized(1, 1), quantized(1, 1), "", 0);
  pair.expect_tensors(quantized(1, 1), quantized(2, 1), "~: its quantizer changed", kNan);
  pair.expect_tensors(quantized(1, 1), quantized(1, 3), "~: its scales: 1 of 1 elements differ, by at most 2", 2);

  auto sparse = [](std::vector<float> values) {
    int64_t shape[] = {9};
    auto extra = std::make_unique<TensorExtra>();
    extra->layout = WP_LAYOUT_SPARSE_COO;
    extra->parts[WP_PART_INDICES] = tensor_of<int64_t>(WP_DTYPE_INT64, {3});
    extra->parts[WP_PART_VALUES] = tensor_of(WP_DTYPE_FLOAT32, values);
    return make_ref<Tensor>(WP_DTYPE_FLOAT32, shape, shape, std::move(extra));
  };
  int64_t nine = 9;
  pair.expect_tensors(sparse({5}), sparse({5}), "", 0);
  pair.expect_tensors(sparse({5}), sparse({6}), "~: its values: 1 of 1 elements differ, by at most 1", 1);
  pair.expect_tensors(sparse({5}), sparse({5, 5}), "~: its values: float32 [1] became float32 [2]", kNan);
  pair.expect_tensors(sparse({5}), zeros(WP_DTYPE_FLOAT32, {&nine, 1}), "~: sparse_coo float32 [9] became float32 [9]", kNan);
}

// More elements than one piece, in another order in memory.
void strides_do_not_matter(void **) {
  Pair pair;
  constexpr int64_t kRows = 700, kColumns = 300;
  std::vector<int32_t> rows(kRows * kColumns), columns(kRows * kColumns);
  for (int64_t r = 0; r < kRows; ++r) {
    for (int64_t c = 0; c < kColumns; ++c) rows[r * kColumns + c] = columns[c * kRows + r] = static_cast<int32_t>(r * 1000 + c);
  }
  auto a = as_strided(*tensor_of(WP_DTYPE_INT32, rows), {kRows, kColumns}, {kColumns, 1});
  auto b = as_strided(*tensor_of(WP_DTYPE_INT32, columns), {kRows, kColumns}, {1, kRows});
  pair.expect_tensors(a, b, "", 0);
  pair.expect_tensors(b, b, "", 0);
  columns[5 * kRows + 699] += 3;
  columns[299 * kRows] += 2;
  auto c = as_strided(*tensor_of(WP_DTYPE_INT32, columns), {kRows, kColumns}, {1, kRows});
  pair.expect_tensors(a, c, "~: 2 of 210000 elements differ, by at most 3", 3);
  pair.expect_tensors(b, c, "~: 2 of 210000 elements differ, by at most 3", 3);
}

// Rows longer than one piece, in another order.
void long_rows_are_walked_to_their_end(void **) {
  Pair pair;
  constexpr int64_t kLength = 70000;
  std::vector<int8_t> x(6 * kLength), y(6 * kLength);
  for (int64_t row = 0; row < 6; ++row) x[row * kLength] = y[(row % 2 * 3 + row / 2) * kLength] = static_cast<int8_t>(row);
  auto view = [](const std::vector<int8_t> &numbers, int64_t outer, int64_t inner) {
    return as_strided(*tensor_of(WP_DTYPE_INT8, numbers), {3, 2, kLength}, {outer, inner, 1});
  };
  auto a = view(x, 2 * kLength, kLength);
  pair.expect_tensors(a, view(y, kLength, 3 * kLength), "", 0);
  y[5 * kLength + kLength - 1] = 9;
  y[kLength + 65536] = 3;
  pair.expect_tensors(a, view(y, kLength, 3 * kLength), "~: 2 of 420000 elements differ, by at most 9", 9);
}

void conj_and_neg_are_applied(void **) {
  Pair pair;
  auto plain = tensor_of<std::complex<double>>(WP_DTYPE_COMPLEX128, {{1, 2}});
  auto conj = [](const Tensor &tensor) {
    auto extra = std::make_unique<TensorExtra>();
    extra->conj = true;
    return make_ref<Tensor>(tensor, std::move(extra));
  };
  auto other = tensor_of<std::complex<double>>(WP_DTYPE_COMPLEX128, {{1, -2}});
  pair.expect_tensors(plain, conj(*other), "", 0);
  pair.expect_tensors(conj(*plain), conj(*other), "~: 1 of 1 elements differ, by at most 4", 4);
  pair.expect_tensors(plain, conj(*plain), "~: 1 of 1 elements differ, by at most 4", 4);
}

void views_without_end_are_not_walked(void **) {
  Pair pair;
  int64_t huge = INT64_C(1) << 40;
  auto one = tensor_of<float>(WP_DTYPE_FLOAT32, {1, 1}), two = tensor_of<float>(WP_DTYPE_FLOAT32, {1, 3});
  // Expanded dimensions are looked at once.
  pair.expect_tensors(as_strided(*one, {huge, 2}, {0, 1}), as_strided(*two, {huge, 2}, {0, 1}),
                      "~: 1099511627776 of 2199023255552 elements differ, by at most 2", 2);
  auto x = zeros(WP_DTYPE_INT8, std::array<int64_t, 1>{100000}), y = zeros(WP_DTYPE_INT8, std::array<int64_t, 1>{100000});
  Operation operation;
  wp_code code = WP_OK;
  try {
    diff_values(*pair.a->tensor(as_strided(*x, {50000, 50000}, {1, 1})),
                *pair.b->tensor(as_strided(*y, {50000, 50000}, {1, 1})), {}, operation);
  } catch (const Error &e) {
    code = e.code();
  }
  assert_int_equal(code, WP_ERROR_LIMIT);
}

// A source without a mapping, which counts what is read.
class CountingSource final : public Source {
 public:
  explicit CountingSource(std::vector<float> numbers)
      : Source("counting", numbers.size() * sizeof(float)), numbers_(std::move(numbers)) {}
  mutable uint64_t bytes_read = 0;

 private:
  void read_at(uint64_t offset, std::span<std::byte> out) const override {
    std::memcpy(out.data(), reinterpret_cast<const std::byte *>(numbers_.data()) + offset, out.size());
    bytes_read += out.size();
  }
  std::vector<float> numbers_;
};

void what_is_read_is_not_kept(void **) {
  Pair pair;
  std::vector<float> numbers(200000, 1.0f);
  auto first = make_ref<CountingSource>(numbers);
  numbers[199999] = 2;
  auto second = make_ref<CountingSource>(numbers);
  auto tensor = [](Ref<Source> source, std::vector<int64_t> shape, std::vector<int64_t> strides) {
    uint64_t size = source->size();
    return make_ref<Tensor>(source_storage(std::move(source), 0, size), WP_DTYPE_FLOAT32, shape, strides, 0);
  };
  // Row-major in pieces; column-major at once. Either way, every byte is read once.
  for (int64_t stride : {200, 1}) {
    auto x = tensor(first, {1000, 200}, {stride, stride == 1 ? 1000 : 1}), y = tensor(second, {1000, 200}, {200, 1});
    pair.expect_tensors(x, y, "~: 1 of 200000 elements differ, by at most 1", 1);
    assert_int_equal(std::exchange(first->bytes_read, 0), 800000);
    // A big-endian machine turns the numbers round in memory.
    if (!kLittleEndian) continue;
    assert_null(x->storage()->in_memory());
    assert_null(y->storage()->in_memory());
  }
}

// As a compressed record is.
class PackedStorage final : public Storage {
 public:
  explicit PackedStorage(int value) : Storage(1000, "cpu"), value_(value) {}
  mutable int fetched = 0;

 private:
  Buffer fetch() const override {
    ++fetched;
    Buffer out(nbytes());
    std::memset(out.data(), value_, out.size());
    return out;
  }
  int value_;
};

void views_of_one_packed_storage_unpack_it_once(void **) {
  Pair pair;
  auto x = make_ref<PackedStorage>(1), y = make_ref<PackedStorage>(2);
  const int64_t size = 10, stride = 1;
  auto views = [&](Tree &tree, const Ref<PackedStorage> &storage) {
    Node *list = tree.list();
    for (int64_t i = 0; i < 20; ++i) {
      append(*list, *tree.tensor(make_ref<Tensor>(storage, WP_DTYPE_UINT8, Dims{&size, 1}, Dims{&stride, 1}, i)));
    }
    return list;
  };
  assert_int_equal(diff(*views(*pair.a, x), *views(*pair.b, y))->findings().size(), 20);
  assert_int_equal(x->fetched, 1);
  assert_int_equal(y->fetched, 1);
}

void keys_come_and_go(void **) {
  Pair pair;
  auto make = [](Tree &tree, const char *own, int64_t lr, int more) {
    Node *root = tree.dict(), *groups = tree.list(), *group = tree.dict(), *numbered = tree.dict();
    set(*root, "w", *tree.tensor(tensor_of<float>(WP_DTYPE_FLOAT32, {static_cast<float>(lr)})));
    set(*group, "lr", *tree.integer(lr));
    append(*groups, *group);
    for (int i = 0; i < more; ++i) append(*groups, *tree.none());
    set(*root, "groups", *groups);
    set(*root, own, *tree.string("x"));
    set(*numbered, 7, *tree.integer(lr));
    set(*root, "n", *numbered);
    return root;
  };
  Node *a = make(*pair.a, "a", 1, 0), *b = make(*pair.b, "b", 2, 1);
  expect(*a, *b,
         "-a: \"x\"; +b: \"x\"; ~w: 1 of 1 elements differ, by at most 1; +groups.1: None; ~groups.0.lr: 1 became 2; "
         "~n.7: 1 became 2");
  // Each path that both of them have leads where it says.
  auto report = diff(*a, *b);
  for (const Finding &finding : report->findings()) {
    if (finding.kind != WP_FINDING_ADDED) assert_non_null(find_at(*a, finding.key));
    if (finding.kind != WP_FINDING_MISSING) assert_non_null(find_at(*b, finding.key));
  }
  expect(*a, *a, "");
}

void order_of_keys_and_members_is_of_no_account(void **) {
  Pair pair;
  auto make = [](Tree &tree, bool turned) {
    Node *dict = tree.dict(turned ? "collections.OrderedDict" : std::string_view("")), *members = tree.sequence(WP_KIND_SET);
    for (int64_t i = 0; i < 20; ++i) {
      int64_t n = turned ? 19 - i : i;
      Node *pieces[] = {tree.integer(n), tree.string("x")};
      Node *key = tree.sequence(WP_KIND_TUPLE, pieces, 2);
      append(*members, *key);
      set(*dict, *key, *tree.integer(n));
    }
    set(*dict, "members", *members);
    return dict;
  };
  Node *a = make(*pair.a, false), *b = make(*pair.b, true);
  expect(*a, *b, "");
  append(*find(*b, "members"), *pair.b->none());
  expect(*a, *b, "+members.20: None");
  expect(*b, *a, "-members.20: None");
}

void keys_of_one_hash_are_told_apart(void **) {
  auto tree = make_ref<Tree>();
  const Node *x = tree->string("x"), *y = tree->string("y"), *z = tree->string("z");
  const uint64_t hash = 1;
  Steps steps{Limits()};
  using Members = std::vector<Member>;
  auto partners = [&](const Members &a, const Members &b) { return match(a, b, steps); };
  assert_true(partners({{x, x, hash}, {y, y, hash}}, {{z, z, hash}, {y, y, hash}, {x, x, hash}}) ==
              std::vector<uint32_t>({2, 1}));
  assert_true(partners({{x, x, hash}, {x, x, hash}}, {{y, y, hash}, {x, x, hash}, {x, x, hash}}) ==
              std::vector<uint32_t>({1, 2}));
}

// Of a set that a file made: PyTorch's dtype and numpy's have one hash and are never equal.
void keys_of_one_hash_are_not_compared_without_end(void **) {
  Pair pair;
  auto make = [](Tree &tree, Node *member) {
    std::vector<Node *> members(2000, member);
    return tree.sequence(WP_KIND_SET, members.data(), members.size());
  };
  Limits limits;
  limits.max_steps = 10'000'000;
  Operation operation(limits, nullptr, nullptr, nullptr);
  wp_code code = WP_OK;
  try {
    diff_values(*make(*pair.a, pair.a->dtype(WP_DTYPE_FLOAT32)), *make(*pair.b, pair.b->dtype(WP_DTYPE_FLOAT32, "f4")), {},
                operation);
  } catch (const Error &e) {
    code = e.code();
  }
  assert_int_equal(code, WP_ERROR_LIMIT);
}

void keys_without_a_value_meet_in_order(void **) {
  Pair pair;
  auto make = [](Tree &tree, const char *class_name, int64_t value) {
    Node *dict = tree.dict(), *key = tree.object(class_name);
    set(*dict, *tree.integer(1), *tree.none());
    set(*dict, *key, *tree.integer(value));
    return dict;
  };
  expect(*make(*pair.a, "a.E", 1), *make(*pair.b, "a.E", 1), "");
  expect(*make(*pair.a, "a.E", 1), *make(*pair.b, "a.E", 2), "~an object of a.E: 1 became 2");
  expect(*make(*pair.a, "a.E", 1), *make(*pair.b, "a.F", 1), "~an object of a.E: a.E became a.F");
}

void objects_by_class_args_and_attributes(void **) {
  Pair pair;
  auto make = [](Tree &tree, int64_t arg, int64_t attribute, bool slots = false) {
    Node *number = tree.integer(arg), *attributes = tree.dict(), *object = tree.object("a.B");
    set(*attributes, "x", *tree.integer(attribute));
    Node *both[] = {tree.none(), attributes};
    tree.extra(*object).args = tree.sequence(WP_KIND_TUPLE, &number, 1);
    tree.extra(*object).attributes = slots ? tree.sequence(WP_KIND_TUPLE, both, 2) : attributes;
    Node *root = tree.dict();
    set(*root, "o", *object);
    return root;
  };
  expect(*make(*pair.a, 1, 1), *make(*pair.b, 1, 1), "");
  expect(*make(*pair.a, 1, 1), *make(*pair.b, 2, 3), "~o.(args).0: 1 became 2; ~o.x: 1 became 3");
  expect(*make(*pair.a, 1, 1, true), *make(*pair.b, 1, 3, true), "~o.x: 1 became 3");
  expect(*make(*pair.a, 1, 1), *make(*pair.b, 1, 1, true), "~o: a dict of 1 became a tuple of 2");
  Node *bare = make(*pair.b, 1, 1);
  set_attributes(*find(*bare, "o"), nullptr);
  expect(*make(*pair.a, 1, 1), *bare, "-o.(attributes): a dict of 1");
  Node *global = make(*pair.b, 1, 1);
  find(*global, "o")->object->is_global = true;
  expect(*make(*pair.a, 1, 1), *global, "~o: a.B became a.B");
}

// Not every format keeps the class and attributes of a dict.
void attributes_of_dicts_count_where_both_have_them(void **) {
  auto tree = make_ref<Tree>();
  auto make = [&](int64_t version) {
    Node *dict = tree->dict("collections.OrderedDict"), *attributes = tree->dict();
    set(*attributes, "_metadata", *tree->integer(version));
    set_attributes(*dict, attributes);
    return dict;
  };
  expect(*make(1), *tree->dict(), "");
  expect(*tree->dict(), *make(1), "");
  expect(*make(1), *make(1), "");
  expect(*make(1), *make(2), "~_metadata: 1 became 2");
}

void what_is_shared_is_compared_once(void **) {
  Pair pair;
  auto make = [](Tree &tree, int64_t number) {
    Node *shared = tree.list(), *root = tree.list();
    append(*shared, *tree.integer(number));
    for (int i = 0; i < 3; ++i) append(*root, *shared);
    return root;
  };
  expect(*make(*pair.a, 1), *make(*pair.b, 2), "~0.0: 1 became 2");
  // Untied in the second one: all three are looked at.
  Node *untied = make(*pair.b, 2);
  for (uint32_t i = 0; i < 3; ++i) set_item(*untied, i, *child_at(*make(*make_ref<Tree>(), i + 1), 0));
  expect(*make(*pair.a, 1), *untied, "~1.0: 1 became 2; ~2.0: 1 became 3");
}

// In pairs, these would be a thousand million.
void cycles_end(void **) {
  Pair pair;
  auto ring = [](Tree &tree, int length) {
    Node *first = tree.list(), *last = first;
    for (int i = 1; i < length; ++i) {
      Node *next = tree.list();
      append(*last, *next);
      last = next;
    }
    append(*last, *first);
    return first;
  };
  Node *a = ring(*pair.a, 39983), *b = ring(*pair.b, 39989);
  expect(*a, *b, "");
  append(*child_at(*b, 0), *pair.b->none());
  assert_string_equal(diff(*a, *b)->findings()[0].message.c_str(), "None");
}

void cancel_and_progress(void **) {
  Pair pair;
  auto x = zeros(WP_DTYPE_FLOAT32, std::array<int64_t, 1>{200000}), y = zeros(WP_DTYPE_FLOAT32, std::array<int64_t, 1>{200000});
  struct Seen {
    uint64_t done = 0, total = 0;
  } seen;
  wp_progress watch = [](uint64_t done, uint64_t total, void *user) -> int32_t {
    assert_true(done > static_cast<Seen *>(user)->done);
    *static_cast<Seen *>(user) = {done, total};
    return 0;
  };
  Operation operation({}, nullptr, watch, &seen);
  assert_true(diff_values(*pair.a->tensor(x), *pair.b->tensor(y), {}, operation)->findings().empty());
  assert_int_equal(seen.done, 800000);
  assert_int_equal(seen.total, 800000);

  auto cancel = make_ref<Cancel>();
  cancel->request();
  Operation cancelled({}, cancel.get(), nullptr, nullptr);
  wp_code code = WP_OK;
  try {
    diff_values(*pair.a->tensor(x), *pair.b->tensor(y), {}, cancelled);
  } catch (const Error &e) {
    code = e.code();
  }
  assert_int_equal(code, WP_ERROR_CANCELLED);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(numbers_by_value),
      cmocka_unit_test(scalars_say_what_they_became),
      cmocka_unit_test(elements_of_every_sort),
      cmocka_unit_test(tensors_of_another_form),
      cmocka_unit_test(quantizers_and_parts),
      cmocka_unit_test(strides_do_not_matter),
      cmocka_unit_test(long_rows_are_walked_to_their_end),
      cmocka_unit_test(conj_and_neg_are_applied),
      cmocka_unit_test(views_without_end_are_not_walked),
      cmocka_unit_test(what_is_read_is_not_kept),
      cmocka_unit_test(views_of_one_packed_storage_unpack_it_once),
      cmocka_unit_test(keys_come_and_go),
      cmocka_unit_test(order_of_keys_and_members_is_of_no_account),
      cmocka_unit_test(keys_of_one_hash_are_told_apart),
      cmocka_unit_test(keys_of_one_hash_are_not_compared_without_end),
      cmocka_unit_test(keys_without_a_value_meet_in_order),
      cmocka_unit_test(objects_by_class_args_and_attributes),
      cmocka_unit_test(attributes_of_dicts_count_where_both_have_them),
      cmocka_unit_test(what_is_shared_is_compared_once),
      cmocka_unit_test(cycles_end),
      cmocka_unit_test(cancel_and_progress),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
