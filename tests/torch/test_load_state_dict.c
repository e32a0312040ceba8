/* SPDX-License-Identifier: MIT */
/* wp_model_load_state_dict(): what fits, what is reported, what is refused. */
#include <stdio.h>
#include <weightport/torch/torch.h>

#include "expect.h"

#define DATA(name) WEIGHTPORT_TEST_DATA "/" name

/* A model, and a state_dict of its own in which every float is 0.5. */
typedef struct {
  wp_model *model;
  wp_state_dict *weights;
} pair;

static wp_tensor *halves(const wp_tensor *like) {
  wp_tensor *made;
  assert_ok(wp_tensor_create(&made, wp_tensor_dtype(like), wp_tensor_shape(like), wp_tensor_ndim(like)));
  void *bytes;
  assert_ok(wp_tensor_mutable_data(&bytes, made));
  if (wp_tensor_dtype(like) == WP_DTYPE_FLOAT32) {
    for (int64_t i = 0; i < wp_tensor_numel(like); i++) ((float *)bytes)[i] = 0.5F;
  }
  return made;
}

static int make_pair(void **state) {
  static pair made;
  assert_ok(wp_model_load(&made.model, DATA("scripted.pt"), NULL));
  assert_ok(wp_model_state_dict(&made.weights, made.model));
  wp_state_dict *own;
  assert_ok(wp_state_dict_create(&own));
  for (size_t i = 0; i < wp_state_dict_size(made.weights); i++) {
    wp_tensor *tensor = halves(wp_state_dict_tensor_at(made.weights, i));
    assert_ok(wp_state_dict_set(own, wp_state_dict_name_at(made.weights, i, NULL), tensor));
    wp_tensor_release(tensor);
  }
  wp_state_dict_release(made.weights);
  made.weights = own;
  *state = &made;
  return 0;
}

static int release_pair(void **state) {
  pair *p = *state;
  wp_state_dict_release(p->weights);
  wp_model_release(p->model);
  return 0;
}

static float first(wp_model *model, const char *name, const void **address) {
  wp_state_dict *weights;
  const void *bytes;
  assert_ok(wp_model_state_dict(&weights, model));
  assert_ok(wp_tensor_data(&bytes, wp_state_dict_find(weights, name)));
  float number = *(const float *)bytes;
  if (address) *address = bytes;
  wp_state_dict_release(weights);
  return number;
}

static void everything_fits(void **state) {
  pair *p = *state;
  wp_report *report;
  const void *before, *after;
  assert_true(first(p->model, "conv.weight", &before) != 0.5F);
  assert_ok(wp_model_load_state_dict(&report, p->model, p->weights, NULL));
  assert_int_equal(wp_report_size(report), 0);
  wp_report_release(report);
  assert_true(first(p->model, "conv.weight", &after) == 0.5F);
  assert_ptr_equal(before, after);
}

static void dtypes_are_converted(void **state) {
  pair *p = *state;
  wp_tensor *twice;
  assert_ok(wp_tensor_to(&twice, wp_state_dict_find(p->weights, "mean"), WP_DTYPE_FLOAT64));
  assert_ok(wp_state_dict_set(p->weights, "mean", twice));
  wp_tensor_release(twice);
  assert_ok(wp_model_load_state_dict(NULL, p->model, p->weights, NULL));
  assert_true(first(p->model, "mean", NULL) == 0.5F);
}

static void assign_takes_the_tensors(void **state) {
  pair *p = *state;
  const void *given, *taken;
  assert_ok(wp_tensor_data(&given, wp_state_dict_find(p->weights, "conv.weight")));
  wp_load_state_dict_options options = WP_LOAD_STATE_DICT_OPTIONS_INIT;
  options.assign = true;
  assert_ok(wp_model_load_state_dict(NULL, p->model, p->weights, &options));
  first(p->model, "conv.weight", &taken);
  assert_ptr_equal(given, taken);
  /* It is still a parameter that can be trained. */
  wp_state_dict *parameters;
  assert_ok(wp_model_named_parameters(&parameters, p->model));
  assert_true(wp_tensor_requires_grad(wp_state_dict_find(parameters, "conv.weight")));
  wp_state_dict_release(parameters);
}

/* The file's pages are copied when they are written, and the file stays as it is. */
static void assign_from_a_mapped_file(void **state) {
  pair *p = *state;
  wp_checkpoint *mapped, *again;
  wp_state_dict *weights, *untouched;
  assert_ok(wp_checkpoint_open(&mapped, DATA("scripted.pt"), NULL));
  assert_ok(wp_checkpoint_state_dict(&weights, mapped, NULL));
  wp_load_state_dict_options options = WP_LOAD_STATE_DICT_OPTIONS_INIT;
  options.assign = true;
  assert_ok(wp_model_load_state_dict(NULL, p->model, weights, &options));
  wp_checkpoint_release(mapped);
  wp_state_dict_release(weights);
  float before = first(p->model, "conv.weight", NULL);
  assert_ok(wp_model_load_state_dict(NULL, p->model, p->weights, NULL));
  assert_true(first(p->model, "conv.weight", NULL) == 0.5F);
  assert_ok(wp_checkpoint_open(&again, DATA("scripted.pt"), NULL));
  assert_ok(wp_checkpoint_state_dict(&untouched, again, NULL));
  const void *bytes;
  assert_ok(wp_tensor_data(&bytes, wp_state_dict_find(untouched, "conv.weight")));
  assert_true(*(const float *)bytes == before);
  wp_state_dict_release(untouched);
  wp_checkpoint_release(again);
}

