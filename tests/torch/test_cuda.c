/* SPDX-License-Identifier: MIT */
/* Models and their weights on a GPU. Training there is compared with Python's in beside_optimizers.py. */
#include <stdlib.h>

#include "expect.h"

#define DATA(name) WEIGHTPORT_TEST_DATA "/" name

static const char net[] =
    "{\"class\": \"Sequential\", \"modules\": [{\"class\": \"Linear\", \"in_features\": 3, \"out_features\": 2},"
    " {\"class\": \"Dropout\", \"p\": 0.5}]}";

static wp_model *build(const char *device) {
  wp_model *model;
  assert_ok(wp_model_build_json(&model, net, strlen(net)));
  assert_ok(wp_model_to(model, device, WP_DTYPE_UNDEFINED));
  assert_ok(wp_model_eval(model));
  return model;
}

static wp_state_dict *weights_of(const wp_model *model) {
  wp_state_dict *weights;
  assert_ok(wp_model_state_dict(&weights, model));
  return weights;
}

static wp_tensor *on(const char *device, const wp_tensor *tensor) {
  wp_tensor *moved;
  assert_ok(wp_tensor_to_device(&moved, tensor, device));
  assert_string_equal(wp_tensor_device(moved), device);
  return moved;
}

/* The model of `net` for one row, on its own device, as numbers. */
static void run(float result[2], wp_model *model, const char *device) {
  static const int64_t shape[2] = {1, 3};
  wp_tensor *input, *moved, *output;
  assert_ok(wp_tensor_from_data(&input, WP_DTYPE_FLOAT32, shape, 2, numbers + 1, 3 * sizeof *numbers));
  moved = on(device, input);
  assert_ok(wp_model_forward_tensor(&output, model, moved));
  assert_string_equal(wp_tensor_device(output), device);
  assert_ok(wp_tensor_read(output, result, 2 * sizeof *result, WP_DTYPE_FLOAT32));
  wp_tensor_release(output);
  wp_tensor_release(moved);
  wp_tensor_release(input);
}

static void assert_same_weights(const wp_state_dict *found, const char *device, const wp_state_dict *expected) {
  assert_int_equal(wp_state_dict_size(found), wp_state_dict_size(expected));
  for (size_t i = 0; i < wp_state_dict_size(found); i++) {
    const wp_tensor *a = wp_state_dict_tensor_at(found, i), *b = wp_state_dict_tensor_at(expected, i);
    assert_string_equal(wp_state_dict_name_at(found, i, NULL), wp_state_dict_name_at(expected, i, NULL));
    assert_string_equal(wp_tensor_device(a), device);
    assert_int_equal(wp_tensor_nbytes(a), wp_tensor_nbytes(b));
    float first[6], second[6];
    assert_ok(wp_tensor_read(a, first, wp_tensor_nbytes(a), WP_DTYPE_FLOAT32));
    assert_ok(wp_tensor_read(b, second, wp_tensor_nbytes(b), WP_DTYPE_FLOAT32));
    assert_memory_equal(first, second, wp_tensor_nbytes(a));
  }
}

static void weights_go_to_the_gpu_and_into_a_file(void **state) {
  (void)state;
  const char path[] = "torch_cuda.pt";
  wp_model *here = build("cpu"), *there = build("cuda:0");
  wp_state_dict *weights = weights_of(here), *loaded;
  assert_ok(wp_model_load_state_dict(NULL, there, weights, NULL));
  loaded = weights_of(there);
  assert_same_weights(loaded, "cuda:0", weights);
  float on_cpu[2], on_gpu[2];
  run(on_cpu, here, "cpu");
  run(on_gpu, there, "cuda:0");
  for (size_t i = 0; i < 2; i++) assert_close(on_gpu[i], on_cpu[i], 1e-5);

  wp_checkpoint *checkpoint;
  wp_state_dict *saved;
  assert_ok(wp_checkpoint_create(&checkpoint));
  assert_ok(wp_checkpoint_set_state_dict(checkpoint, NULL, loaded));
  assert_ok(wp_checkpoint_save(checkpoint, path, NULL));
  wp_checkpoint_release(checkpoint);
  assert_ok(wp_checkpoint_open(&checkpoint, path, NULL));
  assert_ok(wp_checkpoint_state_dict(&saved, checkpoint, NULL));
  assert_same_weights(saved, "cuda:0", weights);
  wp_state_dict_release(saved);
  wp_checkpoint_release(checkpoint);
  remove(path);

  /* As Python's assign: the weights stay where they were. */
  wp_load_state_dict_options assign = WP_LOAD_STATE_DICT_OPTIONS_INIT;
  assign.assign = true;
  assert_ok(wp_model_load_state_dict(NULL, there, weights, &assign));
  wp_state_dict_release(loaded);
  loaded = weights_of(there);
  assert_same_weights(loaded, "cpu", weights);
  wp_state_dict_release(loaded);
  wp_state_dict_release(weights);
  wp_model_release(there);
  wp_model_release(here);
}

