/* SPDX-License-Identifier: MIT */
/* checkpoint.h: what checking one checkpoint and comparing two of them finds. */
#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "byte_order.h"
#include "sample_file.h"

#define DATA(name) WEIGHTPORT_TEST_DATA "/" name

static void assert_ok(wp_error *error) {
  if (error) print_error("%s\n", wp_error_message(error));
  assert_null(error);
}

static void assert_fails(wp_error *error, wp_code code) {
  if (wp_error_code(error) != code) print_error("\"%s\"\n", wp_error_message(error));
  assert_int_equal(wp_error_code(error), code);
  wp_error_release(error);
}

typedef struct {
  uint8_t *bytes;
  size_t size;
} file_bytes;

static file_bytes read_file(const char *path) {
  FILE *in = fopen(path, "rb");
  assert_non_null(in);
  file_bytes file = {NULL, 0};
  assert_int_equal(fseek(in, 0, SEEK_END), 0);
  file.size = (size_t)ftell(in);
  rewind(in);
  file.bytes = malloc(file.size);
  assert_non_null(file.bytes);
  assert_int_equal(fread(file.bytes, 1, file.size, in), file.size);
  fclose(in);
  return file;
}

static wp_checkpoint *open_bytes(file_bytes file) {
  wp_checkpoint *checkpoint;
  assert_ok(wp_checkpoint_open_memory(&checkpoint, file.bytes, file.size, "bytes", NULL));
  return checkpoint;
}

static wp_checkpoint *open_file(const char *path) {
  wp_checkpoint *checkpoint;
  assert_ok(wp_checkpoint_open(&checkpoint, path, NULL));
  return checkpoint;
}

/* Changes a bit of a tensor where it lies in the file. */
static void damage(file_bytes file, const wp_checkpoint *checkpoint, const char *path) {
  wp_value *value;
  const void *data;
  assert_ok(wp_value_at(&value, wp_checkpoint_root(checkpoint), path));
  assert_ok(wp_tensor_data(&data, wp_value_tensor(value)));
  assert_true((const uint8_t *)data >= file.bytes && (const uint8_t *)data < file.bytes + file.size);
  file.bytes[(const uint8_t *)data - file.bytes] ^= 1;
}

static void every_damaged_record_is_found(void **state) {
  (void)state;
  if (!little_endian()) {
    print_message("skipped: on a big-endian machine weights do not lie in the mapping\n");
    skip();
  }
  file_bytes file = read_file(DATA("checkpoint.tar"));
  wp_checkpoint *checkpoint = open_bytes(file);
  wp_report *report;
  assert_ok(wp_checkpoint_verify(&report, checkpoint, NULL));
  assert_int_equal(wp_report_size(report), 0);
  wp_report_release(report);

  wp_value *weights;
  assert_ok(wp_value_at(&weights, wp_checkpoint_root(checkpoint), "model_state_dict"));
  const char *names[2];
  for (size_t i = 0; i < 2; i++) {
    char path[200];
    assert_ok(wp_value_get_string(&names[i], NULL, wp_value_key(weights, i)));
    snprintf(path, sizeof path, "model_state_dict.%s", names[i]);
    damage(file, checkpoint, path);
  }
  assert_ok(wp_checkpoint_verify(&report, checkpoint, NULL));
  assert_int_equal(wp_report_size(report), 2);
  for (size_t i = 0; i < 2; i++) {
    assert_int_equal(wp_report_finding(report, i), WP_FINDING_CORRUPT);
    assert_memory_equal(wp_report_key(report, i), "model_state_dict.", 17);
    assert_true(!strcmp(wp_report_key(report, i) + 17, names[0]) || !strcmp(wp_report_key(report, i) + 17, names[1]));
    assert_non_null(strstr(wp_report_message(report, i), "CRC-32"));
    assert_true(isnan(wp_report_difference(report, i)));
  }
  assert_string_not_equal(wp_report_key(report, 0), wp_report_key(report, 1));

  /* A report outlives what it is about; past its end there is nothing. */
  wp_checkpoint_release(checkpoint);
  wp_report_retain(report);
  wp_report_release(report);
  assert_int_equal(wp_report_finding(report, 2), 0);
  assert_null(wp_report_key(report, 2));
  assert_null(wp_report_message(report, 2));
  assert_true(isnan(wp_report_difference(report, 2)));
  wp_report_release(report);
  free(file.bytes);
}

