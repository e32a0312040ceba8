/* SPDX-License-Identifier: MIT */
/* wp_tensor_wrap() and wp_tensor_backend(): memory of the caller's. */
#include "expect_tensor.h"

typedef struct {
  float data[6];
  int released;
  int copied;
  int32_t status; /* what copy_to_host returns */
} owner;

static void release_owner(void *user) { ((owner *)user)->released++; }

static int32_t copy_from_owner(void *buffer, uint64_t nbytes, void *user) {
  owner *from = (owner *)user;
  from->copied++;
  memcpy(buffer, from->data, (size_t)nbytes);
  return from->status;
}

static wp_tensor_desc describe(owner *from) {
  wp_tensor_desc desc = WP_TENSOR_DESC_INIT;
  memset(from, 0, sizeof *from);
  memcpy(from->data, numbers, sizeof numbers);
  desc.shape = two_by_three;
  desc.ndim = 2;
  desc.data = from->data;
  desc.nbytes = sizeof from->data;
  desc.release = release_owner;
  desc.user = from;
  return desc;
}

static void wrapped_memory_is_borrowed_until_released(void **state) {
  (void)state;
  owner from;
  wp_tensor_desc desc = describe(&from);
  const int64_t shape[2] = {3, 2}, strides[2] = {2, 1};
  wp_tensor *tensor, *view;
  void *bytes;
  desc.requires_grad = true;
  assert_ok(wp_tensor_wrap(&tensor, &desc));
  assert_ok(wp_tensor_mutable_data(&bytes, tensor));
  assert_ptr_equal(bytes, from.data);
  assert_true(wp_tensor_requires_grad(tensor));
  assert_string_equal(wp_tensor_device(tensor), "cpu");

  assert_ok(wp_tensor_to(&view, tensor, WP_DTYPE_FLOAT16));
  assert_true(wp_tensor_requires_grad(view));
  wp_tensor_release(view);
  assert_ok(wp_tensor_to(&view, tensor, WP_DTYPE_INT64));
  assert_false(wp_tensor_requires_grad(view));
  wp_tensor_release(view);

  assert_ok(wp_tensor_view(&view, tensor, 0, shape, strides, 2));
  wp_tensor_release(tensor);
  assert_int_equal(from.released, 0);
  wp_tensor_release(view);
  assert_int_equal(from.released, 1);
}

static void wrapped_strides_and_offset_are_followed(void **state) {
  (void)state;
  owner from;
  wp_tensor_desc desc = describe(&from);
  const int64_t shape[1] = {2}, strides[1] = {3};
  const float expected[2] = {2, 5};
  float read[2];
  wp_tensor *tensor;
  desc.shape = shape;
  desc.strides = strides;
  desc.ndim = 1;
  desc.storage_offset = 2;
  desc.read_only = true;
  assert_ok(wp_tensor_wrap(&tensor, &desc));
  assert_int_equal(wp_tensor_storage_offset(tensor), 2);
  assert_false(wp_tensor_is_contiguous(tensor));
  assert_ok(wp_tensor_read(tensor, read, sizeof read, WP_DTYPE_FLOAT32));
  assert_memory_equal(read, expected, sizeof read);
  void *bytes = garbage;
  assert_fails(wp_tensor_mutable_data(&bytes, tensor), WP_ERROR_UNSUPPORTED);
  assert_null(bytes);
  wp_tensor_release(tensor);
  assert_int_equal(from.released, 1);
}

static void a_refused_wrap_releases_once(void **state) {
  (void)state;
  const int64_t negative[2] = {-1, 1}, wide[2] = {3, 2};
  for (int i = 0; i < 9; i++) {
    owner from;
    wp_tensor_desc desc = describe(&from);
    wp_code expected = WP_ERROR_INVALID_ARGUMENT;
    wp_tensor *out = garbage;
    if (i == 0) desc.dtype = 47;
    if (i == 1) desc.shape = NULL;
    if (i == 2) desc.shape = negative;
    if (i == 3) desc.strides = negative;
    if (i == 4) desc.ndim = 65;
    if (i == 5) desc.data = NULL;
    if (i == 6) desc.storage_offset = -1;
    if (i == 7) desc.nbytes = 23;
    if (i == 8) desc.strides = wide;
    if (i >= 7) expected = WP_ERROR_MISMATCH;
    assert_fails(wp_tensor_wrap(&out, &desc), expected);
    assert_null(out);
    assert_int_equal(from.released, 1);
  }
  owner from;
  wp_tensor_desc desc = describe(&from);
  assert_fails(wp_tensor_wrap(NULL, &desc), WP_ERROR_INVALID_ARGUMENT);
  assert_int_equal(from.released, 1);
}

