/* SPDX-License-Identifier: MIT */
/* Files that cannot be read, or that change while they are open: an error or the bytes, and no crash where it can be helped. */
#define _GNU_SOURCE /* mkdtemp, RTLD_NEXT */
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "numbered_file.h"

enum { COUNT = 20000 }; /* numbers of a tensor: a file of many pages */

/* ---- the system's calls, and what they can be made to do instead */

static struct {
  size_t most;    /* bytes of one read; 0 = all */
  int interrupt;  /* every how many calls; 0 = never */
  int until, why; /* calls that succeed before one fails, and its errno; 0 = none */
  bool no_mmap;
  int calls;
} faults;

static ssize_t faulty_read(int file, void *buffer, size_t size, off_t offset, const char *real) {
  ssize_t (*next)(int, void *, size_t, off_t);
  *(void **)&next = dlsym(RTLD_NEXT, real);
  faults.calls++;
  if (faults.interrupt && faults.calls % faults.interrupt == 0) {
    errno = EINTR;
    return -1;
  }
  if (faults.why && faults.calls == faults.until + 1) {
    errno = faults.why;
    return -1;
  }
  return next(file, buffer, faults.most && size > faults.most ? faults.most : size, offset);
}

static void *faulty_mmap(void *address, size_t size, int protection, int flags, int file, off_t offset, const char *real) {
  void *(*next)(void *, size_t, int, int, int, off_t);
  *(void **)&next = dlsym(RTLD_NEXT, real);
  if (faults.no_mmap && file >= 0) {
    errno = ENODEV;
    return MAP_FAILED;
  }
  return next(address, size, protection, flags, file, offset);
}

/* Compiled with 64 bits in off_t, as the library is; on 32 bit systems the calls then have other names. */
#if defined(__GLIBC__) && !defined(__LP64__)
#define REAL(name) name "64"
#else
#define REAL(name) name
#endif

ssize_t pread(int file, void *buffer, size_t size, off_t offset) {
  return faulty_read(file, buffer, size, offset, REAL("pread"));
}

void *mmap(void *address, size_t size, int protection, int flags, int file, off_t offset) {
  return faulty_mmap(address, size, protection, flags, file, offset, REAL("mmap"));
}

static int make_file(void **state) {
  if (make_folder(state)) return 1;
  wp_checkpoint *ckpt = make_checkpoint(COUNT, 1);
  assert_ok(save(ckpt, WP_FORMAT_TORCH_ZIP, false));
  wp_checkpoint_release(ckpt);
  return 0;
}

static int remove_file(void **state) {
  memset(&faults, 0, sizeof faults);
  return remove_folder(state);
}

static wp_error *open_as(wp_checkpoint **out, wp_memory memory) {
  wp_open_options options = WP_OPEN_OPTIONS_INIT;
  options.memory = memory;
  options.threads = 1;
  return wp_checkpoint_open(out, path, &options);
}

/* Every number of every tensor. */
static wp_error *read_all(const wp_checkpoint *ckpt, float expected) {
  static float numbers_read[COUNT];
  wp_state_dict *sd;
  wp_error *error = wp_checkpoint_state_dict(&sd, ckpt, NULL);
  if (error) return error;
  for (size_t i = 0; i < wp_state_dict_size(sd) && !error; i++) {
    error = wp_tensor_read(wp_state_dict_tensor_at(sd, i), numbers_read, sizeof numbers_read, WP_DTYPE_FLOAT32);
    for (size_t k = 0; k < COUNT && !error; k++) assert_true(numbers_read[k] == expected);
  }
  wp_state_dict_release(sd);
  return error;
}

/* ---- reads */

static void reads_may_be_short_and_interrupted(void **state) {
  (void)state;
  static const wp_memory memories[] = {WP_MEMORY_MAP, WP_MEMORY_READ};
  faults.no_mmap = true;
  faults.most = 1021;
  faults.interrupt = 3;
  for (size_t i = 0; i < 2; i++) {
    wp_checkpoint *ckpt;
    faults.calls = 0;
    assert_ok(open_as(&ckpt, memories[i]));
    assert_ok(read_all(ckpt, 1));
    assert_true(faults.calls > TENSORS * COUNT * 4 / 1021);
    wp_checkpoint_release(ckpt);
  }
}

static void each_read_fails(void **state) {
  (void)state;
  static const int reasons[] = {EIO, ESTALE};
  faults.no_mmap = true;
  for (size_t r = 0; r < 4; r++) {
    bool failed = true;
    int n = 0;
    for (; failed; n++) {
      wp_checkpoint *ckpt;
      faults.calls = 0;
      faults.until = n;
      faults.why = reasons[r % 2];
      wp_error *error = open_as(&ckpt, r < 2 ? WP_MEMORY_MAP : WP_MEMORY_READ);
      if (error) assert_null(ckpt);
      if (!error) error = read_all(ckpt, 1);
      failed = error != NULL;
      if (failed) {
        assert_int_equal(wp_error_code(error), WP_ERROR_IO);
        assert_non_null(strstr(wp_error_message(error), strerror(faults.why)));
        wp_error_release(error);
        /* A failure is not remembered: the next try succeeds. */
        faults.why = 0;
        if (ckpt) assert_ok(read_all(ckpt, 1));
      }
      wp_checkpoint_release(ckpt);
    }
    print_message("%d failing reads\n", n - 1);
    assert_true(n > TENSORS);
  }
}

