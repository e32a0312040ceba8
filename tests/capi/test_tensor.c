/* SPDX-License-Identifier: MIT */
/* tensor.h: dtypes, making tensors, their facts and their bytes. */
#include <weightport/checkpoint.h>

#include "expect_tensor.h"

/* ---- dtypes */

static void dtypes_have_names_and_sizes(void **state) {
  (void)state;
  assert_string_equal(wp_dtype_name(WP_DTYPE_FLOAT32), "float32");
  assert_string_equal(wp_dtype_name(WP_DTYPE_FLOAT4_E2M1FN_X2), "float4_e2m1fn_x2");
  assert_string_equal(wp_dtype_name(WP_DTYPE_UNDEFINED), "undefined");
  assert_string_equal(wp_dtype_name(47), "undefined");
  assert_int_equal(wp_dtype_itemsize(WP_DTYPE_COMPLEX128), 16);
  assert_int_equal(wp_dtype_itemsize(WP_DTYPE_BFLOAT16), 2);
  assert_int_equal(wp_dtype_itemsize(WP_DTYPE_UNDEFINED), 0);
  assert_int_equal(wp_dtype_from_name("bfloat16"), WP_DTYPE_BFLOAT16);
  assert_int_equal(wp_dtype_from_name("torch.float8_e4m3fn"), WP_DTYPE_FLOAT8_E4M3FN);
  assert_int_equal(wp_dtype_from_name("torch.half"), WP_DTYPE_FLOAT16);
  assert_int_equal(wp_dtype_from_name("torch.torch.half"), WP_DTYPE_UNDEFINED);
  assert_int_equal(wp_dtype_from_name("torch"), WP_DTYPE_UNDEFINED);
  assert_int_equal(wp_dtype_from_name(NULL), WP_DTYPE_UNDEFINED);
}

/* ---- making tensors */

static void a_created_tensor_is_zero_and_writable(void **state) {
  (void)state;
  wp_tensor *tensor;
  void *bytes;
  const float zero[6] = {0};
  assert_ok(wp_tensor_create(&tensor, WP_DTYPE_FLOAT32, two_by_three, 2));
  assert_ok(wp_tensor_mutable_data(&bytes, tensor));
  assert_int_equal((uintptr_t)bytes % 64, 0);
  assert_memory_equal(bytes, zero, sizeof zero);

  assert_int_equal(wp_tensor_dtype(tensor), WP_DTYPE_FLOAT32);
  assert_int_equal(wp_tensor_ndim(tensor), 2);
  assert_memory_equal(wp_tensor_shape(tensor), two_by_three, sizeof two_by_three);
  assert_int_equal(wp_tensor_strides(tensor)[0], 3);
  assert_int_equal(wp_tensor_strides(tensor)[1], 1);
  assert_int_equal(wp_tensor_storage_offset(tensor), 0);
  assert_int_equal(wp_tensor_numel(tensor), 6);
  assert_int_equal(wp_tensor_nbytes(tensor), 24);
  assert_int_equal(wp_tensor_storage_nbytes(tensor), 24);
  assert_string_equal(wp_tensor_device(tensor), "cpu");
  assert_int_equal(wp_tensor_layout(tensor), WP_LAYOUT_STRIDED);
  assert_true(wp_tensor_is_contiguous(tensor));
  assert_false(wp_tensor_requires_grad(tensor) || wp_tensor_is_parameter(tensor));
  assert_false(wp_tensor_is_conj(tensor) || wp_tensor_is_neg(tensor));
  assert_int_equal(wp_tensor_qscheme(tensor), WP_QSCHEME_NONE);
  assert_true(wp_tensor_q_scale(tensor) == 0);
  assert_int_equal(wp_tensor_q_zero_point(tensor), 0);
  assert_int_equal(wp_tensor_q_per_channel_axis(tensor), -1);
  assert_null(wp_tensor_get_part(tensor, WP_PART_VALUES));
  wp_tensor_release(tensor);
}