/* The version is checked by its record only. */
static void records_that_hold_no_tensor_are_the_files(void **state) {
  (void)state;
  file_bytes file = read_file(DATA("checkpoint.tar"));
  wp_checkpoint *checkpoint = open_bytes(file);
  size_t changed = 0;
  for (size_t i = 0; i + 12 < file.size && !changed; i++) {
    /* In the pickle, which is stored: the name of a key. */
    if (!memcmp(file.bytes + i, "model_state_dict", 16)) file.bytes[changed = i] ^= 1;
  }
  assert_true(changed);
  wp_report *report;
  assert_ok(wp_checkpoint_verify(&report, checkpoint, NULL));
  assert_int_equal(wp_report_size(report), 1);
  assert_string_equal(wp_report_key(report, 0), "");
  assert_non_null(strstr(wp_report_message(report, 0), "data.pkl"));
  wp_report_release(report);
  wp_checkpoint_release(checkpoint);
  free(file.bytes);
}

static int32_t remember_progress(uint64_t done, uint64_t total, void *user) {
  *(uint64_t *)user = done;
  assert_true(done <= total);
  return 0;
}

static int32_t refuse_progress(uint64_t done, uint64_t total, void *user) {
  (void)done;
  (void)total;
  (void)user;
  return 1;
}

static int32_t read_sample(uint64_t offset, void *buffer, size_t size, void *user) {
  if (*(bool *)user) return 1;
  memcpy(buffer, sample_bytes + offset, size);
  return 0;
}

/* A file without checksums is read through. */
static void every_tensor_is_read(void **state) {
  (void)state;
  bool broken = false;
  wp_source source = WP_SOURCE_INIT;
  source.user = &broken;
  source.size = sizeof sample_bytes - 1;
  source.read_at = read_sample;
  wp_checkpoint *checkpoint;
  assert_ok(wp_checkpoint_open_source(&checkpoint, &source, NULL));
  uint64_t done = 0;
  wp_open_options options = WP_OPEN_OPTIONS_INIT;
  options.progress = remember_progress;
  options.progress_user = &done;
  wp_report *report;
  assert_ok(wp_checkpoint_verify(&report, checkpoint, &options));
  assert_int_equal(wp_report_size(report), 0);
  assert_int_equal(done, 32);
  wp_report_release(report);

  broken = true;
  assert_fails(wp_checkpoint_verify(&report, checkpoint, NULL), WP_ERROR_CALLBACK);
  assert_null(report);
  broken = false;
  options.progress = refuse_progress;
  assert_fails(wp_checkpoint_verify(&report, checkpoint, &options), WP_ERROR_CALLBACK);
  options.progress = NULL;
  assert_ok(wp_cancel_create(&options.cancel));
  wp_cancel_request(options.cancel);
  assert_fails(wp_checkpoint_verify(&report, checkpoint, &options), WP_ERROR_CANCELLED);
  wp_cancel_release(options.cancel);
  wp_checkpoint_release(checkpoint);
}

typedef struct {
  file_bytes file;
  uint64_t bytes_read;
} counting;

static int32_t read_counting(uint64_t offset, void *buffer, size_t size, void *user) {
  counting *c = user;
  memcpy(buffer, c->file.bytes + offset, size);
  c->bytes_read += size;
  return 0;
}

static void no_record_is_read_twice(void **state) {
  (void)state;
  counting c = {read_file(DATA("views.pt")), 0};
  wp_source source = WP_SOURCE_INIT;
  source.user = &c;
  source.size = c.file.size;
  source.read_at = read_counting;
  wp_checkpoint *checkpoint;
  assert_ok(wp_checkpoint_open_source(&checkpoint, &source, NULL));
  c.bytes_read = 0;
  uint64_t done = 0;
  wp_open_options options = WP_OPEN_OPTIONS_INIT;
  options.progress = remember_progress;
  options.progress_user = &done;
  wp_report *report;
  assert_ok(wp_checkpoint_verify(&report, checkpoint, &options));
  assert_int_equal(wp_report_size(report), 0);
  assert_true(done > 0);
  assert_true(c.bytes_read <= c.file.size);
  wp_report_release(report);
  wp_checkpoint_release(checkpoint);
  free(c.file.bytes);
}

static void a_made_checkpoint_is_sound(void **state) {
  (void)state;
  wp_checkpoint *checkpoint;
  wp_report *report;
  assert_ok(wp_checkpoint_create(&checkpoint));
  assert_ok(wp_checkpoint_verify(&report, checkpoint, NULL));
  assert_int_equal(wp_report_size(report), 0);
  wp_report_release(report);
  wp_checkpoint_release(checkpoint);
}

