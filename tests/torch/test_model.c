/* SPDX-License-Identifier: MIT */
/* model.h with TorchScript archives: getting them from everywhere, running them, their modes, saving. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <weightport/torch/torch.h>

#include "../capi/expect_tensor.h"

#define DATA(name) WEIGHTPORT_TEST_DATA "/" name

static wp_model *load(const char *path) {
  wp_model *model;
  assert_ok(wp_model_load(&model, path, NULL));
  return model;
}

static wp_tensor *image(void) {
  static const int64_t shape[4] = {1, 2, 4, 4};
  float pixels[32];
  for (size_t i = 0; i < 32; i++) pixels[i] = (float)i / 10 - 1;
  wp_tensor *tensor;
  assert_ok(wp_tensor_from_data(&tensor, WP_DTYPE_FLOAT32, shape, 4, pixels, sizeof pixels));
  return tensor;
}

static wp_tensor *forward(wp_model *model, const wp_tensor *input) {
  wp_tensor *output;
  assert_ok(wp_model_forward_tensor(&output, model, input));
  return output;
}

/* Largest difference between two tensors, relative to the larger number. */
static double difference(const wp_tensor *a, const wp_tensor *b) {
  assert_int_equal(wp_tensor_numel(a), wp_tensor_numel(b));
  size_t count = (size_t)wp_tensor_numel(a);
  double *x = calloc(count + 1, sizeof *x), *y = calloc(count + 1, sizeof *y), largest = 0;
  assert_ok(wp_tensor_read(a, x, count * sizeof *x, WP_DTYPE_FLOAT64));
  assert_ok(wp_tensor_read(b, y, count * sizeof *y, WP_DTYPE_FLOAT64));
  for (size_t i = 0; i < count; i++) largest = fmax(largest, fabs(x[i] - y[i]) / fmax(1, fabs(y[i])));
  free(x);
  free(y);
  return largest;
}

static void expect_forward(wp_model *model, const wp_tensor *wanted, double tolerance) {
  wp_tensor *x = image(), *y = forward(model, x);
  assert_true(difference(y, wanted) <= tolerance);
  wp_tensor_release(y);
  wp_tensor_release(x);
}

static void traced_and_scripted_agree(void **state) {
  (void)state;
  wp_model *traced = load(DATA("traced.pt")), *scripted = load(DATA("scripted.pt"));
  wp_state_dict *weights;
  assert_ok(wp_model_state_dict(&weights, traced));
  assert_ok(wp_model_load_state_dict(NULL, scripted, weights, NULL));
  assert_ok(wp_model_eval(traced));
  assert_ok(wp_model_eval(scripted));
  wp_tensor *x = image(), *y = forward(traced, x);
  assert_int_equal(wp_tensor_ndim(y), 4);
  assert_true(wp_tensor_requires_grad(y));
  expect_forward(scripted, y, 1e-6);
  wp_tensor_release(y);
  wp_tensor_release(x);
  wp_state_dict_release(weights);
  wp_model_release(scripted);
  wp_model_release(traced);
}

static void state_dict_is_the_files(void **state) {
  (void)state;
  static const char *const files[] = {DATA("traced.pt"), DATA("scripted.pt")};
  for (size_t f = 0; f < 2; f++) {
    wp_model *model = load(files[f]);
    wp_checkpoint *checkpoint;
    wp_state_dict *ours, *theirs;
    assert_ok(wp_checkpoint_open(&checkpoint, files[f], NULL));
    assert_ok(wp_checkpoint_state_dict(&theirs, checkpoint, NULL));
    assert_ok(wp_model_state_dict(&ours, model));
    assert_int_equal(wp_state_dict_size(ours), wp_state_dict_size(theirs));
    for (size_t i = 0; i < wp_state_dict_size(ours); i++) {
      assert_string_equal(wp_state_dict_name_at(ours, i, NULL), wp_state_dict_name_at(theirs, i, NULL));
      assert_true(difference(wp_state_dict_tensor_at(ours, i), wp_state_dict_tensor_at(theirs, i)) == 0);
      assert_false(wp_tensor_requires_grad(wp_state_dict_tensor_at(ours, i)));
    }
    wp_state_dict_release(ours);
    wp_state_dict_release(theirs);
    wp_checkpoint_release(checkpoint);
    wp_model_release(model);
  }
}