static void scalars_and_empty_tensors_have_data(void **state) {
  (void)state;
  const int64_t empty_shape[3] = {2, 0, 3};
  wp_tensor *scalar, *empty;
  const void *bytes;
  assert_ok(wp_tensor_create(&scalar, WP_DTYPE_INT64, NULL, 0));
  assert_int_equal(wp_tensor_numel(scalar), 1);
  assert_int_equal(wp_tensor_nbytes(scalar), 8);
  assert_ok(wp_tensor_from_data(&empty, WP_DTYPE_INT64, empty_shape, 3, NULL, 0));
  assert_int_equal(wp_tensor_numel(empty), 0);
  assert_ok(wp_tensor_data(&bytes, empty));
  assert_non_null(bytes);
  assert_ok(wp_tensor_read(empty, NULL, 0, WP_DTYPE_FLOAT32));
  wp_tensor_release(scalar);
  wp_tensor_release(empty);
}

static void a_bad_shape_is_refused(void **state) {
  (void)state;
  const int64_t negative[1] = {-1}, large[2] = {INT64_MAX, 2}, too_many_bytes[1] = {INT64_MAX / 4}, too_much[1] = {INT64_MAX};
  const int64_t hidden[3] = {0, INT64_MAX, INT64_MAX};
  int64_t ones[65];
  for (size_t i = 0; i < 65; i++) ones[i] = 1;
  wp_tensor *out;
  ASSERT_NO_TENSOR(WP_ERROR_INVALID_ARGUMENT, out, wp_tensor_create(&out, WP_DTYPE_FLOAT32, negative, 1));
  ASSERT_NO_TENSOR(WP_ERROR_INVALID_ARGUMENT, out, wp_tensor_create(&out, WP_DTYPE_FLOAT32, large, 2));
  ASSERT_NO_TENSOR(WP_ERROR_INVALID_ARGUMENT, out, wp_tensor_create(&out, WP_DTYPE_FLOAT32, hidden, 3));
  ASSERT_NO_TENSOR(WP_ERROR_INVALID_ARGUMENT, out, wp_tensor_create(&out, WP_DTYPE_FLOAT64, too_many_bytes, 1));
  ASSERT_NO_TENSOR(WP_ERROR_INVALID_ARGUMENT, out, wp_tensor_create(&out, WP_DTYPE_FLOAT32, ones, 65));
  ASSERT_NO_TENSOR(WP_ERROR_INVALID_ARGUMENT, out, wp_tensor_create(&out, WP_DTYPE_FLOAT32, NULL, 1));
  ASSERT_NO_TENSOR(WP_ERROR_INVALID_ARGUMENT, out, wp_tensor_create(&out, 47, two_by_three, 2));
  ASSERT_NO_TENSOR(WP_ERROR_INVALID_ARGUMENT, out, wp_tensor_create(&out, WP_DTYPE_UNDEFINED, two_by_three, 2));
  ASSERT_NO_TENSOR(WP_ERROR_OUT_OF_MEMORY, out, wp_tensor_create(&out, WP_DTYPE_UINT8, too_much, 1));
  assert_fails(wp_tensor_create(NULL, WP_DTYPE_FLOAT32, two_by_three, 2), WP_ERROR_INVALID_ARGUMENT);

  assert_ok(wp_tensor_create(&out, WP_DTYPE_FLOAT32, ones, 64));
  assert_int_equal(wp_tensor_ndim(out), 64);
  wp_tensor_release(out);
}