/* A model that takes no memory for weights, until it is given some. */
static void assign_fills_a_model_on_the_meta_device(void **state) {
  (void)state;
  static const char *const files[] = {DATA("scripted.pt"), DATA("entire_sequential.pt")};
  for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
    wp_model *whole, *empty;
    wp_state_dict *weights, *filled, *parameters;
    wp_model_options on_meta = WP_MODEL_OPTIONS_INIT;
    on_meta.map_location = "meta";
    assert_ok(wp_model_load(&whole, files[i], NULL));
    assert_ok(wp_model_load(&empty, files[i], &on_meta));
    assert_ok(wp_model_state_dict(&weights, whole));
    assert_fails(wp_model_load_state_dict(NULL, empty, weights, NULL), WP_ERROR_MISMATCH);
    assert_fails(wp_model_to(empty, "cpu", WP_DTYPE_UNDEFINED), WP_ERROR_TORCH);
    wp_load_state_dict_options options = WP_LOAD_STATE_DICT_OPTIONS_INIT;
    options.assign = true;
    assert_ok(wp_model_load_state_dict(NULL, empty, weights, &options));
    assert_ok(wp_model_state_dict(&filled, empty));
    assert_int_equal(wp_state_dict_size(filled), wp_state_dict_size(weights));
    for (size_t t = 0; t < wp_state_dict_size(weights); t++) {
      const void *given, *taken;
      assert_ok(wp_tensor_data(&given, wp_state_dict_tensor_at(weights, t)));
      assert_ok(wp_tensor_data(&taken, wp_state_dict_tensor_at(filled, t)));
      assert_ptr_equal(given, taken);
    }
    assert_ok(wp_model_named_parameters(&parameters, empty));
    assert_true(wp_tensor_requires_grad(wp_state_dict_tensor_at(parameters, 0)));
    wp_state_dict_release(parameters);
    wp_state_dict_release(filled);
    wp_state_dict_release(weights);
    wp_model_release(empty);
    wp_model_release(whole);
  }
}

static void expect_finding(const wp_report *report, size_t index, wp_finding finding, const char *key) {
  assert_int_equal(wp_report_finding(report, index), finding);
  assert_string_equal(wp_report_key(report, index), key);
}

static void what_does_not_fit_is_reported(void **state) {
  pair *p = *state;
  wp_tensor *wrong = make_numbers();
  assert_ok(wp_state_dict_remove(p->weights, "conv.bias"));
  assert_ok(wp_state_dict_set(p->weights, "head.weight", wrong));
  assert_ok(wp_state_dict_set(p->weights, "mean", wrong));
  wp_tensor_release(wrong);
  wp_load_state_dict_options options = WP_LOAD_STATE_DICT_OPTIONS_INIT;

  wp_report *report = (wp_report *)(void *)8;
  wp_error *err = wp_model_load_state_dict(&report, p->model, p->weights, NULL);
  assert_int_equal(wp_error_code(err), WP_ERROR_MISMATCH);
  assert_null(report);
  for (const char *const *key = (const char *const[]){"conv.bias", "head.weight", "mean", "[2, 3]", NULL}; *key; key++) {
    assert_non_null(strstr(wp_error_message(err), *key));
  }
  wp_error_release(err);
  assert_true(first(p->model, "conv.weight", NULL) != 0.5F); /* nothing was changed */

  options.strict = false;
  assert_fails(wp_model_load_state_dict(&report, p->model, p->weights, &options), WP_ERROR_MISMATCH);

  options.dry_run = true;
  assert_ok(wp_model_load_state_dict(&report, p->model, p->weights, &options));
  assert_int_equal(wp_report_size(report), 3);
  expect_finding(report, 0, WP_FINDING_MISSING, "conv.bias");
  expect_finding(report, 1, WP_FINDING_UNEXPECTED, "head.weight");
  expect_finding(report, 2, WP_FINDING_MISMATCHED, "mean");
  wp_report_release(report);
  assert_true(first(p->model, "conv.weight", NULL) != 0.5F);

  options.dry_run = false;
  options.ignore_mismatched = true;
  assert_ok(wp_model_load_state_dict(&report, p->model, p->weights, &options));
  assert_int_equal(wp_report_size(report), 3);
  wp_report_release(report);
  assert_true(first(p->model, "conv.weight", NULL) == 0.5F);
}