static void parameters_and_buffers(void **state) {
  (void)state;
  wp_model *model = load(DATA("scripted.pt"));
  wp_state_dict *parameters, *buffers, *all;
  assert_ok(wp_model_named_parameters(&parameters, model));
  assert_ok(wp_model_named_buffers(&buffers, model));
  assert_ok(wp_model_state_dict(&all, model));
  assert_int_equal(wp_state_dict_size(parameters) + wp_state_dict_size(buffers), wp_state_dict_size(all));
  assert_non_null(wp_state_dict_find(parameters, "conv.weight"));
  assert_non_null(wp_state_dict_find(buffers, "body.0.num_batches_tracked"));
  uint64_t count = 0;
  for (size_t i = 0; i < wp_state_dict_size(parameters); i++) {
    assert_true(wp_tensor_requires_grad(wp_state_dict_tensor_at(parameters, i)));
    count += (uint64_t)wp_tensor_numel(wp_state_dict_tensor_at(parameters, i));
  }
  assert_int_equal(wp_model_parameter_count(model), count);
  wp_state_dict_release(all);
  wp_state_dict_release(buffers);
  wp_state_dict_release(parameters);
  wp_model_release(model);
}

static void weights_share_memory_with_the_model(void **state) {
  (void)state;
  wp_model *model = load(DATA("scripted.pt"));
  assert_ok(wp_model_eval(model));
  wp_tensor *x = image(), *before = forward(model, x);
  wp_state_dict *weights;
  assert_ok(wp_model_state_dict(&weights, model));
  void *bytes;
  assert_ok(wp_tensor_mutable_data(&bytes, wp_state_dict_find(weights, "temporary")));
  *(float *)bytes += 1;
  wp_tensor *after = forward(model, x);
  assert_true(difference(before, after) > 0);
  wp_tensor_release(after);
  wp_tensor_release(before);
  wp_tensor_release(x);
  wp_model_release(model);
  /* Also after the model is gone. */
  *(float *)bytes += 1;
  wp_state_dict_release(weights);
}

/* Its parameters are leaves, which an optimizer takes. */
static void expect_trainable(const wp_model *model) {
  wp_optimizer *optimizer;
  assert_ok(wp_optimizer_create_for_model(&optimizer, "SGD", model, NULL));
  wp_optimizer_release(optimizer);
}

static void modes(void **state) {
  (void)state;
  wp_model *model = load(DATA("scripted.pt"));
  assert_ok(wp_model_eval(model));
  assert_false(wp_model_is_training(model));
  wp_tensor *x = image(), *eval = forward(model, x);
  assert_ok(wp_model_train(model, true));
  assert_true(wp_model_is_training(model));
  wp_model *copy;
  assert_ok(wp_model_clone(&copy, model));
  expect_trainable(copy);
  wp_tensor *train = forward(model, x);
  assert_true(difference(train, eval) > 1e-3);
  /* The clone has memory of its own: its batch norm has not seen the batch. */
  assert_true(wp_model_is_training(copy));
  assert_ok(wp_model_eval(copy));
  expect_forward(copy, eval, 0);
  wp_tensor_release(train);
  wp_tensor_release(eval);
  wp_tensor_release(x);
  wp_model_release(copy);
  wp_model_release(model);
}

typedef struct {
  char *bytes;
  size_t size;
  int closed;
  int calls, fail_at; /* the call that fails, counted from 1; 0 = none */
} file_in_memory;

static file_in_memory slurp(const char *path) {
  FILE *file = fopen(path, "rb");
  assert_non_null(file);
  file_in_memory made = {malloc(1 << 20), 0, 0, 0, 0};
  made.size = fread(made.bytes, 1, 1 << 20, file);
  fclose(file);
  return made;
}

static int32_t read_at(uint64_t offset, void *buffer, size_t size, void *user) {
  file_in_memory *file = user;
  if (++file->calls == file->fail_at) return 9;
  memcpy(buffer, file->bytes + offset, size);
  return 0;
}