/* Two checkpoints of one file, and a copy of its tree, do not differ; no good file is damaged. */
static void good_files_are_sound_and_like_themselves(void **state) {
  (void)state;
  DIR *folder = opendir(WEIGHTPORT_TEST_DATA);
  assert_non_null(folder);
  size_t count = 0;
  for (struct dirent *entry; (entry = readdir(folder));) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", WEIGHTPORT_TEST_DATA, entry->d_name);
    wp_checkpoint *a, *b, *copy;
    wp_error *error = wp_checkpoint_open(&a, path, NULL);
    wp_error_release(error);
    if (error) continue;
    count++;
    b = open_file(path);
    assert_ok(wp_checkpoint_create(&copy));
    assert_ok(wp_checkpoint_set_root(copy, wp_checkpoint_root(a)));
    const wp_checkpoint *others[] = {b, copy};
    wp_report *report;
    for (size_t i = 0; i < 2; i++) {
      assert_ok(wp_checkpoint_diff(&report, a, others[i], NULL));
      if (wp_report_size(report))
        print_error("%s: %s: %s\n", entry->d_name, wp_report_key(report, 0), wp_report_message(report, 0));
      assert_int_equal(wp_report_size(report), 0);
      wp_report_release(report);
    }
    assert_ok(wp_checkpoint_verify(&report, a, NULL));
    if (wp_report_size(report)) print_error("%s: %s\n", entry->d_name, wp_report_message(report, 0));
    assert_int_equal(wp_report_size(report), 0);
    wp_report_release(report);
    wp_checkpoint_release(copy);
    wp_checkpoint_release(b);
    wp_checkpoint_release(a);
  }
  closedir(folder);
  assert_true(count > 50);
}

static void the_same_model_in_two_formats(void **state) {
  (void)state;
  wp_checkpoint *zip = open_file(DATA("state_dict.pt")), *legacy = open_file(DATA("state_dict_legacy.pth"));
  wp_report *report;
  assert_ok(wp_checkpoint_diff(&report, zip, legacy, NULL));
  assert_int_equal(wp_report_size(report), 0);
  wp_report_release(report);
  wp_checkpoint_release(zip);
  wp_checkpoint_release(legacy);
}

static void set_int(wp_value *dict, const char *key, int64_t number) {
  wp_value *value;
  assert_ok(wp_value_create_int(&value, number));
  assert_ok(wp_value_set(dict, key, strlen(key), value));
  wp_value_release(value);
}

static void set_float_tensor(wp_value *dict, const char *key, float number) {
  wp_tensor *tensor;
  wp_value *value;
  assert_ok(wp_tensor_from_data(&tensor, WP_DTYPE_FLOAT32, NULL, 0, &number, sizeof number));
  assert_ok(wp_value_create_tensor(&value, tensor));
  assert_ok(wp_value_set(dict, key, strlen(key), value));
  wp_value_release(value);
  wp_tensor_release(tensor);
}

static void what_differs(void **state) {
  (void)state;
  wp_checkpoint *a, *b;
  assert_ok(wp_checkpoint_create(&a));
  assert_ok(wp_checkpoint_create(&b));
  set_int(wp_checkpoint_root(a), "gone", 1);
  set_int(wp_checkpoint_root(b), "new", 1);
  set_int(wp_checkpoint_root(a), "epoch", 10);
  set_int(wp_checkpoint_root(b), "epoch", 11);
  set_float_tensor(wp_checkpoint_root(a), "w", 1.0f);
  set_float_tensor(wp_checkpoint_root(b), "w", 1.25f);
  wp_report *report;
  assert_ok(wp_checkpoint_diff(&report, a, b, NULL));
  static const struct {
    wp_finding finding;
    const char *key, *message;
    double difference;
  } expected[] = {{WP_FINDING_MISSING, "gone", "1", NAN},
                  {WP_FINDING_ADDED, "new", "1", NAN},
                  {WP_FINDING_CHANGED, "epoch", "10 became 11", 1},
                  {WP_FINDING_CHANGED, "w", "1 of 1 elements differ, by at most 0.25", 0.25}};
  assert_int_equal(wp_report_size(report), 4);
  for (size_t i = 0; i < 4; i++) {
    assert_int_equal(wp_report_finding(report, i), expected[i].finding);
    assert_string_equal(wp_report_key(report, i), expected[i].key);
    assert_string_equal(wp_report_message(report, i), expected[i].message);
    double difference = wp_report_difference(report, i);
    assert_true(difference == expected[i].difference || (isnan(difference) && isnan(expected[i].difference)));
  }
  wp_report_release(report);

  wp_diff_options options = WP_DIFF_OPTIONS_INIT;
  options.rtol = 0.25;
  assert_ok(wp_checkpoint_diff(&report, a, b, &options));
  assert_int_equal(wp_report_size(report), 2);
  wp_report_release(report);
  options.rtol = 0;
  options.atol = 0.5;
  assert_ok(wp_checkpoint_diff(&report, a, b, &options));
  assert_int_equal(wp_report_size(report), 3);
  wp_report_release(report);
  options.progress = refuse_progress;
  assert_fails(wp_checkpoint_diff(&report, a, b, &options), WP_ERROR_CALLBACK);
  assert_null(report);
  /* A caller compiled against a header whose struct was shorter. */
  options.struct_size = offsetof(wp_diff_options, atol);
  assert_ok(wp_checkpoint_diff(&report, a, b, &options));
  assert_int_equal(wp_report_size(report), 4);
  wp_report_release(report);
  wp_checkpoint_release(a);
  wp_checkpoint_release(b);
}

