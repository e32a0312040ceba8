/* SPDX-License-Identifier: MIT */
/* Opening files: from a path and from memory; options, limits, cancelling, progress. */
#include "byte_order.h"
#include "file_bytes.h"

static void opens_a_general_checkpoint(void **state) {
  (void)state;
  wp_checkpoint *ckpt;
  assert_ok(wp_checkpoint_open(&ckpt, DATA("checkpoint.tar"), NULL));
  assert_int_equal(wp_checkpoint_format(ckpt), WP_FORMAT_TORCH_ZIP);
  assert_null(wp_checkpoint_metadata(ckpt));
  assert_int_equal(wp_value_kind(wp_value_find(wp_checkpoint_root(ckpt), "epoch", 5)), WP_KIND_INT);

  wp_state_dict *by_key, *only;
  assert_ok(wp_checkpoint_state_dict(&by_key, ckpt, "model_state_dict"));
  assert_ok(wp_checkpoint_state_dict(&only, ckpt, NULL));
  assert_int_equal(wp_checkpoint_state_dict_count(ckpt), 1);
  assert_string_equal(wp_checkpoint_state_dict_key(ckpt, 0), "model_state_dict");
  assert_null(wp_checkpoint_state_dict_key(ckpt, 1));
  assert_true(wp_state_dict_size(only) > 0);
  assert_int_equal(wp_state_dict_size(by_key), wp_state_dict_size(only));
  assert_ptr_equal(wp_state_dict_tensor_at(by_key, 0), wp_state_dict_tensor_at(only, 0));

  wp_state_dict *missing = (wp_state_dict *)1;
  assert_fails(wp_checkpoint_state_dict(&missing, ckpt, "model"), WP_ERROR_NOT_FOUND);
  assert_null(missing);
  assert_fails(wp_checkpoint_state_dict(&missing, ckpt, "epoch"), WP_ERROR_MISMATCH);
  wp_state_dict_release(by_key);
  wp_state_dict_release(only);
  wp_checkpoint_release(wp_checkpoint_retain(ckpt));
  wp_checkpoint_release(ckpt);
}

static void several_state_dicts_are_listed(void **state) {
  (void)state;
  wp_checkpoint *ckpt;
  wp_state_dict *sd;
  assert_ok(wp_checkpoint_open(&ckpt, DATA("multi.tar"), NULL));
  assert_int_equal(wp_checkpoint_state_dict_count(ckpt), 2);
  wp_error *error = wp_checkpoint_state_dict(&sd, ckpt, NULL);
  assert_int_equal(wp_error_code(error), WP_ERROR_MISMATCH);
  for (size_t i = 0; i < 2; i++) assert_non_null(strstr(wp_error_message(error), wp_checkpoint_state_dict_key(ckpt, i)));
  wp_error_release(error);
  wp_checkpoint_release(ckpt);
}

static void globals_are_marked(void **state) {
  (void)state;
  wp_checkpoint *ckpt;
  assert_ok(wp_checkpoint_open(&ckpt, DATA("foreign.pt"), NULL));
  bool namespace_seen = false, rebuild_seen = false;
  for (size_t i = 0; i < wp_checkpoint_global_count(ckpt); i++) {
    const char *name = wp_checkpoint_global_name(ckpt, i);
    if (!strcmp(name, "argparse.Namespace")) {
      namespace_seen = true;
      assert_false(wp_checkpoint_global_allowed(ckpt, i));
    }
    if (!strcmp(name, "torch._utils._rebuild_tensor_v2")) {
      rebuild_seen = true;
      assert_true(wp_checkpoint_global_allowed(ckpt, i));
    }
  }
  assert_true(namespace_seen && rebuild_seen);
  assert_null(wp_checkpoint_global_name(ckpt, wp_checkpoint_global_count(ckpt)));
  assert_false(wp_checkpoint_global_allowed(ckpt, wp_checkpoint_global_count(ckpt)));
  wp_checkpoint_release(ckpt);
}

static void safetensors_metadata(void **state) {
  (void)state;
  wp_checkpoint *ckpt;
  assert_ok(wp_checkpoint_open(&ckpt, DATA("model.safetensors"), NULL));
  assert_int_equal(wp_checkpoint_format(ckpt), WP_FORMAT_SAFETENSORS);
  assert_int_equal(wp_value_kind(wp_checkpoint_metadata(ckpt)), WP_KIND_DICT);
  assert_int_equal(wp_checkpoint_global_count(ckpt), 0);
  wp_checkpoint_release(ckpt);
}

static int32_t count_progress(uint64_t done, uint64_t total, void *user) {
  uint64_t *last = user;
  assert_true(done >= *last && done <= total);
  *last = done;
  return 0;
}

static int32_t refuse_progress(uint64_t done, uint64_t total, void *user) {
  (void)done;
  (void)total;
  (void)user;
  return 1;
}