static void count_close(void *user) { ((file_in_memory *)user)->closed++; }

static void from_memory_and_source(void **state) {
  (void)state;
  file_in_memory file = slurp(DATA("traced.pt"));
  wp_model *from_file = load(DATA("traced.pt")), *from_memory, *from_source;
  wp_tensor *x = image(), *wanted = forward(from_file, x);
  assert_ok(wp_model_load_memory(&from_memory, file.bytes, file.size, NULL, NULL));
  wp_source source = WP_SOURCE_INIT;
  source.user = &file;
  source.size = file.size;
  source.read_at = read_at;
  source.close = count_close;
  assert_ok(wp_model_load_source(&from_source, &source, NULL));
  assert_int_equal(file.closed, 1);
  wp_model_options nowhere = WP_MODEL_OPTIONS_INIT;
  nowhere.map_location = "nowhere";
  wp_model *none;
  assert_fails(wp_model_load_source(&none, &source, &nowhere), WP_ERROR_INVALID_ARGUMENT);
  assert_fails(wp_model_load_source(NULL, &source, NULL), WP_ERROR_INVALID_ARGUMENT);
  assert_int_equal(file.closed, 3);
  free(file.bytes);
  expect_forward(from_memory, wanted, 0);
  expect_forward(from_source, wanted, 0);
  wp_tensor_release(wanted);
  wp_tensor_release(x);
  wp_model_release(from_source);
  wp_model_release(from_memory);
  wp_model_release(from_file);
}

/* Our own reader asks first, to see what the file is, and libtorch's last. One that fails while libtorch still reads the
 * archive's directory would do for a test too, if libtorch did not leak what it allocated for that. */
static void a_source_that_fails_first_or_last(void **state) {
  (void)state;
  file_in_memory file = slurp(DATA("traced.pt"));
  wp_source source = WP_SOURCE_INIT;
  source.name = "archive";
  source.user = &file;
  source.size = file.size;
  source.read_at = read_at;
  wp_model *model;
  assert_ok(wp_model_load_source(&model, &source, NULL));
  wp_model_release(model);
  const int fail_at[] = {1, file.calls};
  for (int i = 0; i < 2; i++) {
    file.fail_at = fail_at[i];
    file.calls = 0;
    wp_error *error = wp_model_load_source(&model, &source, NULL);
    assert_null(model);
    assert_int_equal(wp_error_code(error), WP_ERROR_CALLBACK);
    assert_int_equal(wp_error_status(error), 9);
    assert_string_equal(wp_error_file(error), "archive");
    assert_true(wp_error_offset(error) >= 0);
    assert_ptr_equal(strstr(wp_error_message(error), "archive: read_at returned 9"), wp_error_message(error));
    wp_error_release(error);
  }
  free(file.bytes);
}

static void errors_name_the_file(void **state) {
  (void)state;
  wp_model *model;
  wp_error *error = wp_model_load(&model, "no/such/model.ts", NULL);
  assert_int_equal(wp_error_code(error), WP_ERROR_NOT_FOUND);
  assert_string_equal(wp_error_file(error), "no/such/model.ts");
  wp_error_release(error);

  model = load(DATA("scripted.pt"));
  error = wp_model_save(model, "no/such/folder.ts", NULL);
  assert_int_equal(wp_error_code(error), WP_ERROR_NOT_FOUND);
  assert_string_equal(wp_error_file(error), "no/such/folder.ts");
  wp_error_release(error);
  wp_model_release(model);
}

static int32_t refuse(const void *bytes, size_t size, void *user) {
  (void)bytes, (void)size, (void)user;
  return 7;
}