static void from_data_copies(void **state) {
  (void)state;
  float source[6];
  wp_tensor *tensor;
  const void *bytes;
  memcpy(source, numbers, sizeof source);
  assert_ok(wp_tensor_from_data(&tensor, WP_DTYPE_FLOAT32, two_by_three, 2, source, sizeof source));
  source[0] = 100;
  assert_ok(wp_tensor_data(&bytes, tensor));
  assert_memory_equal(bytes, numbers, sizeof numbers);
  wp_tensor_release(tensor);

  ASSERT_NO_TENSOR(WP_ERROR_MISMATCH, tensor, wp_tensor_from_data(&tensor, WP_DTYPE_FLOAT32, two_by_three, 2, source, 20));
  ASSERT_NO_TENSOR(WP_ERROR_INVALID_ARGUMENT, tensor,
                   wp_tensor_from_data(&tensor, WP_DTYPE_FLOAT32, two_by_three, 2, NULL, sizeof source));
  ASSERT_NO_TENSOR(WP_ERROR_INVALID_ARGUMENT, tensor, wp_tensor_from_data(&tensor, 99, two_by_three, 2, source, sizeof source));
  assert_fails(wp_tensor_from_data(NULL, WP_DTYPE_FLOAT32, two_by_three, 2, source, sizeof source), WP_ERROR_INVALID_ARGUMENT);
}

/* ---- bytes */

static void reading_converts(void **state) {
  (void)state;
  wp_tensor *tensor = make_numbers();
  const int64_t expected[6] = {0, 1, 2, 3, 4, 5};
  int64_t read[6];
  assert_ok(wp_tensor_read(tensor, read, sizeof read, WP_DTYPE_INT64));
  assert_memory_equal(read, expected, sizeof read);
  assert_fails(wp_tensor_read(tensor, read, sizeof read - 1, WP_DTYPE_INT64), WP_ERROR_MISMATCH);
  assert_fails(wp_tensor_read(tensor, read, 6, WP_DTYPE_QINT8), WP_ERROR_UNSUPPORTED);
  assert_fails(wp_tensor_read(tensor, read, sizeof read, 47), WP_ERROR_INVALID_ARGUMENT);
  assert_fails(wp_tensor_read(tensor, NULL, sizeof read, WP_DTYPE_INT64), WP_ERROR_INVALID_ARGUMENT);
  assert_fails(wp_tensor_read(NULL, read, sizeof read, WP_DTYPE_INT64), WP_ERROR_INVALID_ARGUMENT);
  wp_tensor_release(tensor);
}

static void copies_are_owned_and_contiguous(void **state) {
  (void)state;
  const int64_t shape[2] = {3, 2}, strides[2] = {1, 3};
  const float transposed[6] = {0, 3, 1, 4, 2, 5};
  const uint8_t bytes_expected[6] = {0, 3, 1, 4, 2, 5};
  wp_tensor *base = make_numbers(), *view, *copy, *converted;
  void *bytes;
  assert_ok(wp_tensor_view(&view, base, 0, shape, strides, 2));
  assert_ok(wp_tensor_contiguous(&copy, view));
  assert_true(wp_tensor_is_contiguous(copy));
  assert_int_not_equal(wp_tensor_storage_id(copy), wp_tensor_storage_id(view));
  assert_ok(wp_tensor_mutable_data(&bytes, copy));
  assert_memory_equal(bytes, transposed, sizeof transposed);

  assert_ok(wp_tensor_to(&converted, view, WP_DTYPE_UINT8));
  assert_int_equal(wp_tensor_dtype(converted), WP_DTYPE_UINT8);
  assert_ok(wp_tensor_mutable_data(&bytes, converted));
  assert_memory_equal(bytes, bytes_expected, sizeof bytes_expected);

  wp_tensor *out;
  ASSERT_NO_TENSOR(WP_ERROR_UNSUPPORTED, out, wp_tensor_to(&out, view, WP_DTYPE_BITS8));
  ASSERT_NO_TENSOR(WP_ERROR_INVALID_ARGUMENT, out, wp_tensor_to(&out, view, -2));
  ASSERT_NO_TENSOR(WP_ERROR_INVALID_ARGUMENT, out, wp_tensor_to(&out, NULL, WP_DTYPE_UINT8));
  ASSERT_NO_TENSOR(WP_ERROR_INVALID_ARGUMENT, out, wp_tensor_contiguous(&out, NULL));
  assert_fails(wp_tensor_to(NULL, view, WP_DTYPE_UINT8), WP_ERROR_INVALID_ARGUMENT);
  assert_fails(wp_tensor_contiguous(NULL, view), WP_ERROR_INVALID_ARGUMENT);
  wp_tensor_release(converted);
  wp_tensor_release(copy);
  wp_tensor_release(view);
  wp_tensor_release(base);
}