static void owned_memory_may_be_written(void **state) {
  (void)state;
  file_bytes file = large_safetensors(3, 12 << 20);
  uint64_t done = 0;
  wp_open_options options = WP_OPEN_OPTIONS_INIT;
  options.memory = WP_MEMORY_READ;
  options.threads = 4;
  options.progress = count_progress;
  options.progress_user = &done;
  wp_checkpoint *ckpt;
  wp_state_dict *sd;
  assert_ok(wp_checkpoint_open_memory(&ckpt, file.bytes, file.size, NULL, &options));
  assert_int_equal(done, 3 * (12 << 20));
  memset(file.bytes, 0xff, file.size);
  assert_ok(wp_checkpoint_state_dict(&sd, ckpt, NULL));
  for (size_t i = 0; i < 3; i++) {
    void *data;
    assert_ok(wp_tensor_mutable_data(&data, wp_state_dict_tensor_at(sd, i)));
    assert_int_equal(((uint8_t *)data)[0], i + 1);
    ((uint8_t *)data)[0] = 9;
  }
  wp_state_dict_release(sd);
  wp_checkpoint_release(ckpt);

  options.progress = refuse_progress;
  assert_fails(wp_checkpoint_open_memory(&ckpt, file.bytes, 0, NULL, &options), WP_ERROR_UNSUPPORTED);
  free(file.bytes);
}

static void cancel_and_progress_stop_a_load(void **state) {
  (void)state;
  file_bytes file = large_safetensors(2, 4 << 20);
  wp_open_options options = WP_OPEN_OPTIONS_INIT;
  options.memory = WP_MEMORY_READ;
  options.progress = refuse_progress;
  wp_checkpoint *ckpt;
  assert_fails(wp_checkpoint_open_memory(&ckpt, file.bytes, file.size, NULL, &options), WP_ERROR_CALLBACK);
  assert_null(ckpt);

  options.progress = NULL;
  assert_ok(wp_cancel_create(&options.cancel));
  wp_cancel_request(options.cancel);
  assert_fails(wp_checkpoint_open_memory(&ckpt, file.bytes, file.size, NULL, &options), WP_ERROR_CANCELLED);
  wp_cancel_release(options.cancel);
  free(file.bytes);
}

static void checksums_are_verified_on_request(void **state) {
  (void)state;
  if (!little_endian()) {
    print_message("skipped: on a big-endian machine weights do not lie in the mapping\n");
    skip();
  }
  file_bytes file = read_file(DATA("checkpoint.tar"));
  wp_open_options options = WP_OPEN_OPTIONS_INIT;
  options.verify_checksums = true;
  wp_checkpoint *ckpt;
  assert_ok(wp_checkpoint_open_memory(&ckpt, file.bytes, file.size, "whole", &options));

  /* One bit of one weight. */
  wp_state_dict *sd;
  const void *data;
  assert_ok(wp_checkpoint_state_dict(&sd, ckpt, NULL));
  assert_ok(wp_tensor_data(&data, wp_state_dict_tensor_at(sd, 0)));
  file.bytes[(const uint8_t *)data - file.bytes] ^= 1;
  wp_state_dict_release(sd);
  wp_checkpoint_release(ckpt);

  wp_error *error = wp_checkpoint_open_memory(&ckpt, file.bytes, file.size, "changed", &options);
  assert_int_equal(wp_error_code(error), WP_ERROR_CORRUPT);
  assert_non_null(strstr(wp_error_message(error), "CRC-32"));
  wp_error_release(error);
  options.verify_checksums = false;
  assert_ok(wp_checkpoint_open_memory(&ckpt, file.bytes, file.size, "changed", &options));
  wp_checkpoint_release(ckpt);
  free(file.bytes);
}

static void limits_are_kept(void **state) {
  (void)state;
  wp_limits limits = WP_LIMITS_INIT;
  wp_open_options options = WP_OPEN_OPTIONS_INIT;
  options.limits = &limits;
  wp_checkpoint *ckpt;
  limits.max_tensors = 3;
  assert_fails(wp_checkpoint_open(&ckpt, DATA("checkpoint.tar"), &options), WP_ERROR_LIMIT);
  limits.max_tensors = 0;
  limits.max_depth = 2;
  assert_fails(wp_checkpoint_open(&ckpt, DATA("checkpoint.tar"), &options), WP_ERROR_LIMIT);
  limits.max_depth = 0;
  limits.max_bytes = 1000;
  assert_fails(wp_checkpoint_open(&ckpt, DATA("checkpoint.tar"), &options), WP_ERROR_LIMIT);
  limits.max_bytes = 0;
  limits.max_steps = 100;
  assert_fails(wp_checkpoint_open(&ckpt, DATA("checkpoint.tar"), &options), WP_ERROR_LIMIT);
  limits.max_steps = 0;
  limits.max_string = 8;
  assert_fails(wp_checkpoint_open(&ckpt, DATA("checkpoint.tar"), &options), WP_ERROR_LIMIT);
  limits.max_string = 0;
  assert_ok(wp_checkpoint_open(&ckpt, DATA("checkpoint.tar"), &options));
  wp_checkpoint_release(ckpt);

  /* A caller compiled against a header whose struct was shorter: members past its end are not looked at. */
  limits.struct_size = offsetof(wp_limits, max_steps);
  limits.max_steps = 1;
  assert_ok(wp_checkpoint_open(&ckpt, DATA("checkpoint.tar"), &options));
  wp_checkpoint_release(ckpt);
}

