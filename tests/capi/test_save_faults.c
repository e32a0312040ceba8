/* SPDX-License-Identifier: MIT */
/* Saves that break off: whatever the sink, the disk or a kill does, the old file stays or the new one is whole. */
#define _DEFAULT_SOURCE /* mkdtemp, usleep, setrlimit */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <weightport/weightport.h>

#include "numbered_file.h"

static const wp_format formats[] = {WP_FORMAT_TORCH_ZIP, WP_FORMAT_TORCH_LEGACY, WP_FORMAT_SAFETENSORS};
enum { FORMATS = 3, KILLS = 200 };

/* Sanitizers make each save slow, so they see a sample of the byte counts. */
#ifdef __SANITIZE_ADDRESS__
enum { STEP = 13 };
#else
enum { STEP = 1 };
#endif

/* ---- sinks */

/* Has room for so many bytes, and takes so many calls. */
typedef struct {
  size_t bytes_left, calls_left, bytes, calls;
  int finishes, aborts;
} small_sink;

static int32_t sink_write(const void *bytes, size_t size, void *user) {
  small_sink *sink = user;
  (void)bytes;
  if (size > sink->bytes_left || !sink->calls_left) return 5; /* EIO */
  sink->bytes_left -= size;
  sink->calls_left--;
  sink->bytes += size;
  sink->calls++;
  return 0;
}

static int32_t sink_finish(void *user) {
  ((small_sink *)user)->finishes++;
  return 0;
}

static void sink_abort(void *user) { ((small_sink *)user)->aborts++; }

static wp_error *save_to(small_sink *state, const wp_checkpoint *ckpt, wp_format format) {
  wp_sink sink = WP_SINK_INIT;
  wp_save_options options = WP_SAVE_OPTIONS_INIT;
  sink.user = state;
  sink.write = sink_write;
  sink.finish = sink_finish;
  sink.abort = sink_abort;
  options.format = format;
  return wp_checkpoint_save_sink(ckpt, &sink, &options);
}

static void assert_breaks_off(small_sink sink, const wp_checkpoint *ckpt, wp_format format) {
  wp_error *error = save_to(&sink, ckpt, format);
  assert_int_equal(wp_error_code(error), WP_ERROR_CALLBACK);
  assert_non_null(strstr(wp_error_message(error), "5"));
  wp_error_release(error);
  assert_int_equal(sink.aborts, 1);
  assert_int_equal(sink.finishes, 0);
}

static void a_sink_fails_at_each_byte_and_call(void **state) {
  (void)state;
  for (size_t f = 0; f < FORMATS; f++) {
    wp_checkpoint *ckpt = make_checkpoint(100, 1), *large = make_checkpoint(200000, 1);
    small_sink whole = {SIZE_MAX, SIZE_MAX, 0, 0, 0, 0};
    assert_ok(save_to(&whole, ckpt, formats[f]));
    assert_int_equal(whole.finishes, 1);
    assert_int_equal(whole.aborts, 0);
    for (size_t bytes = 0; bytes < whole.bytes; bytes += STEP) {
      assert_breaks_off((small_sink){bytes, SIZE_MAX, 0, 0, 0, 0}, ckpt, formats[f]);
    }
    small_sink exact = {whole.bytes, whole.calls, 0, 0, 0, 0};
    assert_ok(save_to(&exact, ckpt, formats[f]));

    small_sink many = {SIZE_MAX, SIZE_MAX, 0, 0, 0, 0};
    assert_ok(save_to(&many, large, formats[f]));
    assert_true(many.calls >= 3);
    for (size_t calls = 0; calls < many.calls; calls++) {
      assert_breaks_off((small_sink){SIZE_MAX, calls, 0, 0, 0, 0}, large, formats[f]);
    }
    wp_checkpoint_release(large);
    wp_checkpoint_release(ckpt);
  }
}