/* ---- a file that changes while it is open */

static void assert_truncated(wp_error *error) {
  if (wp_error_code(error) != WP_ERROR_IO) print_error("\"%s\"\n", wp_error_message(error));
  assert_int_equal(wp_error_code(error), WP_ERROR_IO);
  assert_non_null(strstr(wp_error_message(error), "the file was truncated while it was open"));
  assert_string_equal(wp_error_file(error), path);
  wp_error_release(error);
}

/* Whatever the library itself would touch of a mapping, it asks first whether the file is still there. */
static void truncated_while_mapped(void **state) {
  (void)state;
  static const wp_format formats[] = {WP_FORMAT_TORCH_ZIP, WP_FORMAT_TORCH_LEGACY, WP_FORMAT_SAFETENSORS};
  for (size_t f = 0; f < 3; f++) {
    for (int touched = 0; touched < 2; touched++) {
      /* Torch's legacy format does not align: what was touched is a copy. */
      if (touched && formats[f] == WP_FORMAT_TORCH_LEGACY) continue;
      wp_checkpoint *ckpt = make_checkpoint(COUNT, 1), *whole = make_checkpoint(COUNT, 1);
      wp_state_dict *sd;
      wp_report *report;
      wp_tensor *bytes;
      const void *data;
      assert_ok(save(ckpt, formats[f], false));
      wp_checkpoint_release(ckpt);
      assert_ok(open_as(&ckpt, WP_MEMORY_MAP));
      assert_ok(wp_checkpoint_state_dict(&sd, ckpt, NULL));
      if (touched) assert_ok(read_all(ckpt, 1));
      assert_int_equal(truncate(path, 5000), 0);

      assert_truncated(read_all(ckpt, 1));
      if (!touched) assert_truncated(wp_tensor_data(&data, wp_state_dict_tensor_at(sd, TENSORS - 1)));
      for (size_t to = 0; to < 3; to++) {
        wp_save_options options = WP_SAVE_OPTIONS_INIT;
        options.format = formats[to];
        assert_truncated(wp_checkpoint_save_memory(&bytes, ckpt, &options));
        assert_null(bytes);
      }
      assert_truncated(wp_checkpoint_diff(&report, ckpt, whole, NULL));
      if (formats[f] == WP_FORMAT_TORCH_ZIP) assert_truncated(wp_checkpoint_verify(&report, ckpt, NULL));
      wp_state_dict_release(sd);
      wp_checkpoint_release(ckpt);
      wp_checkpoint_release(whole);
    }
  }
}