static void files_that_cannot_be_opened(void **state) {
  (void)state;
  wp_checkpoint *ckpt;
  assert_fails(wp_checkpoint_open(&ckpt, DATA("no such file.pt"), NULL), WP_ERROR_NOT_FOUND);
  assert_fails(wp_checkpoint_open(&ckpt, WEIGHTPORT_TEST_DATA, NULL), WP_ERROR_IO);
  assert_fails(wp_checkpoint_open(&ckpt, "/dev/null", NULL), WP_ERROR_IO);
  assert_fails(wp_checkpoint_open(&ckpt, DATA("bad_text.pt"), NULL), WP_ERROR_UNSUPPORTED);
  assert_fails(wp_checkpoint_open(&ckpt, DATA("bad_empty.pt"), NULL), WP_ERROR_UNSUPPORTED);
  assert_fails(wp_checkpoint_open(&ckpt, DATA("bad_no_pickle.pt"), NULL), WP_ERROR_UNSUPPORTED);
  wp_error *script = wp_checkpoint_open(&ckpt, DATA("bad_script_model.pt"), NULL);
  assert_non_null(strstr(wp_error_message(script), "before 1.4"));
  assert_fails(script, WP_ERROR_UNSUPPORTED);
  assert_fails(wp_checkpoint_open(&ckpt, DATA("bad_outside.pt"), NULL), WP_ERROR_CORRUPT);
}

static void wrong_arguments(void **state) {
  (void)state;
  wp_checkpoint *ckpt;
  wp_open_options options = WP_OPEN_OPTIONS_INIT;
  assert_fails(wp_checkpoint_open(NULL, "x", NULL), WP_ERROR_INVALID_ARGUMENT);
  assert_fails(wp_checkpoint_open(&ckpt, NULL, NULL), WP_ERROR_INVALID_ARGUMENT);
  assert_fails(wp_checkpoint_open_memory(&ckpt, NULL, 5, NULL, NULL), WP_ERROR_INVALID_ARGUMENT);
  options.memory = 5;
  assert_fails(wp_checkpoint_open(&ckpt, DATA("list.pt"), &options), WP_ERROR_INVALID_ARGUMENT);

  /* Limits that would be no limits. */
  wp_limits limits = {0};
  limits.max_tensors = 1;
  options = (wp_open_options)WP_OPEN_OPTIONS_INIT;
  options.limits = &limits;
  assert_fails(wp_checkpoint_open(&ckpt, DATA("list.pt"), &options), WP_ERROR_INVALID_ARGUMENT);
  options = (wp_open_options){0};
  assert_fails(wp_checkpoint_open(&ckpt, DATA("list.pt"), &options), WP_ERROR_INVALID_ARGUMENT);

  assert_null(wp_checkpoint_root(NULL));
  assert_null(wp_checkpoint_metadata(NULL));
  assert_null(wp_checkpoint_retain(NULL));
  wp_checkpoint_release(NULL);
  assert_int_equal(wp_checkpoint_format(NULL), WP_FORMAT_UNKNOWN);
  assert_string_equal(wp_format_name(99), "unknown");
  wp_state_dict *sd;
  assert_fails(wp_checkpoint_state_dict(&sd, NULL, NULL), WP_ERROR_INVALID_ARGUMENT);
}

static void format_names(void **state) {
  (void)state;
  assert_string_equal(wp_format_name(WP_FORMAT_TORCH_ZIP), "torch_zip");
  assert_string_equal(wp_format_name(WP_FORMAT_TORCH_LEGACY), "torch_legacy");
  assert_string_equal(wp_format_name(WP_FORMAT_TORCH_TAR), "torch_tar");
  assert_string_equal(wp_format_name(WP_FORMAT_TORCHSCRIPT), "torchscript");
  assert_string_equal(wp_format_name(WP_FORMAT_SAFETENSORS), "safetensors");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(opens_a_general_checkpoint),
      cmocka_unit_test(several_state_dicts_are_listed),
      cmocka_unit_test(globals_are_marked),
      cmocka_unit_test(safetensors_metadata),
      cmocka_unit_test(owned_memory_may_be_written),
      cmocka_unit_test(cancel_and_progress_stop_a_load),
      cmocka_unit_test(checksums_are_verified_on_request),
      cmocka_unit_test(limits_are_kept),
      cmocka_unit_test(files_that_cannot_be_opened),
      cmocka_unit_test(wrong_arguments),
      cmocka_unit_test(format_names),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
