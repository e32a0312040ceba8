/* SPDX-License-Identifier: MIT */
/* Eight threads that open, read, retain, release, save and cancel, each in a random order of its own, on objects that they
 * share and on their own. ./dev test tsan runs it with the thread sanitizer, which sees what these asserts cannot. */
#define _GNU_SOURCE /* mkdtemp */
#include <pthread.h>
#include <stdatomic.h>

#include "numbered_file.h"

/* Tensors of more than 256 KiB, for which a save has another thread compute checksums. */
enum { THREADS = 8, ROUNDS = 150, COUNT = 70000 };

static atomic_int failures, cancelled, finished;

static wp_checkpoint *mapped, *lazy; /* shared: one reference a thread, and one of the test's */
static wp_state_dict *weights;
static char file[100], target[100];

/* Where threads put what another one takes. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static wp_cancel *tokens[THREADS];
static wp_tensor *handed_over;

typedef struct {
  int number;
  unsigned random;
  char own[100]; /* a file that no other thread has */
} worker;

static unsigned draw(worker *self, unsigned below) {
  self->random = self->random * 1103515245u + 12345u;
  return (self->random >> 16) % below;
}

/* cmocka's asserts are for the main thread. */
static void expect(bool condition, const char *what) {
  if (condition) return;
  print_error("%s\n", what);
  failures++;
}

static bool fine(wp_error *error) {
  if (!error) return true;
  print_error("%s\n", wp_error_message(error));
  wp_error_release(error);
  failures++;
  return false;
}

/* Cancelled or done, but nothing else. */
static bool fine_or_cancelled(wp_error *error) {
  bool stopped = wp_error_code(error) == WP_ERROR_CANCELLED;
  atomic_fetch_add(stopped ? &cancelled : &finished, 1);
  if (!stopped) return fine(error);
  wp_error_release(error);
  return false;
}

static void read_tensor(const wp_tensor *tensor) {
  const void *data;
  double numbers_read[100];
  wp_tensor *part, *copy;
  int64_t shape = 100, stride = 7;
  if (fine(wp_tensor_data(&data, tensor))) expect(((const float *)data)[COUNT - 1] == 1, "another number");
  if (!fine(wp_tensor_view(&part, tensor, 3, &shape, &stride, 1))) return;
  if (fine(wp_tensor_read(part, numbers_read, sizeof numbers_read, WP_DTYPE_FLOAT64))) expect(numbers_read[99] == 1, "not 1");
  if (fine(wp_tensor_contiguous(&copy, part))) wp_tensor_release(copy);
  wp_tensor_release(part);
}

static void open_and_read(worker *self) {
  wp_open_options options = WP_OPEN_OPTIONS_INIT;
  wp_checkpoint *ckpt;
  wp_state_dict *sd;
  options.memory = draw(self, 2) ? WP_MEMORY_READ : WP_MEMORY_MAP;
  options.threads = 2;
  options.verify_checksums = draw(self, 2);
  if (!fine(wp_checkpoint_open(&ckpt, file, &options))) return;
  if (fine(wp_checkpoint_state_dict(&sd, ckpt, NULL))) {
    wp_checkpoint_release(ckpt);
    read_tensor(wp_state_dict_tensor_at(sd, draw(self, TENSORS)));
    wp_state_dict_release(sd);
  }
}

static void read_shared(worker *self) {
  wp_state_dict *sd;
  wp_checkpoint *ckpt = draw(self, 2) ? mapped : lazy;
  read_tensor(wp_state_dict_tensor_at(weights, draw(self, TENSORS)));
  expect(wp_checkpoint_state_dict_count(ckpt) == 1, "not one state_dict");
  if (!fine(wp_checkpoint_state_dict(&sd, ckpt, NULL))) return;
  read_tensor(wp_state_dict_tensor_at(sd, draw(self, TENSORS)));
  wp_state_dict_release(sd);
}

/* The last reference to a tensor, and so to its file, may go on another thread than the one that opened it. */
static void hand_over(worker *self) {
  wp_checkpoint *ckpt;
  wp_tensor *mine = NULL, *theirs;
  if (draw(self, 2)) {
    wp_value *value;
    if (!fine(wp_checkpoint_open(&ckpt, file, NULL))) return;
    value = wp_value_item(wp_checkpoint_root(ckpt), draw(self, TENSORS));
    mine = wp_tensor_retain(wp_value_tensor(value));
    wp_checkpoint_release(ckpt);
  } else {
    mine = wp_tensor_retain(wp_state_dict_tensor_at(weights, draw(self, TENSORS)));
  }
  pthread_mutex_lock(&lock);
  theirs = handed_over;
  handed_over = mine;
  pthread_mutex_unlock(&lock);
  if (theirs) read_tensor(theirs);
  wp_tensor_release(theirs);
}

static void retain_and_release(worker *self) {
  wp_checkpoint *ckpt = wp_checkpoint_retain(draw(self, 2) ? mapped : lazy);
  wp_value *root = wp_value_retain(wp_checkpoint_root(ckpt));
  wp_state_dict *sd = wp_state_dict_retain(weights);
  wp_checkpoint_release(ckpt);
  expect(wp_value_size(root) == TENSORS, "another size");
  wp_value_release(root);
  wp_state_dict_release(sd);
}

