// SPDX-License-Identifier: MIT
// Copies of views, the flags and parts that a caller of the C API can only get from a file, and the checks on a file's views.
#include <array>
#include <csetjmp>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <numeric>
#include <span>
#include <thread>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "io/source.hpp"
#include "tensor/convert.hpp"
#include "tensor/wrap.hpp"

// Last: it defines macros with common names.
extern "C" {
#include <cmocka.h>
}

using namespace weightport;

namespace {

using Ints = std::vector<int64_t>;

template <class Function>
wp_code code_of(Function function) {
  try {
    function();
    return WP_OK;
  } catch (const Error &e) {
    return e.code();
  }
}

template <class T>
Ref<Tensor> tensor_of(wp_dtype dtype, const Ints &shape, const std::vector<T> &data) {
  return tensor_from_data(dtype, shape, std::as_bytes(std::span(data)));
}

Ref<Tensor> counting(int64_t size) {
  std::vector<int32_t> data(static_cast<size_t>(size));
  std::iota(data.begin(), data.end(), 0);
  return tensor_of(WP_DTYPE_INT32, {size}, data);
}

template <class T>
std::vector<T> read(const Tensor &tensor, wp_dtype as) {
  std::vector<T> out(static_cast<size_t>(tensor.numel()) * itemsize(as) / sizeof(T));
  read_elements(tensor, std::as_writable_bytes(std::span(out)), as);
  return out;
}

Ref<Tensor> with_bits(const Tensor &tensor, bool conj, bool neg) {
  auto extra = std::make_unique<TensorExtra>();
  extra->conj = conj;
  extra->neg = neg;
  return make_ref<Tensor>(tensor, std::move(extra));
}

// ---- copies of views

// Every index in row-major order, the slow way.
std::vector<int32_t> offsets(const Ints &shape, const Ints &strides, int64_t offset) {
  std::vector<int32_t> out = {static_cast<int32_t>(offset)};
  for (size_t i = 0; i < shape.size(); ++i) {
    std::vector<int32_t> next;
    for (int32_t start : out) {
      for (int64_t j = 0; j < shape[i]; ++j) next.push_back(static_cast<int32_t>(start + j * strides[i]));
    }
    out = next;
  }
  return out;
}

struct View {
  int64_t offset;
  Ints shape, strides;
};

const View kViews[] = {
    {0, {}, {}},                                    // a scalar
    {7, {1, 1}, {5, 3}},                            // one element
    {0, {2000}, {1}},                               // all
    {3, {40, 50}, {50, 1}},                         // all but for an offset, in two dimensions
    {0, {50, 40}, {1, 50}},                         // transposed
    {5, {7, 11, 13}, {143, 13, 1}},                 // three dimensions in one
    {0, {2, 3, 4, 5}, {60, 1, 15, 3}},              // channels last
    {100, {4, 1, 30}, {60, 999, 2}},                // every second column
    {1, {3, 4}, {0, 2}},                            // expanded in front
    {1, {600, 3}, {1, 0}},                          // expanded behind, more elements than fit in one chunk
    {1999, {1000}, {0}},                            // one element many times
    {0, {2, 2, 2, 2, 2, 2}, {1, 2, 4, 8, 16, 32}},  // more dimensions than are kept inline
    {0, {31, 1, 2, 29}, {58, 7, 29, 1}},            // a size of 1 between dimensions that are one
    {0, {3, 0, 2}, {1, 1, 1}},                      // empty
};

void views_are_copied_in_row_major_order(void **) {
  auto base = counting(2100);
  for (const auto &view : kViews) {
    auto tensor = view_tensor(*base, view.offset, view.shape, view.strides.data());
    auto expected = offsets(view.shape, view.strides, view.offset);
    assert_true(read<int32_t>(*tensor, WP_DTYPE_INT32) == expected);
    assert_true(read<double>(*tensor, WP_DTYPE_FLOAT64) == std::vector<double>(expected.begin(), expected.end()));
  }
}

template <class T>
void check_transposed(wp_dtype dtype) {
  std::vector<T> data(600);
  for (size_t i = 0; i < data.size(); ++i) std::memset(&data[i], static_cast<int>(i * 7), sizeof(T));
  auto base = tensor_of(dtype, {20, 30}, data);
  Ints shape = {30, 20}, strides = {1, 30};
  auto bytes = read<T>(*view_tensor(*base, 0, shape, strides.data()), dtype);
  for (size_t i = 0; i < 30; ++i) {
    for (size_t j = 0; j < 20; ++j) assert_memory_equal(&bytes[i * 20 + j], &data[j * 30 + i], sizeof(T));
  }
}

void elements_of_each_size_are_copied(void **) {
  check_transposed<uint8_t>(WP_DTYPE_BITS8);
  check_transposed<uint16_t>(WP_DTYPE_BITS16);
  check_transposed<uint32_t>(WP_DTYPE_UINT32);
  check_transposed<uint64_t>(WP_DTYPE_COMPLEX64);
  check_transposed<std::array<uint64_t, 2>>(WP_DTYPE_COMPLEX128);
}

void a_long_contiguous_tensor_is_converted_in_chunks(void **) {
  auto base = counting(5000);
  auto halves = contiguous_copy(*base, WP_DTYPE_BFLOAT16);
  auto back = read<int16_t>(*halves, WP_DTYPE_INT16);
  for (size_t i = 0; i < 256; ++i) assert_int_equal(back[i], i);
  assert_int_equal(back[4999], 4992);
}

void the_buffer_may_lie_at_any_address(void **) {
  auto base = counting(10);
  std::vector<std::byte> buffer(81);
  read_elements(*base, std::span(buffer).subspan(1), WP_DTYPE_FLOAT64);
  double last;
  std::memcpy(&last, buffer.data() + 73, sizeof last);
  assert_true(last == 9);
}

void a_buffer_of_another_size_is_refused(void **) {
  auto base = counting(4);
  std::vector<std::byte> buffer(33);
  for (size_t size : {0u, 15u, 17u, 32u}) {
    wp_code code = code_of([&] { read_elements(*base, std::span(buffer).first(size), WP_DTYPE_FLOAT32); });
    assert_int_equal(code, WP_ERROR_MISMATCH);
  }
  assert_int_equal(code_of([&] { read_elements(*base, std::span(buffer).first(33), WP_DTYPE_FLOAT64); }), WP_ERROR_MISMATCH);
}

// 2^32 + 4 elements: on a machine of 32 bits their number, narrowed, is the one that fits the buffer.
void an_expanded_tensor_needs_all_its_elements(void **) {
  auto base = counting(4);
  const Ints shape = {(int64_t{1} << 30) + 1, 4}, strides = {0, 1};
  auto expanded = view_tensor(*base, 0, shape, strides.data());
  std::vector<std::byte> buffer(4 * sizeof(float));
  assert_int_equal(code_of([&] { read_elements(*expanded, buffer, WP_DTYPE_FLOAT32); }), WP_ERROR_MISMATCH);
}

// ---- conj and neg bits

void conj_and_neg_bits_are_applied(void **) {
  auto base = tensor_of(WP_DTYPE_COMPLEX64, {2}, std::vector<float>{1, 2, -3, 0.5f});
  using Floats = std::vector<float>;
  assert_true(read<float>(*with_bits(*base, true, false), WP_DTYPE_COMPLEX64) == (Floats{1, -2, -3, -0.5f}));
  assert_true(read<float>(*with_bits(*base, false, true), WP_DTYPE_COMPLEX64) == (Floats{-1, -2, 3, -0.5f}));
  assert_true(read<float>(*with_bits(*base, true, true), WP_DTYPE_COMPLEX64) == (Floats{-1, 2, 3, 0.5f}));
  assert_true(read<double>(*with_bits(*base, true, false), WP_DTYPE_COMPLEX128) == (std::vector<double>{1, -2, -3, -0.5}));
  assert_true(read<float>(*with_bits(*base, true, true), WP_DTYPE_FLOAT32) == (Floats{-1, 3}));

  auto real = tensor_of(WP_DTYPE_FLOAT16, {2}, std::vector<uint16_t>{0x3c00, 0xc000});
  assert_true(read<uint16_t>(*with_bits(*real, false, true), WP_DTYPE_FLOAT16) == (std::vector<uint16_t>{0xbc00, 0x4000}));
  auto least = tensor_of(WP_DTYPE_INT64, {1}, std::vector<int64_t>{INT64_MIN});
  assert_true(read<int64_t>(*with_bits(*least, false, true), WP_DTYPE_INT64) == Ints{INT64_MIN});
}

void a_copy_has_no_bits_and_a_view_keeps_them(void **) {
  auto base = with_bits(*tensor_of(WP_DTYPE_COMPLEX64, {1}, std::vector<float>{1, 2}), true, false);
  auto copy = contiguous_copy(*base, WP_DTYPE_COMPLEX64);
  assert_null(copy->extra());
  assert_true(read<float>(*copy, WP_DTYPE_COMPLEX64) == (std::vector<float>{1, -2}));
  auto view = view_tensor(*base, 0, {}, nullptr);
  assert_true(view->extra()->conj && !view->extra()->neg);
  assert_true(read<float>(*view, WP_DTYPE_COMPLEX64) == (std::vector<float>{1, -2}));
}

// ---- copies

void a_copy_keeps_what_the_tensor_is(void **) {
  auto base = tensor_of(WP_DTYPE_QINT8, {2, 3}, std::vector<int8_t>{1, 2, 3, 4, 5, 6});
  auto extra = std::make_unique<TensorExtra>();
  extra->qscheme = WP_QSCHEME_PER_CHANNEL_AFFINE;
  extra->axis = 1;
  extra->parts[WP_PART_SCALES] = counting(3);
  Ints shape = {3, 2}, strides = {1, 3};
  Tensor *plain = new Tensor(Ref<Storage>::share(base->storage()), WP_DTYPE_QINT8, shape, strides, 0);
  auto transposed = make_ref<Tensor>(*Ref<Tensor>::adopt(plain), std::move(extra));
  transposed->set_requires_grad(true);
  transposed->set_is_parameter(true);

  auto copy = contiguous_copy(*transposed, WP_DTYPE_QINT8);
  assert_true(read<int8_t>(*copy, WP_DTYPE_QINT8) == (std::vector<int8_t>{1, 4, 2, 5, 3, 6}));
  assert_true(copy->is_contiguous() && copy->requires_grad() && copy->is_parameter());
  assert_int_equal(copy->extra()->axis, 1);
  assert_ptr_equal(copy->extra()->parts[WP_PART_SCALES].get(), transposed->extra()->parts[WP_PART_SCALES].get());
  assert_int_equal(copy->storage()->nbytes(), 6);
  assert_non_null(copy->mutable_data());
  assert_int_equal(code_of([&] { contiguous_copy(*transposed, WP_DTYPE_FLOAT32); }), WP_ERROR_UNSUPPORTED);
  assert_int_equal(code_of([&] { view_tensor(*transposed, 0, shape, nullptr); }), WP_ERROR_UNSUPPORTED);
}

void tensors_without_bytes_are_not_copied(void **) {
  for (wp_layout layout : {WP_LAYOUT_STRIDED + 0, WP_LAYOUT_SPARSE_CSR + 0}) {
    auto extra = std::make_unique<TensorExtra>();
    extra->layout = layout;
    extra->device = layout ? "cpu" : "meta";
    Ints shape = {0, 2}, strides = {2, 1};
    auto tensor = make_ref<Tensor>(WP_DTYPE_FLOAT32, shape, strides, std::move(extra));
    assert_int_equal(code_of([&] { contiguous_copy(*tensor, WP_DTYPE_FLOAT32); }), WP_ERROR_UNSUPPORTED);
    assert_int_equal(code_of([&] { contiguous_copy(*tensor, WP_DTYPE_FLOAT64); }), WP_ERROR_UNSUPPORTED);
    assert_int_equal(code_of([&] { view_tensor(*tensor, 0, shape, nullptr); }), WP_ERROR_UNSUPPORTED);
    assert_int_equal(code_of([&] { to_dlpack(*tensor); }), WP_ERROR_UNSUPPORTED);
  }
}

void dlpack_refuses_bits_that_it_lacks(void **) {
  auto base = tensor_of(WP_DTYPE_COMPLEX64, {1}, std::vector<float>{1, 2});
  assert_int_equal(code_of([&] { to_dlpack(*with_bits(*base, true, false)); }), WP_ERROR_UNSUPPORTED);
  assert_int_equal(code_of([&] { to_dlpack(*with_bits(*base, false, true)); }), WP_ERROR_UNSUPPORTED);
}

// ---- what a file may say

wp_code file_says(int64_t nbytes, const Ints &shape, const Ints &strides, int64_t offset) {
  return code_of([&] {
    make_ref<Tensor>(owned_storage(Buffer(static_cast<uint64_t>(nbytes))), WP_DTYPE_FLOAT32, shape, strides, offset);
  });
}

void a_files_view_must_stay_inside_its_storage(void **) {
  constexpr int64_t kLarge = INT64_MAX;
  assert_int_equal(file_says(16, {4}, {1}, 0), WP_OK);
  assert_int_equal(file_says(16, {2, 2}, {2, 1}, 0), WP_OK);
  assert_int_equal(file_says(16, {0}, {kLarge}, kLarge), WP_OK);
  assert_int_equal(file_says(16, {1, 1}, {kLarge, kLarge}, 3), WP_OK);
  assert_int_equal(file_says(16, {4}, {1}, 1), WP_ERROR_CORRUPT);
  assert_int_equal(file_says(15, {4}, {1}, 0), WP_ERROR_CORRUPT);
  assert_int_equal(file_says(16, {}, {}, 4), WP_ERROR_CORRUPT);
  assert_int_equal(file_says(16, {4}, {1}, -1), WP_ERROR_CORRUPT);
  assert_int_equal(file_says(16, {4}, {-1}, 3), WP_ERROR_CORRUPT);
  assert_int_equal(file_says(16, {-4}, {1}, 0), WP_ERROR_CORRUPT);
  assert_int_equal(file_says(16, {4}, {1, 1}, 0), WP_ERROR_CORRUPT);
  assert_int_equal(file_says(16, {2, 2}, {kLarge, kLarge}, 0), WP_ERROR_CORRUPT);
  assert_int_equal(file_says(16, {kLarge, 3}, {0, 0}, 0), WP_ERROR_CORRUPT);
  assert_int_equal(file_says(16, {3}, {kLarge}, 0), WP_ERROR_CORRUPT);
  assert_int_equal(file_says(16, Ints(65, 1), Ints(65, 1), 0), WP_ERROR_LIMIT);
}

// ---- storages

void a_misaligned_or_swapped_range_of_a_source_is_copied(void **) {
  alignas(8) static const uint8_t bytes[] = {0, 0, 0, 0, 0, 0, 0x80, 0x3f};
  auto source = memory_source(std::as_bytes(std::span(bytes)), "test");
  auto aligned = source_storage(source, 4, 4);
  aligned->set_unit(4);
  assert_ptr_equal(aligned->data(), bytes + 4);
  assert_int_equal(code_of([&] { aligned->mutable_data(); }), WP_ERROR_UNSUPPORTED);

  auto odd = source_storage(source, 3, 4);
  odd->set_unit(4);
  assert_ptr_not_equal(odd->data(), bytes + 3);
  assert_non_null(odd->mutable_data());

  auto swapped = source_storage(source, 4, 4);
  swapped->set_unit(2);
  swapped->set_swapped(true);
  const uint8_t expected[] = {0, 0, 0x3f, 0x80};
  assert_memory_equal(swapped->data(), expected, 4);
}

void the_first_touch_is_safe_from_many_threads(void **) {
  struct State {
    std::vector<uint8_t> data = std::vector<uint8_t>(1 << 16, 7);
    int copies = 0;
  } state;
  wp_tensor_desc desc = WP_TENSOR_DESC_INIT;
  int64_t size = 1 << 16;
  desc.dtype = WP_DTYPE_UINT8;
  desc.shape = &size;
  desc.ndim = 1;
  desc.nbytes = state.data.size();
  desc.user = &state;
  desc.copy_to_host = [](void *buffer, uint64_t nbytes, void *user) -> int32_t {
    auto *from = static_cast<State *>(user);
    ++from->copies;
    std::memcpy(buffer, from->data.data(), nbytes);
    return 0;
  };
  auto tensor = wrap(desc);
  std::vector<const std::byte *> seen(8);
  std::vector<std::thread> threads;
  for (auto &slot : seen) threads.emplace_back([&] { slot = tensor->data(); });
  for (auto &thread : threads) thread.join();
  assert_int_equal(state.copies, 1);
  for (auto *bytes : seen) assert_ptr_equal(bytes, seen[0]);
  assert_memory_equal(seen[0], state.data.data(), state.data.size());
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(views_are_copied_in_row_major_order),
      cmocka_unit_test(elements_of_each_size_are_copied),
      cmocka_unit_test(a_long_contiguous_tensor_is_converted_in_chunks),
      cmocka_unit_test(the_buffer_may_lie_at_any_address),
      cmocka_unit_test(a_buffer_of_another_size_is_refused),
      cmocka_unit_test(an_expanded_tensor_needs_all_its_elements),
      cmocka_unit_test(conj_and_neg_bits_are_applied),
      cmocka_unit_test(a_copy_has_no_bits_and_a_view_keeps_them),
      cmocka_unit_test(a_copy_keeps_what_the_tensor_is),
      cmocka_unit_test(tensors_without_bytes_are_not_copied),
      cmocka_unit_test(dlpack_refuses_bits_that_it_lacks),
      cmocka_unit_test(a_files_view_must_stay_inside_its_storage),
      cmocka_unit_test(a_misaligned_or_swapped_range_of_a_source_is_copied),
      cmocka_unit_test(the_first_touch_is_safe_from_many_threads),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