static void wrong_arguments(void **state) {
  (void)state;
  wp_checkpoint *checkpoint = open_sample();
  wp_report *report = (wp_report *)8;
  wp_diff_options options = WP_DIFF_OPTIONS_INIT;
  assert_fails(wp_checkpoint_verify(NULL, checkpoint, NULL), WP_ERROR_INVALID_ARGUMENT);
  assert_fails(wp_checkpoint_verify(&report, NULL, NULL), WP_ERROR_INVALID_ARGUMENT);
  assert_null(report);
  report = (wp_report *)8;
  assert_fails(wp_checkpoint_diff(NULL, checkpoint, checkpoint, NULL), WP_ERROR_INVALID_ARGUMENT);
  assert_fails(wp_checkpoint_diff(&report, checkpoint, NULL, NULL), WP_ERROR_INVALID_ARGUMENT);
  assert_null(report);
  assert_fails(wp_checkpoint_diff(&report, NULL, checkpoint, NULL), WP_ERROR_INVALID_ARGUMENT);
  options.rtol = -1;
  assert_fails(wp_checkpoint_diff(&report, checkpoint, checkpoint, &options), WP_ERROR_INVALID_ARGUMENT);
  options.rtol = 0;
  options.atol = NAN;
  assert_fails(wp_checkpoint_diff(&report, checkpoint, checkpoint, &options), WP_ERROR_INVALID_ARGUMENT);
  assert_null(wp_report_retain(NULL));
  wp_report_release(NULL);
  assert_int_equal(wp_report_size(NULL), 0);
  assert_int_equal(wp_report_finding(NULL, 0), 0);
  assert_null(wp_report_key(NULL, 0));
  assert_null(wp_report_message(NULL, 0));
  assert_true(isnan(wp_report_difference(NULL, 0)));
  wp_checkpoint_release(checkpoint);
}

/* ---- reports of others */

static void a_library_on_top_reports(void **state) {
  (void)state;
  wp_report *report;
  char key[] = "fc.bias";
  assert_ok(wp_report_create(&report));
  assert_int_equal(wp_report_size(report), 0);
  assert_ok(wp_report_add(report, WP_FINDING_UNEXPECTED, key, "not in the model", NAN));
  assert_ok(wp_report_add(report, WP_FINDING_MISMATCHED, NULL, NULL, 0.5));
  key[0] = 'x';
  assert_int_equal(wp_report_size(report), 2);
  assert_int_equal(wp_report_finding(report, 0), WP_FINDING_UNEXPECTED);
  assert_string_equal(wp_report_key(report, 0), "fc.bias");
  assert_string_equal(wp_report_message(report, 0), "not in the model");
  assert_true(isnan(wp_report_difference(report, 0)));
  assert_int_equal(wp_report_finding(report, 1), WP_FINDING_MISMATCHED);
  assert_string_equal(wp_report_key(report, 1), "");
  assert_string_equal(wp_report_message(report, 1), "");
  assert_true(wp_report_difference(report, 1) == 0.5);

  assert_fails(wp_report_add(report, 0, "a", "b", 0), WP_ERROR_INVALID_ARGUMENT);
  assert_fails(wp_report_add(report, WP_FINDING_MISMATCHED + 1, "a", "b", 0), WP_ERROR_INVALID_ARGUMENT);
  assert_fails(wp_report_add(NULL, WP_FINDING_MISSING, "a", "b", 0), WP_ERROR_INVALID_ARGUMENT);
  assert_fails(wp_report_create(NULL), WP_ERROR_INVALID_ARGUMENT);
  assert_int_equal(wp_report_size(report), 2);
  wp_report_release(report);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_damaged_record_is_found),
      cmocka_unit_test(records_that_hold_no_tensor_are_the_files),
      cmocka_unit_test(every_tensor_is_read),
      cmocka_unit_test(no_record_is_read_twice),
      cmocka_unit_test(a_made_checkpoint_is_sound),
      cmocka_unit_test(good_files_are_sound_and_like_themselves),
      cmocka_unit_test(the_same_model_in_two_formats),
      cmocka_unit_test(what_differs),
      cmocka_unit_test(wrong_arguments),
      cmocka_unit_test(a_library_on_top_reports),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
