/* SPDX-License-Identifier: MIT */
/* wp_tensor_from_dlpack() and wp_tensor_to_dlpack(). */
#include "expect_tensor.h"

/* What dlpack.h of DLPack 0.8 declares. */
typedef struct {
  int32_t device_type;
  int32_t device_id;
} DLDevice;

typedef struct {
  uint8_t code;
  uint8_t bits;
  uint16_t lanes;
} DLDataType;

typedef struct {
  void *data;
  DLDevice device;
  int32_t ndim;
  DLDataType dtype;
  int64_t *shape;
  int64_t *strides;
  uint64_t byte_offset;
} DLTensor;

typedef struct DLManagedTensor {
  DLTensor dl_tensor;
  void *manager_ctx;
  void (*deleter)(struct DLManagedTensor *self);
} DLManagedTensor;

static int deleted;

static void count_deleted(DLManagedTensor *self) {
  (void)self;
  deleted++;
}

static int64_t dl_shape[2], dl_strides[2];
static float dl_data[7];

static DLManagedTensor make_managed(void) {
  DLManagedTensor managed = {{dl_data, {1, 0}, 2, {2, 32, 1}, dl_shape, dl_strides, 4}, NULL, count_deleted};
  deleted = 0;
  dl_shape[0] = 3;
  dl_shape[1] = 2;
  dl_strides[0] = 1;
  dl_strides[1] = 3;
  memcpy(dl_data + 1, numbers, sizeof numbers);
  return managed;
}

static void a_capsule_becomes_a_tensor(void **state) {
  (void)state;
  DLManagedTensor managed = make_managed();
  wp_tensor *tensor;
  const void *bytes;
  const float transposed[6] = {0, 3, 1, 4, 2, 5};
  float read[6];
  assert_ok(wp_tensor_from_dlpack(&tensor, &managed));
  assert_int_equal(wp_tensor_dtype(tensor), WP_DTYPE_FLOAT32);
  assert_ok(wp_tensor_data(&bytes, tensor));
  assert_ptr_equal(bytes, dl_data + 1);
  assert_int_equal(wp_tensor_storage_nbytes(tensor), 24);
  assert_ok(wp_tensor_read(tensor, read, sizeof read, WP_DTYPE_FLOAT32));
  assert_memory_equal(read, transposed, sizeof read);
  assert_int_equal(deleted, 0);
  wp_tensor_release(tensor);
  assert_int_equal(deleted, 1);
}

static void a_capsule_without_strides_or_deleter(void **state) {
  (void)state;
  DLManagedTensor managed = make_managed();
  wp_tensor *tensor;
  managed.dl_tensor.strides = NULL;
  managed.deleter = NULL;
  assert_ok(wp_tensor_from_dlpack(&tensor, &managed));
  assert_true(wp_tensor_is_contiguous(tensor));
  wp_tensor_release(tensor);
}

static void an_empty_capsule_has_no_data(void **state) {
  (void)state;
  DLManagedTensor managed = make_managed();
  wp_tensor *tensor;
  dl_shape[1] = 0;
  managed.dl_tensor.data = NULL;
  assert_ok(wp_tensor_from_dlpack(&tensor, &managed));
  assert_int_equal(wp_tensor_numel(tensor), 0);
  wp_tensor_release(tensor);
}

static void a_refused_capsule_is_deleted(void **state) {
  (void)state;
  wp_tensor *out;
  for (int i = 0; i < 10; i++) {
    DLManagedTensor managed = make_managed();
    wp_code expected = i < 5 ? WP_ERROR_UNSUPPORTED : WP_ERROR_INVALID_ARGUMENT;
    if (i == 0) managed.dl_tensor.device.device_type = 2;
    if (i == 1) managed.dl_tensor.dtype.lanes = 4;
    if (i == 2) managed.dl_tensor.dtype.code = 3;
    if (i == 3) managed.dl_tensor.dtype.bits = 80;
    if (i == 4) dl_strides[0] = -1;
    if (i == 5) dl_shape[0] = -1;
    if (i == 6) managed.dl_tensor.ndim = -1;
    if (i == 7) managed.dl_tensor.shape = NULL;
    if (i == 8) dl_strides[0] = INT64_MAX;
    if (i == 9) managed.dl_tensor.data = NULL;
    ASSERT_NO_TENSOR(expected, out, wp_tensor_from_dlpack(&out, &managed));
    assert_int_equal(deleted, 1);
  }
  DLManagedTensor managed = make_managed();
  assert_fails(wp_tensor_from_dlpack(NULL, &managed), WP_ERROR_INVALID_ARGUMENT);
  assert_int_equal(deleted, 1);
  ASSERT_NO_TENSOR(WP_ERROR_INVALID_ARGUMENT, out, wp_tensor_from_dlpack(&out, NULL));
}

static void a_tensor_becomes_a_capsule(void **state) {
  (void)state;
  const int64_t shape[2] = {3, 2}, strides[2] = {1, 3};
  wp_tensor *base = make_numbers(), *view, *back;
  DLManagedTensor *managed;
  const void *bytes;
  assert_ok(wp_tensor_view(&view, base, 0, shape, strides, 2));
  assert_ok(wp_tensor_data(&bytes, view));
  assert_ok(wp_tensor_to_dlpack(&managed, view));
  wp_tensor_release(view);
  wp_tensor_release(base);

  const DLTensor *dl = &managed->dl_tensor;
  assert_ptr_equal(dl->data, bytes);
  assert_int_equal(dl->device.device_type, 1);
  assert_int_equal(dl->ndim, 2);
  assert_true(dl->dtype.code == 2 && dl->dtype.bits == 32 && dl->dtype.lanes == 1);
  assert_memory_equal(dl->shape, shape, sizeof shape);
  assert_memory_equal(dl->strides, strides, sizeof strides);
  assert_int_equal(dl->byte_offset, 0);

  assert_ok(wp_tensor_from_dlpack(&back, managed));
  assert_ok(wp_tensor_data(&bytes, back));
  assert_memory_equal(bytes, numbers, sizeof numbers);
  wp_tensor_release(back);
}

static void every_dtype_of_dlpack_comes_back(void **state) {
  (void)state;
  int there = 0;
  for (wp_dtype dtype = 0; dtype <= WP_DTYPE_BCOMPLEX32; dtype++) {
    wp_tensor *tensor, *back;
    DLManagedTensor *managed;
    assert_ok(wp_tensor_create(&tensor, dtype, NULL, 0));
    wp_error *error = wp_tensor_to_dlpack(&managed, tensor);
    if (error) {
      assert_null(managed);
      assert_fails(error, WP_ERROR_UNSUPPORTED);
    } else {
      there++;
      assert_int_equal(managed->dl_tensor.dtype.bits * managed->dl_tensor.dtype.lanes, 8 * wp_dtype_itemsize(dtype));
      assert_ok(wp_tensor_from_dlpack(&back, managed));
      assert_int_equal(wp_tensor_dtype(back), dtype);
      wp_tensor_release(back);
    }
    wp_tensor_release(tensor);
  }
  assert_int_equal(there, 22);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_capsule_becomes_a_tensor),   cmocka_unit_test(a_capsule_without_strides_or_deleter),
      cmocka_unit_test(an_empty_capsule_has_no_data), cmocka_unit_test(a_refused_capsule_is_deleted),
      cmocka_unit_test(a_tensor_becomes_a_capsule),   cmocka_unit_test(every_dtype_of_dlpack_comes_back),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