static void save_shared(worker *self) {
  static const wp_format formats[] = {WP_FORMAT_TORCH_ZIP, WP_FORMAT_TORCH_LEGACY, WP_FORMAT_SAFETENSORS};
  wp_save_options options = WP_SAVE_OPTIONS_INIT;
  options.format = formats[draw(self, 3)];
  options.durable = false;
  /* Several threads replace one file at once: each of them whole. */
  const char *path_of_save = draw(self, 2) ? self->own : target;
  if (fine(wp_checkpoint_save(draw(self, 2) ? mapped : lazy, path_of_save, &options))) {
    wp_checkpoint *again;
    if (fine(wp_checkpoint_open(&again, path_of_save, NULL))) wp_checkpoint_release(again);
  }
}

static void compare_shared(worker *self) {
  wp_report *report;
  wp_error *error =
      draw(self, 2) ? wp_checkpoint_diff(&report, mapped, lazy, NULL) : wp_checkpoint_verify(&report, mapped, NULL);
  if (!fine(error)) return;
  expect(wp_report_size(report) == 0, "a finding");
  wp_report_release(report);
}

static wp_cancel *exchange_token(int slot, wp_cancel *token) {
  pthread_mutex_lock(&lock);
  wp_cancel *old = tokens[slot];
  tokens[slot] = token;
  pthread_mutex_unlock(&lock);
  return old;
}

/* Something that another thread may stop. */
static void work_with_token(worker *self) {
  wp_cancel *token;
  if (!fine(wp_cancel_create(&token))) return;
  wp_cancel_release(exchange_token(self->number, wp_cancel_retain(token)));
  if (draw(self, 2)) {
    wp_open_options options = WP_OPEN_OPTIONS_INIT;
    wp_checkpoint *ckpt;
    options.memory = WP_MEMORY_READ;
    options.threads = 2;
    options.cancel = token;
    if (fine_or_cancelled(wp_checkpoint_open(&ckpt, file, &options))) wp_checkpoint_release(ckpt);
  } else {
    wp_save_options options = WP_SAVE_OPTIONS_INIT;
    options.durable = false;
    options.cancel = token;
    fine_or_cancelled(wp_checkpoint_save(mapped, self->own, &options));
  }
  wp_cancel_release(token);
}

static void cancel_another(worker *self) {
  wp_cancel *token = exchange_token((int)draw(self, THREADS), NULL);
  wp_cancel_request(token);
  wp_cancel_release(token);
}

static void *work(void *user) {
  static void (*const actions[])(worker *) = {open_and_read,  read_shared,    hand_over,       retain_and_release,
                                              save_shared,    compare_shared, work_with_token, work_with_token,
                                              cancel_another, cancel_another};
  worker *self = user;
  for (int i = 0; i < ROUNDS; i++) actions[draw(self, sizeof actions / sizeof *actions)](self);
  wp_checkpoint_release(mapped);
  wp_checkpoint_release(lazy);
  wp_state_dict_release(weights);
  return NULL;
}

static int32_t read_at(uint64_t offset, void *buffer, size_t size, void *user) {
  const void *bytes;
  wp_error *error = wp_tensor_data(&bytes, user);
  if (!fine(error)) return 1;
  memcpy(buffer, (const char *)bytes + offset, size);
  return 0;
}

static void close_bytes(void *user) { wp_tensor_release(user); }

/* Read when first touched, by whichever thread comes first. */
static wp_checkpoint *open_lazy(const wp_checkpoint *whole) {
  wp_source source = WP_SOURCE_INIT;
  wp_tensor *bytes;
  wp_checkpoint *out;
  assert_ok(wp_checkpoint_save_memory(&bytes, whole, NULL));
  source.user = bytes;
  source.size = wp_tensor_nbytes(bytes);
  source.read_at = read_at;
  source.close = close_bytes;
  assert_ok(wp_checkpoint_open_source(&out, &source, NULL));
  return out;
}

static void eight_threads(void **state) {
  (void)state;
  pthread_t threads[THREADS];
  worker workers[THREADS];
  snprintf(file, sizeof file, "%s/file", folder);
  snprintf(target, sizeof target, "%s/target", folder);
  wp_checkpoint *made = make_checkpoint(COUNT, 1);
  assert_ok(wp_checkpoint_save(made, file, NULL));
  assert_ok(wp_checkpoint_open(&mapped, file, NULL));
  lazy = open_lazy(made);
  wp_checkpoint_release(made);
  assert_ok(wp_checkpoint_state_dict(&weights, lazy, NULL));
  for (int i = 0; i < THREADS; i++) {
    workers[i] = (worker){i, (unsigned)i * 7919 + 1, ""};
    snprintf(workers[i].own, sizeof workers[i].own, "%s/own%d", folder, i);
    wp_checkpoint_retain(mapped);
    wp_checkpoint_retain(lazy);
    wp_state_dict_retain(weights);
    assert_int_equal(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
  }
  /* The threads keep all of it alive by themselves. */
  wp_checkpoint_release(mapped);
  wp_checkpoint_release(lazy);
  wp_state_dict_release(weights);
  for (int i = 0; i < THREADS; i++) assert_int_equal(pthread_join(threads[i], NULL), 0);
  wp_tensor_release(handed_over);
  for (int i = 0; i < THREADS; i++) wp_cancel_release(tokens[i]);
  print_message("%d threads, %d rounds each: %d operations cancelled, %d not\n", THREADS, ROUNDS, cancelled, finished);
  assert_int_equal(failures, 0);
  assert_true(cancelled > 0 && finished > 0);
  assert_true(number_in(target, COUNT) == 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(eight_threads, make_folder, remove_folder),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