static void a_refused_save_aborts(void **state) {
  (void)state;
  wp_checkpoint *ckpt = make_checkpoint(100, 1);
  small_sink refused = {SIZE_MAX, SIZE_MAX, 0, 0, 0, 0};
  wp_error *error = save_to(&refused, ckpt, 99);
  assert_int_equal(wp_error_code(error), WP_ERROR_INVALID_ARGUMENT);
  wp_error_release(error);
  error = save_to(&refused, NULL, WP_FORMAT_TORCH_ZIP);
  assert_int_equal(wp_error_code(error), WP_ERROR_INVALID_ARGUMENT);
  wp_error_release(error);
  assert_int_equal(refused.aborts, 2);
  assert_int_equal(refused.finishes, 0);
  wp_checkpoint_release(ckpt);
}

/* ---- a disk that is full: the system takes so many bytes of a file, and no more */

static void a_disk_is_full_at_each_byte(void **state) {
  (void)state;
  struct rlimit before;
  assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
  void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
  for (size_t f = 0; f < FORMATS; f++) {
    wp_checkpoint *old = make_checkpoint(100, 1), *new = make_checkpoint(100, 2);
    assert_ok(save(old, formats[f], false));
    small_sink whole = {SIZE_MAX, SIZE_MAX, 0, 0, 0, 0};
    assert_ok(save_to(&whole, new, formats[f]));
    for (size_t bytes = 0; bytes < whole.bytes; bytes += STEP) {
      struct rlimit less = {bytes, before.rlim_max};
      assert_int_equal(setrlimit(RLIMIT_FSIZE, &less), 0);
      wp_error *error = save(new, formats[f], false);
      assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
      assert_int_equal(wp_error_code(error), WP_ERROR_IO);
      assert_non_null(strstr(wp_error_message(error), "File too large"));
      wp_error_release(error);
      assert_int_equal(sweep_folder("model"), 0);
      if (bytes % (64 * STEP) == 0) assert_true(number_in(path, 100) == 1);
    }
    assert_true(number_in(path, 100) == 1);
    assert_ok(save(new, formats[f], false));
    assert_true(number_in(path, 100) == 2);
    wp_checkpoint_release(new);
    wp_checkpoint_release(old);
  }
  signal(SIGXFSZ, handler);
}

/* ---- kills */

enum { KILLED_COUNT = 60000 };

/* Waits draw near to the moment at which the file is replaced, from both sides, and scatter around it. */
static void killed_at_random_moments(void **state) {
  (void)state;
  unsigned random = 1, replaced = 0, left = 0;
  float current = 1;
  wp_checkpoint *ckpt = make_checkpoint(KILLED_COUNT, current);
  assert_ok(save(ckpt, formats[0], false));
  wp_checkpoint_release(ckpt);
  double wait = 1000;
  for (int i = 0; i < KILLS; i++) {
    float number = (float)(i + 2);
    ckpt = make_checkpoint(KILLED_COUNT, number);
    pid_t child = fork();
    if (child == 0) _exit(save(ckpt, formats[i % FORMATS], i % 8 == 0) ? 1 : 0);
    assert_true(child > 0);
    random = random * 1103515245u + 12345u;
    usleep((useconds_t)(wait * (50 + (random >> 16) % 100) / 100));
    kill(child, SIGKILL);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
    wp_checkpoint_release(ckpt);

    float found = number_in(path, KILLED_COUNT);
    assert_true(found == current || found == number);
    wait = found == number ? wait * 0.8 : wait * 1.25 + 20;
    replaced += found == number;
    left += sweep_folder("model") > 0;
    current = found;
  }
  print_message("%d kills: %u after the file was replaced, %u in the middle of a file\n", KILLS, replaced, left);
  assert_true(replaced > 0 && replaced < KILLS && left > 0);
}

int main(void) {
  if (STEP > 1) print_message("a sample: every %dth byte count\n", STEP);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_sink_fails_at_each_byte_and_call),
      cmocka_unit_test(a_refused_save_aborts),
      cmocka_unit_test_setup_teardown(a_disk_is_full_at_each_byte, make_folder, remove_folder),
      cmocka_unit_test_setup_teardown(killed_at_random_moments, make_folder, remove_folder),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