/* A batch norm before PyTorch 0.4.1 did not count, and what is a number now was a tensor of one element before 0.4. */
static void a_state_dict_of_an_old_pytorch_fits(void **state) {
  (void)state;
  static const int64_t one[1] = {1}, two[1] = {2}, seven[2] = {7, 8};
  wp_model *model;
  wp_state_dict *weights, *old;
  wp_tensor *count;
  assert_ok(wp_model_load(&model, DATA("entire_sequential.pt"), NULL));
  assert_ok(wp_model_state_dict(&weights, model));
  assert_ok(wp_state_dict_create(&old));
  for (size_t i = 0; i < wp_state_dict_size(weights); i++) {
    const char *name = wp_state_dict_name_at(weights, i, NULL);
    if (!strstr(name, "num_batches_tracked")) assert_ok(wp_state_dict_set(old, name, wp_state_dict_tensor_at(weights, i)));
  }
  assert_int_equal(wp_state_dict_size(old), wp_state_dict_size(weights) - 1);

  assert_ok(wp_tensor_from_data(&count, WP_DTYPE_INT64, one, 1, seven, sizeof *seven));
  assert_ok(wp_state_dict_set(old, "bn.num_batches_tracked", count));
  wp_tensor_release(count);
  assert_ok(wp_model_load_state_dict(NULL, model, old, NULL));
  assert_close(item_of(wp_state_dict_find(weights, "bn.num_batches_tracked")), 7, 0);
  assert_ok(wp_tensor_from_data(&count, WP_DTYPE_INT64, two, 1, seven, sizeof seven));
  assert_ok(wp_state_dict_set(old, "bn.num_batches_tracked", count));
  wp_tensor_release(count);
  assert_fails(wp_model_load_state_dict(NULL, model, old, NULL), WP_ERROR_MISMATCH);

  assert_ok(wp_state_dict_remove(old, "bn.num_batches_tracked"));
  wp_report *report;
  assert_ok(wp_model_load_state_dict(&report, model, old, NULL));
  assert_int_equal(wp_report_size(report), 0);
  assert_close(item_of(wp_state_dict_find(weights, "bn.num_batches_tracked")), 0, 0);
  wp_report_release(report);
  assert_ok(wp_state_dict_remove(old, "bn.running_mean"));
  assert_fails(wp_model_load_state_dict(NULL, model, old, NULL), WP_ERROR_MISMATCH);
  wp_state_dict_release(old);
  wp_state_dict_release(weights);
  wp_model_release(model);
}

static void prefixes_and_names(void **state) {
  pair *p = *state;
  assert_ok(wp_state_dict_rename(p->weights, "mean", "average"));
  assert_ok(wp_state_dict_rename(p->weights, "body.2.weight", "old.body.2.weight"));
  assert_ok(wp_state_dict_rename(p->weights, "body.0.weight", "old.body.0.weight"));
  assert_ok(wp_state_dict_add_prefix(p->weights, "module."));
  static const char *const from[] = {"average", "old.body"}, *const to[] = {"mean", "body"};
  wp_load_state_dict_options options = WP_LOAD_STATE_DICT_OPTIONS_INIT;
  options.strip_prefix = "module.";
  assert_fails(wp_model_load_state_dict(NULL, p->model, p->weights, &options), WP_ERROR_MISMATCH);
  options.rename_from = from;
  options.rename_to = to;
  options.rename_count = 2;
  assert_ok(wp_model_load_state_dict(NULL, p->model, p->weights, &options));
  assert_true(first(p->model, "body.2.weight", NULL) == 0.5F);
  /* Two keys must not become one. */
  static const char *const clash[] = {"body.0.weight"};
  options.rename_to = clash;
  options.rename_count = 1;
  assert_fails(wp_model_load_state_dict(NULL, p->model, p->weights, &options), WP_ERROR_MISMATCH);
}

static void arguments(void **state) {
  pair *p = *state;
  assert_fails(wp_model_load_state_dict(NULL, NULL, p->weights, NULL), WP_ERROR_INVALID_ARGUMENT);
  assert_fails(wp_model_load_state_dict(NULL, p->model, NULL, NULL), WP_ERROR_INVALID_ARGUMENT);
  /* An older caller's options end before the later members. */
  wp_load_state_dict_options options = WP_LOAD_STATE_DICT_OPTIONS_INIT;
  options.struct_size = (uint32_t)offsetof(wp_load_state_dict_options, strip_prefix);
  options.strip_prefix = "conv";
  assert_ok(wp_model_load_state_dict(NULL, p->model, p->weights, &options));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_pair, release_pair)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(everything_fits),
      TEST(dtypes_are_converted),
      TEST(assign_takes_the_tensors),
      TEST(assign_from_a_mapped_file),
      cmocka_unit_test(assign_fills_a_model_on_the_meta_device),
      TEST(what_does_not_fit_is_reported),
      cmocka_unit_test(a_state_dict_of_an_old_pytorch_fits),
      TEST(prefixes_and_names),
      TEST(arguments),
  };
  return cmocka_run_group_tests_name("load_state_dict", tests, NULL, NULL);
}