static void save_and_load_again(void **state) {
  (void)state;
  const char *path = "torch_model_again.ts";
  wp_model *model = load(DATA("scripted.pt")), *again;
  assert_ok(wp_model_to(model, NULL, WP_DTYPE_FLOAT64));
  assert_ok(wp_model_save(model, path, NULL));
  assert_ok(wp_model_load(&again, path, NULL));
  wp_state_dict *weights;
  assert_ok(wp_model_state_dict(&weights, again));
  assert_int_equal(wp_tensor_dtype(wp_state_dict_find(weights, "conv.weight")), WP_DTYPE_FLOAT64);
  assert_int_equal(wp_tensor_dtype(wp_state_dict_find(weights, "body.0.num_batches_tracked")), WP_DTYPE_INT64);
  wp_state_dict_release(weights);
  wp_model_release(again);

  wp_sink sink = WP_SINK_INIT;
  sink.write = refuse;
  wp_error *error = wp_model_save_sink(model, &sink, NULL);
  assert_int_equal(wp_error_code(error), WP_ERROR_CALLBACK);
  assert_int_equal(wp_error_status(error), 7);
  wp_error_release(error);
  file_in_memory aborted = {0};
  sink.user = &aborted;
  sink.abort = count_close;
  assert_fails(wp_model_save_sink(NULL, &sink, NULL), WP_ERROR_INVALID_ARGUMENT);
  assert_int_equal(aborted.closed, 1);
  assert_fails(wp_model_save(model, "no/such/folder.ts", NULL), WP_ERROR_NOT_FOUND);
  wp_cancel *cancel;
  assert_ok(wp_cancel_create(&cancel));
  wp_cancel_request(cancel);
  wp_save_options options = WP_SAVE_OPTIONS_INIT;
  options.cancel = cancel;
  assert_fails(wp_model_save(model, path, &options), WP_ERROR_CANCELLED);
  /* The old file is whole. */
  assert_ok(wp_model_load(&again, path, NULL));
  wp_model_release(again);
  wp_cancel_release(cancel);
  wp_model_release(model);
  remove(path);
}

#define ASSERT_NO_MODEL(code, call)         \
  do {                                      \
    wp_model *none = (wp_model *)(void *)8; \
    wp_model **out = &none;                 \
    assert_fails(call, code);               \
    assert_null(none);                      \
  } while (0)

static void what_is_no_model(void **state) {
  (void)state;
  ASSERT_NO_MODEL(WP_ERROR_NOT_FOUND, wp_model_load(out, DATA("no_such.pt"), NULL));
  ASSERT_NO_MODEL(WP_ERROR_MISMATCH, wp_model_load(out, DATA("state_dict.pt"), NULL));
  ASSERT_NO_MODEL(WP_ERROR_UNSUPPORTED, wp_model_load(out, DATA("entire.pt"), NULL));
  ASSERT_NO_MODEL(WP_ERROR_CORRUPT, wp_model_load(out, DATA("bad_truncated.pt"), NULL));
  ASSERT_NO_MODEL(WP_ERROR_INVALID_ARGUMENT, wp_model_load(out, NULL, NULL));
  wp_model_options options = WP_MODEL_OPTIONS_INIT;
  options.map_location = "nowhere";
  ASSERT_NO_MODEL(WP_ERROR_INVALID_ARGUMENT, wp_model_load(out, DATA("traced.pt"), &options));
  if (!wp_torch_device_available("cuda")) {
    options.map_location = "cuda:0";
    ASSERT_NO_MODEL(WP_ERROR_TORCH, wp_model_load(out, DATA("traced.pt"), &options));
  }
}

static void wrong_use(void **state) {
  (void)state;
  wp_model *model = load(DATA("traced.pt"));
  wp_tensor *wrong = make_numbers(), *out;
  ASSERT_NO_TENSOR(WP_ERROR_TORCH, out, wp_model_forward_tensor(&out, model, wrong));
  ASSERT_NO_TENSOR(WP_ERROR_INVALID_ARGUMENT, out, wp_model_forward_tensor(&out, model, NULL));
  ASSERT_NO_TENSOR(WP_ERROR_INVALID_ARGUMENT, out, wp_model_forward_tensor(&out, NULL, wrong));
  assert_fails(wp_model_set_requires_grad(NULL, model, "nothing.*", false), WP_ERROR_NOT_FOUND);
  assert_fails(wp_model_to(model, "nowhere", WP_DTYPE_UNDEFINED), WP_ERROR_INVALID_ARGUMENT);
  assert_fails(wp_model_to(model, NULL, WP_DTYPE_INT32), WP_ERROR_INVALID_ARGUMENT);
  wp_tensor_release(wrong);
  wp_model_release(model);
  wp_model_release(NULL);
  assert_false(wp_model_is_training(NULL));
  assert_int_equal(wp_model_parameter_count(NULL), 0);
}

