/* SPDX-License-Identifier: MIT */
/* Values nested as deeply as the limits allow are saved, opened, copied and compared by a thread of little stack, as those of
 * musl and of Java are: how deep a file goes must not decide how much stack it takes. */
#include <pthread.h>
#include <weightport/weightport.h>

#include "made_value.h"

enum { DEPTH = 990, STACK = 128 << 10 };

/* One level more around `inner`, of one kind after the other. */
static wp_value *wrapped(int level, wp_value *inner) {
  wp_value *outer, *attributes;
  switch (level % 4) {
    case 0:
      assert_ok(wp_value_create_list(&outer));
      assert_ok(wp_value_append(outer, inner));
      break;
    case 1:
      assert_ok(wp_value_create_tuple(&outer, (const wp_value *const *)&inner, 1));
      break;
    case 2:
      assert_ok(wp_value_create_dict(&outer));
      assert_ok(wp_value_set(outer, "k", 1, inner));
      break;
    default:
      assert_ok(wp_value_create_dict(&attributes));
      assert_ok(wp_value_create_object(&outer, "m.Class", NULL, attributes));
      assert_ok(wp_value_set_attributes(outer, inner));
      wp_value_release(attributes);
  }
  wp_value_release(inner);
  return outer;
}

static wp_value *nested(void) {
  wp_value *value = int_value(1);
  for (int level = 0; level < DEPTH; level++) value = wrapped(level, value);
  return value;
}

/* `file` is to be released after `out`. */
static wp_error *save_and_open(wp_checkpoint **out, wp_tensor **file, const wp_value *root, wp_format format) {
  wp_checkpoint *made;
  const void *data = NULL;
  wp_save_options options = WP_SAVE_OPTIONS_INIT;
  options.format = format;
  wp_error *error = wp_checkpoint_create(&made);
  if (!error) error = wp_checkpoint_set_root(made, root);
  if (!error) error = wp_checkpoint_save_memory(file, made, &options);
  if (!error) error = wp_tensor_data(&data, *file);
  if (!error) error = wp_checkpoint_open_memory(out, data, (size_t)wp_tensor_nbytes(*file), "nested", NULL);
  wp_checkpoint_release(made);
  return error;
}

static wp_error *round_trip(const wp_value *root, wp_format format, size_t *differences) {
  wp_checkpoint *one = NULL, *other = NULL;
  wp_tensor *file = NULL, *other_file = NULL;
  wp_value *copy = NULL;
  wp_report *report = NULL;
  wp_error *error = save_and_open(&one, &file, root, format);
  if (!error) error = wp_value_clone(&copy, wp_checkpoint_root(one));
  if (!error) error = save_and_open(&other, &other_file, copy, format);
  if (!error) error = wp_checkpoint_diff(&report, one, other, NULL);
  if (!error) *differences += wp_report_size(report);
  wp_report_release(report);
  wp_value_release(copy);
  wp_checkpoint_release(one);
  wp_checkpoint_release(other);
  wp_tensor_release(file);
  wp_tensor_release(other_file);
  return error;
}

typedef struct {
  wp_value *root;
  wp_error *error;
  size_t differences;
} work;

static void *work_on_small_stack(void *user) {
  work *self = user;
  self->error = round_trip(self->root, WP_FORMAT_TORCH_ZIP, &self->differences);
  if (!self->error) self->error = round_trip(self->root, WP_FORMAT_TORCH_LEGACY, &self->differences);
  wp_value_release(self->root);
  return NULL;
}

static void nesting_takes_no_stack(void **state) {
  (void)state;
  work self = {nested(), NULL, 0};
  pthread_attr_t attributes;
  pthread_t thread;
  assert_int_equal(pthread_attr_init(&attributes), 0);
  assert_int_equal(pthread_attr_setstacksize(&attributes, STACK), 0);
  assert_int_equal(pthread_create(&thread, &attributes, work_on_small_stack, &self), 0);
  assert_int_equal(pthread_join(thread, NULL), 0);
  pthread_attr_destroy(&attributes);
  assert_ok(self.error);
  assert_int_equal(self.differences, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(nesting_takes_no_stack),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