static void packed_elements_share_bytes(void **state) {
  (void)state;
  static const wp_dtype dtypes[] = {WP_DTYPE_QUINT4X2, WP_DTYPE_QUINT2X4};
  const uint8_t source[3] = {0x21, 0x43, 0x05};
  for (size_t i = 0; i < 2; i++) {
    const int64_t shape[1] = {i ? 9 : 5};
    wp_tensor *tensor, *copy, *out;
    const void *data;
    uint8_t read[4] = {0, 0, 0, 9};
    ASSERT_NO_TENSOR(WP_ERROR_MISMATCH, out, wp_tensor_from_data(&out, dtypes[i], shape, 1, source, 2));
    assert_ok(wp_tensor_from_data(&tensor, dtypes[i], shape, 1, source, sizeof source));
    assert_int_equal(wp_tensor_numel(tensor), shape[0]);
    assert_int_equal(wp_tensor_nbytes(tensor), 3);
    assert_int_equal(wp_tensor_storage_nbytes(tensor), 3);
    assert_ok(wp_tensor_data(&data, tensor));
    assert_memory_equal(data, source, sizeof source);
    assert_ok(wp_tensor_read(tensor, read, 3, dtypes[i]));
    assert_memory_equal(read, "\x21\x43\x05\x09", 4);
    assert_fails(wp_tensor_read(tensor, read, 4, dtypes[i]), WP_ERROR_MISMATCH);
    assert_ok(wp_tensor_contiguous(&copy, tensor));
    assert_int_equal(wp_tensor_storage_nbytes(copy), 3);
    wp_tensor_release(copy);
    wp_tensor_release(tensor);
    assert_ok(wp_tensor_create(&tensor, dtypes[i], shape, 1));
    assert_int_equal(wp_tensor_storage_nbytes(tensor), 3);
    wp_tensor_release(tensor);
  }
}

static void an_item_is_one_number(void **state) {
  (void)state;
  const int16_t minus_seven = -7;
  const float complex_number[2] = {1, 2};
  wp_tensor *tensor;
  double item;
  assert_ok(wp_tensor_from_data(&tensor, WP_DTYPE_INT16, NULL, 0, &minus_seven, 2));
  assert_ok(wp_tensor_item(&item, tensor));
  assert_true(item == -7);
  assert_fails(wp_tensor_item(NULL, tensor), WP_ERROR_INVALID_ARGUMENT);
  wp_tensor_release(tensor);

  assert_ok(wp_tensor_from_data(&tensor, WP_DTYPE_COMPLEX64, NULL, 0, complex_number, sizeof complex_number));
  assert_fails(wp_tensor_item(&item, tensor), WP_ERROR_UNSUPPORTED);
  assert_true(item == 0);
  wp_tensor_release(tensor);
  assert_ok(wp_tensor_create(&tensor, WP_DTYPE_QUINT4X2, NULL, 0));
  assert_fails(wp_tensor_item(&item, tensor), WP_ERROR_UNSUPPORTED);
  wp_tensor_release(tensor);
  tensor = make_numbers();
  assert_fails(wp_tensor_item(&item, tensor), WP_ERROR_MISMATCH);
  wp_tensor_release(tensor);
  assert_fails(wp_tensor_item(&item, NULL), WP_ERROR_INVALID_ARGUMENT);
}