static void freezing(void **state) {
  (void)state;
  wp_model *model = load(DATA("scripted.pt"));
  size_t changed;
  assert_ok(wp_model_set_requires_grad(&changed, model, "body.*", false));
  assert_int_equal(changed, 3);
  wp_state_dict *parameters;
  assert_ok(wp_model_named_parameters(&parameters, model));
  assert_false(wp_tensor_requires_grad(wp_state_dict_find(parameters, "body.2.weight")));
  assert_true(wp_tensor_requires_grad(wp_state_dict_find(parameters, "conv.weight")));
  wp_state_dict_release(parameters);
  assert_ok(wp_model_set_requires_grad(&changed, model, "*.*ight", true));
  assert_int_equal(changed, 3);
  wp_model_release(model);
}

/* What Python's models gave for the same input. */
static void forward_is_pythons(void **state) {
  (void)state;
  static const char *const versions[] = {"1.13", "2.6", "2.14"}, *const models[] = {"traced.pt", "scripted.pt"};
  char path[4096];
  for (size_t v = 0; v < 3; v++) {
    wp_checkpoint *given;
    snprintf(path, sizeof path, WEIGHTPORT_FIXTURES "/torch-%s/forward.pt", versions[v]);
    wp_error *err = wp_checkpoint_open(&given, path, NULL);
    if (err) {
      print_message("skipped: %s\n", wp_error_message(err));
      wp_error_release(err);
      skip();
    }
    const wp_tensor *x = wp_value_tensor(wp_value_find(wp_checkpoint_root(given), "x", 1));
    const wp_tensor *y = wp_value_tensor(wp_value_find(wp_checkpoint_root(given), "y", 1));
    for (size_t m = 0; m < 2; m++) {
      snprintf(path, sizeof path, WEIGHTPORT_FIXTURES "/torch-%s/%s", versions[v], models[m]);
      wp_model *model = load(path);
      assert_ok(wp_model_eval(model));
      wp_tensor *out = forward(model, x);
      assert_true(difference(out, y) <= 1e-6);
      assert_ok(wp_model_train(model, true));
      wp_tensor *trained = forward(model, x);
      assert_true(m == 0 || difference(trained, y) > 1e-3);
      wp_tensor_release(trained);
      wp_tensor_release(out);
      wp_model_release(model);
    }
    wp_checkpoint_release(given);
  }
}

static void runtime(void **state) {
  (void)state;
  assert_true(wp_torch_device_available("cpu"));
  assert_false(wp_torch_device_available("nowhere"));
  assert_false(wp_torch_device_available(NULL));
  assert_ok(wp_torch_set_num_threads(1));
  assert_int_equal(wp_torch_num_threads(), 1);
  assert_fails(wp_torch_set_num_threads(0), WP_ERROR_INVALID_ARGUMENT);
  assert_ok(wp_torch_manual_seed(3));
  char major = wp_torch_version()[0];
  assert_true(major >= '1' && major <= '9');
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(traced_and_scripted_agree),
      cmocka_unit_test(state_dict_is_the_files),
      cmocka_unit_test(parameters_and_buffers),
      cmocka_unit_test(weights_share_memory_with_the_model),
      cmocka_unit_test(modes),
      cmocka_unit_test(from_memory_and_source),
      cmocka_unit_test(a_source_that_fails_first_or_last),
      cmocka_unit_test(errors_name_the_file),
      cmocka_unit_test(save_and_load_again),
      cmocka_unit_test(what_is_no_model),
      cmocka_unit_test(wrong_use),
      cmocka_unit_test(freezing),
      cmocka_unit_test(forward_is_pythons),
      cmocka_unit_test(runtime),
  };
  return cmocka_run_group_tests_name("model.h", tests, NULL, NULL);
}