static void a_description_must_say_its_size(void **state) {
  (void)state;
  owner from;
  wp_tensor_desc desc = describe(&from);
  wp_tensor *out;
  desc.struct_size = 0;
  ASSERT_NO_TENSOR(WP_ERROR_INVALID_ARGUMENT, out, wp_tensor_wrap(&out, &desc));
  assert_int_equal(from.released, 0);
  ASSERT_NO_TENSOR(WP_ERROR_INVALID_ARGUMENT, out, wp_tensor_wrap(&out, NULL));
}

static void only_real_and_complex_numbers_have_gradients(void **state) {
  (void)state;
  const wp_dtype dtypes[] = {WP_DTYPE_INT32, WP_DTYPE_BOOL, WP_DTYPE_FLOAT32, WP_DTYPE_COMPLEX64};
  for (int i = 0; i < 4; i++) {
    float numbers[2] = {1, 2};
    int64_t shape = 1;
    wp_tensor_desc desc = WP_TENSOR_DESC_INIT;
    wp_tensor *out;
    desc.dtype = dtypes[i];
    desc.shape = &shape;
    desc.ndim = 1;
    desc.data = numbers;
    desc.nbytes = sizeof numbers;
    desc.requires_grad = true;
    wp_error *error = wp_tensor_wrap(&out, &desc);
    assert_int_equal(wp_error_code(error), i < 2 ? WP_ERROR_INVALID_ARGUMENT : WP_OK);
    assert_int_equal(wp_tensor_requires_grad(out), i >= 2);
    wp_error_release(error);
    wp_tensor_release(out);
  }
}

static void memory_of_a_device_is_copied_when_wanted(void **state) {
  (void)state;
  owner from;
  wp_tensor_desc desc = describe(&from);
  wp_tensor *tensor;
  const void *bytes, *again;
  void *writable;
  desc.data = NULL;
  desc.device = "cuda:1";
  desc.copy_to_host = copy_from_owner;
  assert_ok(wp_tensor_wrap(&tensor, &desc));
  assert_string_equal(wp_tensor_device(tensor), "cuda:1");
  assert_int_equal(from.copied, 0);

  from.status = 3;
  assert_fails(wp_tensor_data(&bytes, tensor), WP_ERROR_CALLBACK);
  assert_null(bytes);
  from.status = 0;
  assert_ok(wp_tensor_data(&bytes, tensor));
  assert_ok(wp_tensor_data(&again, tensor));
  assert_ptr_equal(bytes, again);
  assert_int_equal(from.copied, 2);
  assert_memory_equal(bytes, numbers, sizeof numbers);
  assert_fails(wp_tensor_mutable_data(&writable, tensor), WP_ERROR_UNSUPPORTED);

  wp_tensor *copy;
  assert_ok(wp_tensor_contiguous(&copy, tensor));
  assert_string_equal(wp_tensor_device(copy), "cpu");
  wp_tensor_release(copy);
  wp_tensor_release(tensor);
  assert_int_equal(from.released, 1);
}

static void a_backend_finds_its_own_tensor(void **state) {
  (void)state;
  static const char tag, other_tag;
  owner from;
  wp_tensor_desc desc = describe(&from);
  wp_tensor *tensor, *view;
  desc.backend_tag = &tag;
  desc.backend = &from;
  assert_ok(wp_tensor_wrap(&tensor, &desc));
  assert_ptr_equal(wp_tensor_backend(tensor, &tag), &from);
  assert_null(wp_tensor_backend(tensor, &other_tag));
  assert_null(wp_tensor_backend(tensor, NULL));
  assert_null(wp_tensor_backend(NULL, &tag));
  assert_ok(wp_tensor_view(&view, tensor, 0, NULL, NULL, 0));
  assert_null(wp_tensor_backend(view, &tag));
  wp_tensor_release(view);
  wp_tensor_release(tensor);
}

