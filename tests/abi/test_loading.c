/* SPDX-License-Identifier: MIT */
/* A plugin's view of the library: loaded by dlopen(RTLD_LOCAL), twice at once under two names, and unloaded without a trace. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <weightport/weightport.h>

/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
/* clang-format on */

#define FILE_NAME WEIGHTPORT_TEST_DATA "/checkpoint.tar"

typedef struct {
  void *handle;
  wp_error *(*open)(wp_checkpoint **, const char *, const wp_open_options *);
  wp_error *(*state_dict)(wp_state_dict **, const wp_checkpoint *, const char *);
  wp_error *(*save_memory)(wp_tensor **, const wp_checkpoint *, const wp_save_options *);
  wp_error *(*data)(const void **, const wp_tensor *);
  wp_tensor *(*tensor_at)(const wp_state_dict *, size_t);
  void (*release_checkpoint)(wp_checkpoint *);
  void (*release_state_dict)(wp_state_dict *);
  void (*release_tensor)(wp_tensor *);
  void (*release_error)(wp_error *);
  wp_code (*code)(const wp_error *);
} library;

/* A function's address out of an object's, as POSIX has it. */
#define FIND(member, name)                                  \
  do {                                                      \
    *(void **)&loaded.member = dlsym(loaded.handle, #name); \
    assert_non_null(*(void **)&loaded.member);              \
  } while (0)

static library load(const char *path) {
  library loaded;
  loaded.handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (!loaded.handle) print_error("%s\n", dlerror());
  assert_non_null(loaded.handle);
  FIND(open, wp_checkpoint_open);
  FIND(state_dict, wp_checkpoint_state_dict);
  FIND(save_memory, wp_checkpoint_save_memory);
  FIND(data, wp_tensor_data);
  FIND(tensor_at, wp_state_dict_tensor_at);
  FIND(release_checkpoint, wp_checkpoint_release);
  FIND(release_state_dict, wp_state_dict_release);
  FIND(release_tensor, wp_tensor_release);
  FIND(release_error, wp_error_release);
  FIND(code, wp_error_code);
  return loaded;
}

/* Every part of it once, with its threads and an error. */
static void use(const library *with) {
  wp_open_options options = WP_OPEN_OPTIONS_INIT;
  wp_checkpoint *ckpt, *missing;
  wp_state_dict *sd;
  wp_tensor *bytes;
  const void *data;
  options.memory = WP_MEMORY_READ;
  options.threads = 2;
  assert_null(with->open(&ckpt, FILE_NAME, &options));
  wp_error *error = with->open(&missing, "no such file", NULL);
  assert_int_equal(with->code(error), WP_ERROR_NOT_FOUND);
  with->release_error(error);
  assert_null(with->state_dict(&sd, ckpt, NULL));
  assert_null(with->data(&data, with->tensor_at(sd, 0)));
  assert_null(with->save_memory(&bytes, ckpt, NULL));
  with->release_tensor(bytes);
  with->release_state_dict(sd);
  with->release_checkpoint(ckpt);
}

static size_t entries(const char *folder) {
  size_t count = 0;
  DIR *listing = opendir(folder);
  assert_non_null(listing);
  while (readdir(listing)) count++;
  closedir(listing);
  return count;
}

static size_t mappings(const char *of) {
  char line[4096];
  size_t count = 0;
  FILE *maps = fopen("/proc/self/maps", "r");
  assert_non_null(maps);
  while (fgets(line, sizeof line, maps)) count += strstr(line, of) != NULL;
  fclose(maps);
  return count;
}

static void unloaded_without_a_trace(void **state) {
  (void)state;
  library first = load(WEIGHTPORT_LIBRARY); /* what it needs, libstdc++ say, stays */
  use(&first);
  assert_true(mappings("libweightport") > 0);
  dlclose(first.handle);
  size_t threads = entries("/proc/self/task"), files = entries("/proc/self/fd");
  for (int i = 0; i < 3; i++) {
    assert_int_equal(mappings("libweightport"), 0);
    assert_int_equal(mappings("checkpoint.tar"), 0);
    library again = load(WEIGHTPORT_LIBRARY);
    use(&again);
    dlclose(again.handle);
    assert_int_equal(entries("/proc/self/task"), threads);
    assert_int_equal(entries("/proc/self/fd"), files);
  }
}

static void its_symbols_stay_local(void **state) {
  (void)state;
  library loaded = load(WEIGHTPORT_LIBRARY);
  assert_null(dlsym(RTLD_DEFAULT, "wp_checkpoint_open"));
  dlclose(loaded.handle);
}

static void two_copies(void **state) {
  (void)state;
  library a = load(WEIGHTPORT_LIBRARY), b = load(WEIGHTPORT_COPY);
  assert_true(a.open != b.open);
  wp_checkpoint *of_a, *of_b;
  assert_null(a.open(&of_a, FILE_NAME, NULL));
  assert_null(b.open(&of_b, FILE_NAME, NULL));
  use(&a);
  use(&b);
  b.release_checkpoint(of_b);
  dlclose(b.handle);
  assert_int_equal(mappings("weightport_copy"), 0);
  use(&a);
  a.release_checkpoint(of_a);
  dlclose(a.handle);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(unloaded_without_a_trace),
      cmocka_unit_test(its_symbols_stay_local),
      cmocka_unit_test(two_copies),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