static void a_view_shares_the_storage(void **state) {
  (void)state;
  const int64_t shape[1] = {2}, strides[1] = {3}, negative[1] = {-1}, large[1] = {INT64_MAX};
  wp_tensor *base = make_numbers(), *view, *out;
  const void *bytes;
  void *start;
  assert_ok(wp_tensor_view(&view, base, 1, shape, strides, 1));
  assert_int_equal(wp_tensor_storage_id(view), wp_tensor_storage_id(base));
  assert_int_equal(wp_tensor_storage_nbytes(view), 24);
  assert_int_equal(wp_tensor_nbytes(view), 8);
  assert_ok(wp_tensor_mutable_data(&start, base));
  assert_ok(wp_tensor_data(&bytes, view));
  assert_ptr_equal(bytes, (char *)start + 4);
  wp_tensor_release(view);

  ASSERT_NO_TENSOR(WP_ERROR_MISMATCH, out, wp_tensor_view(&out, base, 3, shape, strides, 1));
  ASSERT_NO_TENSOR(WP_ERROR_MISMATCH, out, wp_tensor_view(&out, base, 0, shape, large, 1));
  ASSERT_NO_TENSOR(WP_ERROR_INVALID_ARGUMENT, out, wp_tensor_view(&out, base, -1, shape, strides, 1));
  ASSERT_NO_TENSOR(WP_ERROR_INVALID_ARGUMENT, out, wp_tensor_view(&out, base, 3, shape, negative, 1));
  ASSERT_NO_TENSOR(WP_ERROR_INVALID_ARGUMENT, out, wp_tensor_view(&out, base, 0, negative, NULL, 1));
  ASSERT_NO_TENSOR(WP_ERROR_INVALID_ARGUMENT, out, wp_tensor_view(&out, base, 0, NULL, NULL, 1));
  ASSERT_NO_TENSOR(WP_ERROR_INVALID_ARGUMENT, out, wp_tensor_view(&out, NULL, 0, shape, NULL, 1));
  assert_fails(wp_tensor_view(NULL, base, 0, shape, NULL, 1), WP_ERROR_INVALID_ARGUMENT);
  wp_tensor_release(base);
}

/* ---- what only a file can say */

static wp_checkpoint *open_data(const char *path) {
  wp_checkpoint *checkpoint;
  assert_ok(wp_checkpoint_open(&checkpoint, path, NULL));
  return checkpoint;
}

static wp_tensor *tensor_at(wp_checkpoint *checkpoint, const char *key) {
  wp_tensor *tensor = wp_value_tensor(wp_value_find(wp_checkpoint_root(checkpoint), key, strlen(key)));
  assert_non_null(tensor);
  return tensor;
}

static void quantized_tensors_say_their_scale(void **state) {
  (void)state;
  wp_checkpoint *checkpoint = open_data(WEIGHTPORT_TEST_DATA "/quantized.pt");
  const wp_tensor *tensor = tensor_at(checkpoint, "qint8"), *channels = tensor_at(checkpoint, "channels");
  assert_int_equal(wp_tensor_qscheme(tensor), WP_QSCHEME_PER_TENSOR_AFFINE);
  double tenth = 0.1; /* a constant has more bits on the x87 */
  assert_true(wp_tensor_q_scale(tensor) == tenth);
  assert_int_equal(wp_tensor_q_zero_point(tensor), 3);
  assert_int_equal(wp_tensor_qscheme(channels), WP_QSCHEME_PER_CHANNEL_AFFINE);
  assert_int_equal(wp_tensor_q_per_channel_axis(channels), 0);
  double scale[2];
  assert_ok(wp_tensor_read(wp_tensor_get_part(channels, WP_PART_SCALES), scale, sizeof scale, WP_DTYPE_FLOAT64));
  assert_true(scale[0] == tenth && scale[1] == 0.5);
  assert_non_null(wp_tensor_get_part(channels, WP_PART_ZERO_POINTS));
  assert_null(wp_tensor_get_part(channels, WP_PART_INDICES));
  assert_null(wp_tensor_get_part(channels, -1));
  assert_null(wp_tensor_get_part(channels, 6));

  wp_tensor *out;
  struct DLManagedTensor *managed;
  ASSERT_NO_TENSOR(WP_ERROR_UNSUPPORTED, out, wp_tensor_view(&out, tensor, 0, NULL, NULL, 0));
  assert_fails(wp_tensor_to_dlpack(&managed, tensor), WP_ERROR_UNSUPPORTED);
  assert_ok(wp_tensor_contiguous(&out, tensor));
  assert_true(wp_tensor_q_scale(out) == tenth);
  wp_tensor_release(out);
  wp_checkpoint_release(checkpoint);
}