static void bytes_of_the_gpu_are_read_as_a_copy(void **state) {
  (void)state;
  wp_tensor *here = make_numbers(), *there = on("cuda:0", here), *same = on("cuda:0", there), *back;
  const void *data;
  void *writable;
  assert_ok(wp_tensor_data(&data, there));
  assert_memory_equal(data, numbers, sizeof numbers);
  assert_fails(wp_tensor_mutable_data(&writable, there), WP_ERROR_UNSUPPORTED);
  back = on("cpu", same);
  assert_ok(wp_tensor_mutable_data(&writable, back));
  assert_memory_equal(writable, numbers, sizeof numbers);
  wp_tensor_release(back);
  wp_tensor_release(same);
  wp_tensor_release(there);
  wp_tensor_release(here);
}

static void an_archive_is_put_on_the_gpu_and_saved_from_there(void **state) {
  (void)state;
  const char path[] = "torch_cuda.ts";
  wp_model_options options = WP_MODEL_OPTIONS_INIT;
  wp_model *here, *there, *again;
  assert_ok(wp_model_load(&here, DATA("traced.pt"), NULL));
  options.map_location = "cuda";
  assert_ok(wp_model_load(&there, DATA("traced.pt"), &options));
  wp_state_dict *expected = weights_of(here), *found = weights_of(there);
  for (size_t i = 0; i < wp_state_dict_size(found); i++) {
    assert_string_equal(wp_tensor_device(wp_state_dict_tensor_at(found, i)), "cuda:0");
  }
  assert_ok(wp_model_save(there, path, NULL));
  assert_ok(wp_model_load(&again, path, NULL));
  wp_state_dict *saved = weights_of(again);
  assert_int_equal(wp_state_dict_size(saved), wp_state_dict_size(expected));
  for (size_t i = 0; i < wp_state_dict_size(saved); i++) {
    const wp_tensor *a = wp_state_dict_tensor_at(saved, i), *b = wp_state_dict_tensor_at(expected, i);
    const void *first, *second;
    assert_string_equal(wp_tensor_device(a), "cpu");
    assert_int_equal(wp_tensor_nbytes(a), wp_tensor_nbytes(b));
    assert_ok(wp_tensor_data(&first, a));
    assert_ok(wp_tensor_data(&second, b));
    assert_memory_equal(first, second, wp_tensor_nbytes(a));
  }
  wp_state_dict_release(saved);
  wp_state_dict_release(found);
  wp_state_dict_release(expected);
  wp_model_release(again);
  wp_model_release(there);
  wp_model_release(here);
  remove(path);
}

static void dropout_on_the_gpu_follows_the_seed(void **state) {
  (void)state;
  wp_model *model = build("cuda:0");
  assert_ok(wp_model_train(model, true));
  float results[8][2];
  size_t equal = 0;
  for (size_t i = 0; i < 8; i++) {
    if (i % 4 == 0) assert_ok(wp_torch_manual_seed(5));
    run(results[i], model, "cuda:0");
  }
  for (size_t i = 0; i < 4; i++) {
    assert_memory_equal(results[i], results[i + 4], sizeof *results);
    equal += memcmp(results[0], results[i], sizeof *results) == 0;
  }
  assert_in_range(equal, 1, 3);
  wp_model_release(model);
}

static void two_devices_at_once_are_an_error(void **state) {
  (void)state;
  wp_model *model = build("cuda:0");
  wp_tensor *input = make_numbers(), *out;
  assert_false(wp_torch_device_available("cuda:99"));
  ASSERT_NO_TENSOR(WP_ERROR_TORCH, out, wp_model_forward_tensor(&out, model, input));
  assert_fails(wp_model_to(model, "cuda:99", WP_DTYPE_UNDEFINED), WP_ERROR_TORCH);
  wp_tensor_release(input);
  wp_model_release(model);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(weights_go_to_the_gpu_and_into_a_file),
      cmocka_unit_test(bytes_of_the_gpu_are_read_as_a_copy),
      cmocka_unit_test(an_archive_is_put_on_the_gpu_and_saved_from_there),
      cmocka_unit_test(dropout_on_the_gpu_follows_the_seed),
      cmocka_unit_test(two_devices_at_once_are_an_error),
  };
  if (!wp_torch_device_available("cuda")) {
    printf("skipped: libtorch %s finds no CUDA device\n", wp_torch_version());
    return 77;
  }
  return cmocka_run_group_tests(tests, NULL, NULL);
}