static void an_empty_tensor_needs_no_memory(void **state) {
  (void)state;
  owner from;
  wp_tensor_desc desc = describe(&from);
  const int64_t none = 0;
  wp_tensor *tensor;
  const void *bytes;
  desc.shape = &none;
  desc.ndim = 1;
  desc.data = NULL;
  desc.nbytes = 0;
  assert_ok(wp_tensor_wrap(&tensor, &desc));
  assert_ok(wp_tensor_data(&bytes, tensor));
  assert_non_null(bytes);
  wp_tensor_release(tensor);
  assert_int_equal(from.released, 1);
}

static void a_view_of_another_shares_its_storage(void **state) {
  (void)state;
  static const char tag = 0;
  owner from, other;
  wp_tensor_desc desc = describe(&from), second = describe(&other);
  const int64_t shape[1] = {2};
  float read[2];
  wp_tensor *base, *part, *view;
  assert_ok(wp_tensor_wrap(&base, &desc));
  const uint64_t storage = wp_tensor_storage_id(base);
  second.shape = shape;
  second.ndim = 1;
  second.storage_offset = 3;
  second.requires_grad = true;
  second.view_of = base;
  ASSERT_NO_TENSOR(WP_ERROR_INVALID_ARGUMENT, part, wp_tensor_wrap(&part, &second));
  assert_int_equal(other.released, 1);
  second.data = NULL;
  second.nbytes = 0;
  second.backend_tag = &tag;
  second.backend = &other;
  assert_ok(wp_tensor_wrap(&part, &second));
  wp_tensor_release(base);
  assert_int_equal(from.released, 0);
  assert_int_equal(wp_tensor_storage_id(part), storage);
  assert_int_equal(wp_tensor_storage_nbytes(part), sizeof from.data);
  assert_ok(wp_tensor_read(part, read, sizeof read, WP_DTYPE_FLOAT32));
  assert_memory_equal(read, from.data + 3, sizeof read);
  assert_ptr_equal(wp_tensor_backend(part, &tag), &other);

  /* A view needs the storage, and has neither the backend nor its history. */
  assert_ok(wp_tensor_view(&view, part, 0, shape, NULL, 1));
  assert_true(wp_tensor_requires_grad(part));
  assert_false(wp_tensor_requires_grad(view));
  wp_tensor_release(part);
  assert_int_equal(other.released, 2);
  assert_int_equal(from.released, 0);
  wp_tensor_release(view);
  assert_int_equal(from.released, 1);

  wp_tensor_desc outside = describe(&other);
  const int64_t three[1] = {3};
  assert_ok(wp_tensor_from_data(&base, WP_DTYPE_FLOAT32, shape, 1, numbers, 8));
  outside.data = NULL;
  outside.nbytes = 0;
  outside.shape = three;
  outside.ndim = 1;
  outside.view_of = base;
  ASSERT_NO_TENSOR(WP_ERROR_MISMATCH, part, wp_tensor_wrap(&part, &outside));
  assert_int_equal(other.released, 1);
  wp_tensor_release(base);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(wrapped_memory_is_borrowed_until_released),
      cmocka_unit_test(wrapped_strides_and_offset_are_followed),
      cmocka_unit_test(a_refused_wrap_releases_once),
      cmocka_unit_test(a_description_must_say_its_size),
      cmocka_unit_test(only_real_and_complex_numbers_have_gradients),
      cmocka_unit_test(memory_of_a_device_is_copied_when_wanted),
      cmocka_unit_test(a_backend_finds_its_own_tensor),
      cmocka_unit_test(a_view_of_another_shares_its_storage),
      cmocka_unit_test(an_empty_tensor_needs_no_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