static void sparse_and_meta_tensors_have_no_bytes(void **state) {
  (void)state;
  wp_checkpoint *checkpoint = open_data(WEIGHTPORT_TEST_DATA "/rebuild.pt");
  const wp_tensor *csr = tensor_at(checkpoint, "csr"), *meta = tensor_at(checkpoint, "meta");
  assert_int_equal(wp_tensor_layout(csr), WP_LAYOUT_SPARSE_CSR);
  assert_null(wp_tensor_strides(csr));
  assert_false(wp_tensor_is_contiguous(csr));
  assert_int_equal(wp_tensor_numel(wp_tensor_get_part(csr, WP_PART_COMPRESSED_INDICES)), 3);
  assert_int_equal(wp_tensor_numel(wp_tensor_get_part(csr, WP_PART_PLAIN_INDICES)), 2);
  assert_non_null(wp_tensor_get_part(csr, WP_PART_VALUES));
  assert_string_equal(wp_tensor_device(meta), "meta");

  const wp_tensor *without_bytes[2] = {csr, meta};
  for (size_t i = 0; i < 2; i++) {
    const void *bytes = garbage;
    wp_tensor *out;
    struct DLManagedTensor *managed = (struct DLManagedTensor *)garbage;
    assert_int_equal(wp_tensor_storage_id(without_bytes[i]), 0);
    assert_int_equal(wp_tensor_storage_nbytes(without_bytes[i]), 0);
    assert_fails(wp_tensor_data(&bytes, without_bytes[i]), WP_ERROR_UNSUPPORTED);
    assert_null(bytes);
    ASSERT_NO_TENSOR(WP_ERROR_UNSUPPORTED, out, wp_tensor_contiguous(&out, without_bytes[i]));
    ASSERT_NO_TENSOR(WP_ERROR_UNSUPPORTED, out, wp_tensor_view(&out, without_bytes[i], 0, NULL, NULL, 0));
    assert_fails(wp_tensor_to_dlpack(&managed, without_bytes[i]), WP_ERROR_UNSUPPORTED);
    assert_null(managed);
  }
  wp_checkpoint_release(checkpoint);
}

static void conj_and_neg_bits_are_applied_by_reading(void **state) {
  (void)state;
  wp_checkpoint *checkpoint = open_data(WEIGHTPORT_TEST_DATA "/rebuild.pt");
  const wp_tensor *conj = tensor_at(checkpoint, "conj"), *neg = tensor_at(checkpoint, "neg");
  const float conj_expected[4] = {1, -2, 3, 4}, neg_expected[2] = {-1, 2};
  float read[4];
  const void *raw;
  assert_true(wp_tensor_is_conj(conj) && !wp_tensor_is_neg(conj));
  assert_true(wp_tensor_is_neg(neg) && !wp_tensor_is_conj(neg));
  assert_ok(wp_tensor_data(&raw, neg));
  assert_true(((const float *)raw)[0] == 1);
  assert_ok(wp_tensor_read(conj, read, 16, WP_DTYPE_COMPLEX64));
  assert_memory_equal(read, conj_expected, 16);
  assert_ok(wp_tensor_read(neg, read, 8, WP_DTYPE_FLOAT32));
  assert_memory_equal(read, neg_expected, 8);

  assert_true(wp_tensor_is_parameter(tensor_at(checkpoint, "parameter")));
  assert_string_equal(wp_tensor_device(tensor_at(checkpoint, "cuda")), "cuda:3");
  wp_checkpoint_release(checkpoint);
}