/* What checkpoint.h says of a caller's own touch, and why WP_MEMORY_READ is there. */
static void touching_a_truncated_mapping_ends_the_program(void **state) {
  (void)state;
  static const wp_memory memories[] = {WP_MEMORY_MAP, WP_MEMORY_READ};
  for (size_t i = 0; i < 2; i++) {
    wp_checkpoint *made = make_checkpoint(COUNT, 1), *ckpt;
    wp_state_dict *sd;
    const void *data;
    assert_ok(save(made, WP_FORMAT_TORCH_ZIP, false));
    assert_ok(open_as(&ckpt, memories[i]));
    assert_ok(wp_checkpoint_state_dict(&sd, ckpt, NULL));
    assert_ok(wp_tensor_data(&data, wp_state_dict_tensor_at(sd, TENSORS - 1)));
    assert_int_equal(truncate(path, 0), 0);
    pid_t child = fork();
    if (child == 0) {
      signal(SIGBUS, SIG_DFL); /* a sanitizer's */
      _exit(((const volatile float *)data)[COUNT - 1] == 1 ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    if (memories[i] == WP_MEMORY_MAP) {
      assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS);
    } else {
      assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
      assert_ok(read_all(ckpt, 1));
      assert_ok(save(ckpt, WP_FORMAT_TORCH_ZIP, false));
      assert_true(number_in(path, COUNT) == 1);
    }
    wp_state_dict_release(sd);
    wp_checkpoint_release(ckpt);
    wp_checkpoint_release(made);
  }
}

static void replaced_while_open(void **state) {
  (void)state;
  wp_checkpoint *mapped, *lazy, *new = make_checkpoint(COUNT, 2);
  assert_ok(open_as(&mapped, WP_MEMORY_MAP));
  faults.no_mmap = true;
  assert_ok(open_as(&lazy, WP_MEMORY_MAP));
  assert_ok(save(new, WP_FORMAT_TORCH_LEGACY, false));
  assert_ok(read_all(mapped, 1));
  assert_ok(read_all(lazy, 1));
  assert_true(number_in(path, COUNT) == 2);
  assert_int_equal(unlink(path), 0);
  assert_ok(save(mapped, WP_FORMAT_SAFETENSORS, false));
  assert_true(number_in(path, COUNT) == 1);
  wp_checkpoint_release(new);
  wp_checkpoint_release(lazy);
  wp_checkpoint_release(mapped);
}

/* A child has the parent's checkpoints: reading at an offset, it does not move the parent's place in the file. */
static void forked_while_open(void **state) {
  (void)state;
  wp_checkpoint *mapped, *lazy;
  assert_ok(open_as(&mapped, WP_MEMORY_MAP));
  faults.no_mmap = true;
  assert_ok(open_as(&lazy, WP_MEMORY_MAP));
  pid_t child = fork();
  if (child == 0) {
    wp_error *error = read_all(mapped, 1);
    if (!error) error = read_all(lazy, 1);
    wp_checkpoint_release(lazy);
    if (!error) error = save(mapped, WP_FORMAT_SAFETENSORS, false);
    wp_checkpoint_release(mapped);
    _exit(error ? 1 : 0);
  }
  assert_ok(read_all(lazy, 1));
  int status;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  assert_ok(read_all(mapped, 1));
  wp_checkpoint_release(lazy);
  wp_checkpoint_release(mapped);
  assert_true(number_in(path, COUNT) == 1);
}

/* ---- folders and names */

static void a_read_only_folder(void **state) {
  (void)state;
  wp_checkpoint *new = make_checkpoint(COUNT, 2);
  assert_int_equal(chmod(folder, 0555), 0);
  assert_int_equal(chmod(path, 0666), 0);
  pid_t child = fork();
  if (child == 0) {
    if (geteuid() == 0 && setuid(65534) != 0) _exit(2); /* root may write everywhere */
    wp_error *error = save(new, WP_FORMAT_TORCH_ZIP, true);
    _exit(wp_error_code(error) == WP_ERROR_IO && strstr(wp_error_message(error), strerror(EACCES)) ? 0 : 1);
  }
  int status;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(chmod(folder, 0755), 0);
  assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  assert_true(number_in(path, COUNT) == 1);
  assert_int_equal(sweep_folder("model"), 0);
  wp_checkpoint_release(new);
}

/* Another process keeps putting a link to another file in place of the target. */
static void a_link_comes_and_goes_in_place_of_the_target(void **state) {
  (void)state;
  char other[100], link[100];
  snprintf(other, sizeof other, "%s/other", folder);
  snprintf(link, sizeof link, "%s/link", folder);
  wp_checkpoint *new = make_checkpoint(100, 2);
  assert_ok(save(new, WP_FORMAT_TORCH_ZIP, false));
  assert_ok(wp_checkpoint_save(new, other, NULL));
  pid_t child = fork();
  if (child == 0) {
    for (;;) {
      if (symlink("other", link) == 0) rename(link, path);
      unlink(path);
    }
  }
  for (int i = 0; i < 100; i++) assert_ok(save(new, WP_FORMAT_TORCH_ZIP, false));
  kill(child, SIGKILL);
  assert_int_equal(waitpid(child, NULL, 0), child);
  unlink(link);
  assert_true(number_in(other, 100) == 2);
  assert_ok(save(new, WP_FORMAT_TORCH_ZIP, false));
  assert_true(number_in(path, 100) == 2);
  unlink(other);
  assert_int_equal(sweep_folder("model"), 0);
  wp_checkpoint_release(new);
}

static void names_that_are_not_utf8(void **state) {
  (void)state;
  char strange[100];
  snprintf(strange, sizeof strange, "%s/\xff\xfe\x80 n", folder);
  wp_checkpoint *ckpt = (wp_checkpoint *)1, *made = make_checkpoint(10, 3);
  wp_error *error = wp_checkpoint_open(&ckpt, strange, NULL);
  assert_int_equal(wp_error_code(error), WP_ERROR_NOT_FOUND);
  assert_null(ckpt);
  assert_null(strstr(wp_error_message(error), "\xff")); /* a message is UTF-8 whatever the name is */
  wp_error_release(error);
  assert_ok(wp_checkpoint_save(made, strange, NULL));
  assert_true(number_in(strange, 10) == 3);
  assert_int_equal(truncate(strange, 100), 0);
  error = wp_checkpoint_open(&ckpt, strange, NULL);
  assert_int_equal(wp_error_code(error), WP_ERROR_CORRUPT);
  assert_string_equal(wp_error_file(error), strange);
  wp_error_release(error);
  wp_checkpoint_release(made);
}

#define WITH_FILE(test) cmocka_unit_test_setup_teardown(test, make_file, remove_file)

int main(void) {
  const struct CMUnitTest tests[] = {
      WITH_FILE(reads_may_be_short_and_interrupted),
      WITH_FILE(each_read_fails),
      WITH_FILE(truncated_while_mapped),
      WITH_FILE(touching_a_truncated_mapping_ends_the_program),
      WITH_FILE(replaced_while_open),
      WITH_FILE(forked_while_open),
      WITH_FILE(a_read_only_folder),
      WITH_FILE(a_link_comes_and_goes_in_place_of_the_target),
      WITH_FILE(names_that_are_not_utf8),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