/* ---- references */

static void references_are_counted(void **state) {
  (void)state;
  wp_tensor *tensor = make_numbers();
  assert_ptr_equal(wp_tensor_retain(tensor), tensor);
  wp_tensor_release(tensor);
  assert_int_equal(wp_tensor_numel(tensor), 6);
  wp_tensor_release(tensor);
}

static void null_is_no_tensor(void **state) {
  (void)state;
  const void *data = garbage;
  void *writable = garbage;
  struct DLManagedTensor *managed = (struct DLManagedTensor *)garbage;
  assert_null(wp_tensor_retain(NULL));
  wp_tensor_release(NULL);
  assert_int_equal(wp_tensor_dtype(NULL), WP_DTYPE_UNDEFINED);
  assert_int_equal(wp_tensor_ndim(NULL), 0);
  assert_null(wp_tensor_shape(NULL));
  assert_null(wp_tensor_strides(NULL));
  assert_int_equal(wp_tensor_storage_offset(NULL), 0);
  assert_int_equal(wp_tensor_numel(NULL), 0);
  assert_int_equal(wp_tensor_nbytes(NULL), 0);
  assert_string_equal(wp_tensor_device(NULL), "");
  assert_int_equal(wp_tensor_layout(NULL), WP_LAYOUT_STRIDED);
  assert_false(wp_tensor_requires_grad(NULL) || wp_tensor_is_parameter(NULL) || wp_tensor_is_contiguous(NULL));
  assert_false(wp_tensor_is_conj(NULL) || wp_tensor_is_neg(NULL));
  assert_int_equal(wp_tensor_storage_id(NULL), 0);
  assert_int_equal(wp_tensor_storage_nbytes(NULL), 0);
  assert_int_equal(wp_tensor_qscheme(NULL), WP_QSCHEME_NONE);
  assert_true(wp_tensor_q_scale(NULL) == 0);
  assert_int_equal(wp_tensor_q_zero_point(NULL), 0);
  assert_int_equal(wp_tensor_q_per_channel_axis(NULL), -1);
  assert_null(wp_tensor_get_part(NULL, WP_PART_VALUES));
  assert_fails(wp_tensor_data(&data, NULL), WP_ERROR_INVALID_ARGUMENT);
  assert_fails(wp_tensor_mutable_data(&writable, NULL), WP_ERROR_INVALID_ARGUMENT);
  assert_fails(wp_tensor_to_dlpack(&managed, NULL), WP_ERROR_INVALID_ARGUMENT);
  assert_true(!data && !writable && !managed);

  wp_tensor *tensor = make_numbers();
  assert_fails(wp_tensor_data(NULL, tensor), WP_ERROR_INVALID_ARGUMENT);
  assert_fails(wp_tensor_mutable_data(NULL, tensor), WP_ERROR_INVALID_ARGUMENT);
  assert_fails(wp_tensor_to_dlpack(NULL, tensor), WP_ERROR_INVALID_ARGUMENT);
  wp_tensor_release(tensor);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(dtypes_have_names_and_sizes),
      cmocka_unit_test(a_created_tensor_is_zero_and_writable),
      cmocka_unit_test(scalars_and_empty_tensors_have_data),
      cmocka_unit_test(a_bad_shape_is_refused),
      cmocka_unit_test(from_data_copies),
      cmocka_unit_test(reading_converts),
      cmocka_unit_test(copies_are_owned_and_contiguous),
      cmocka_unit_test(packed_elements_share_bytes),
      cmocka_unit_test(an_item_is_one_number),
      cmocka_unit_test(a_view_shares_the_storage),
      cmocka_unit_test(quantized_tensors_say_their_scale),
      cmocka_unit_test(sparse_and_meta_tensors_have_no_bytes),
      cmocka_unit_test(conj_and_neg_bits_are_applied_by_reading),
      cmocka_unit_test(references_are_counted),
      cmocka_unit_test(null_is_no_tensor),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
