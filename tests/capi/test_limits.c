/* SPDX-License-Identifier: MIT */
/* Every limit of wp_limits, met from both sides: what it just allows is opened, what it just does not is refused with LIMIT. */
#include <stdio.h>
#include <stdlib.h>

#include "sample_file.h"

#define DATA(name) WEIGHTPORT_TEST_DATA "/" name

/* A legacy file around the opcodes of its value. */
typedef struct {
  char *bytes;
  size_t size, capacity;
} stream;

static void add(stream *to, const void *bytes, size_t size) {
  if (to->size + size > to->capacity) { /* twice as much: the sanitizers' realloc copies each time */
    to->capacity = 2 * (to->size + size);
    to->bytes = realloc(to->bytes, to->capacity);
    assert_non_null(to->bytes);
  }
  memcpy(to->bytes + to->size, bytes, size);
  to->size += size;
}

static void add_text(stream *to, const char *text) { add(to, text, strlen(text)); }

static stream begin(void) {
  stream out = {NULL, 0, 0};
  add(&out, SAMPLE_MAGIC SAMPLE_PROTOCOL SAMPLE_SYSTEM, sizeof(SAMPLE_MAGIC SAMPLE_PROTOCOL SAMPLE_SYSTEM) - 1);
  return out;
}

static void end(stream *file) { add(file, "." SAMPLE_KEYS SAMPLE_STORAGE, sizeof("." SAMPLE_KEYS SAMPLE_STORAGE) - 1); }

/* The same without a storage. */
static void end_bare(stream *file) { add(file, ".(l.", 4); }

static wp_code code_of(wp_error *error) {
  wp_code code = wp_error_code(error);
  wp_error_release(error);
  return code;
}

/* Opens, and finds the state_dicts, if there are any. */
static wp_code open_with(const stream *file, const wp_limits *limits) {
  wp_open_options options = WP_OPEN_OPTIONS_INIT;
  options.limits = limits;
  wp_checkpoint *checkpoint = NULL;
  wp_state_dict *found = NULL;
  wp_code code = code_of(wp_checkpoint_open_memory(&checkpoint, file->bytes, file->size, "limits", &options));
  if (!code && code_of(wp_checkpoint_state_dict(&found, checkpoint, NULL)) == WP_ERROR_LIMIT) code = WP_ERROR_LIMIT;
  wp_state_dict_release(found);
  wp_checkpoint_release(checkpoint);
  return code;
}

/* A limit by its place in the struct. */
static wp_code open_limited(const stream *file, size_t member, uint64_t value) {
  wp_limits limits = WP_LIMITS_INIT;
  if (member == offsetof(wp_limits, max_depth)) {
    limits.max_depth = (uint32_t)value;
  } else {
    memcpy((char *)&limits + member, &value, sizeof value);
  }
  return open_with(file, &limits);
}

#define MEMBER(name) offsetof(wp_limits, name)

/* The smallest value of a limit with which the file opens; every smaller one that is tried must be refused with LIMIT. */
static uint64_t least(const stream *file, size_t member) {
  uint64_t low = 0, high = 1;
  while (open_limited(file, member, high) != WP_OK) high *= 2;
  while (high - low > 1) {
    uint64_t middle = low + (high - low) / 2;
    wp_code code = open_limited(file, member, middle);
    if (code == WP_OK) {
      high = middle;
    } else {
      assert_int_equal(code, WP_ERROR_LIMIT);
      low = middle;
    }
  }
  return high;
}

static void assert_limit(const stream *file, size_t member, uint64_t value) {
  assert_int_equal(open_limited(file, member, value), WP_OK);
  assert_int_equal(open_limited(file, member, value - 1), WP_ERROR_LIMIT);
}

static stream tensors(int count) {
  stream file = begin();
  add_text(&file, "(");
  for (int i = 0; i < count; i++) add_text(&file, SAMPLE_TENSOR("I0\n", "I8\n", "I1\n"));
  add_text(&file, "l");
  end(&file);
  return file;
}

static void tensors_are_counted(void **state) {
  (void)state;
  stream file = tensors(5), bare = begin();
  assert_limit(&file, MEMBER(max_tensors), 5);
  free(file.bytes);
  /* The last opcode counts too. */
  add_text(&bare, SAMPLE_TENSOR("I0\n", "I8\n", "I1\n") SAMPLE_TENSOR("I0\n", "I8\n", "I1\n") "\x86");
  end(&bare);
  assert_limit(&bare, MEMBER(max_tensors), 2);
  free(bare.bytes);
}

static stream nested(size_t levels) {
  stream file = begin();
  for (size_t i = 0; i < levels; i++) add_text(&file, "]");
  for (size_t i = 1; i < levels; i++) add_text(&file, "a");
  end_bare(&file);
  return file;
}

static void nesting_is_bounded(void **state) {
  (void)state;
  /* The innermost list is empty: a value, and no level. */
  stream file = nested(21), most = nested(1001), deeper = nested(1002);
  assert_limit(&file, MEMBER(max_depth), 20);
  assert_int_equal(open_with(&most, NULL), WP_OK);
  assert_int_equal(open_with(&deeper, NULL), WP_ERROR_LIMIT);
  /* What opens can be saved. */
  wp_checkpoint *checkpoint;
  wp_tensor *saved;
  assert_null(wp_checkpoint_open_memory(&checkpoint, most.bytes, most.size, "limits", NULL));
  assert_null(wp_checkpoint_save_memory(&saved, checkpoint, NULL));
  wp_tensor_release(saved);
  wp_checkpoint_release(checkpoint);
  free(file.bytes);
  free(most.bytes);
  free(deeper.bytes);
}

static void opcodes_are_counted(void **state) {
  (void)state;
  stream file = begin();
  for (int i = 0; i < 99; i++) add_text(&file, "N0");
  add_text(&file, "N");
  end_bare(&file);
  assert_limit(&file, MEMBER(max_steps), 199);
  free(file.bytes);
}

static void strings_are_bounded(void **state) {
  (void)state;
  static const char *const forms[] = {"V0123456789012345678901234567890123456789\n",
                                      "S'01234567890123456789012345678901234567'\n",
                                      "\x8c\x28"
                                      "0123456789012345678901234567890123456789",
                                      "C\x28"
                                      "0123456789012345678901234567890123456789"};
  for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
    stream file = begin();
    add_text(&file, forms[i]);
    end_bare(&file);
    assert_limit(&file, MEMBER(max_string), 40);
    wp_limits none = WP_LIMITS_INIT;
    none.max_string = UINT64_MAX;
    assert_int_equal(open_with(&file, &none), WP_OK);
    free(file.bytes);
  }
}

static void memory_is_bounded(void **state) {
  (void)state;
  stream file = tensors(100);
  assert_limit(&file, MEMBER(max_bytes), least(&file, MEMBER(max_bytes)));
  assert_true(least(&file, MEMBER(max_bytes)) > 100 * 64);
  free(file.bytes);
}

static void inflation_is_bounded(void **state) {
  (void)state;
  stream file = {NULL, 0, 0};
  FILE *from = fopen(DATA("deflated.pt"), "rb");
  assert_non_null(from);
  char buffer[4096];
  for (size_t size; (size = fread(buffer, 1, sizeof buffer, from)) > 0;) add(&file, buffer, size);
  fclose(from);
  uint64_t ratio = least(&file, MEMBER(max_inflate_ratio));
  assert_limit(&file, MEMBER(max_inflate_ratio), ratio);
  assert_in_range(ratio, 2, 1032);
  free(file.bytes);
}

/* Each level holds the one below twice. */
static stream laughs(int levels) {
  stream file = begin();
  add_text(&file, "]p0\n0");
  for (int i = 1; i <= levels; i++) {
    char level[64];
    snprintf(level, sizeof level, "(g%d\ng%d\nlp%d\n0", i - 1, i - 1, i);
    add_text(&file, level);
  }
  char top[16];
  snprintf(top, sizeof top, "g%d\n", levels);
  add_text(&file, top);
  end_bare(&file);
  return file;
}

/* One list of pairs that many calls make a dict of. */
static stream many_dicts(int count) {
  stream file = begin();
  add_text(&file, "NN\x86p0\n0(");
  for (int i = 0; i < count; i++) add_text(&file, "g0\n");
  add_text(&file, "lp1\n0ccollections\nOrderedDict\np2\n0(");
  for (int i = 0; i < count; i++) add_text(&file, "g2\ng1\n\x85R");
  add_text(&file, "l");
  end_bare(&file);
  return file;
}

/* Many dicts that each hold a tensor. */
static stream many_state_dicts(int count) {
  stream file = begin();
  add_text(&file, SAMPLE_TENSOR("I0\n", "I8\n", "I1\n") "p0\n0(");
  for (int i = 0; i < count; i++) add_text(&file, "(dVw\ng0\ns");
  add_text(&file, "l");
  end(&file);
  return file;
}

/* Twice the file takes at most twice the steps and memory. */
static void assert_linear(stream (*make)(int), int size) {
  stream one = make(size), two = make(2 * size);
  for (int i = 0; i < 2; i++) {
    size_t member = i ? MEMBER(max_bytes) : MEMBER(max_steps);
    uint64_t small = least(&one, member), large = least(&two, member);
    assert_true(large <= 2 * small + 1024);
  }
  free(one.bytes);
  free(two.bytes);
}

static void work_is_linear_in_the_file(void **state) {
  (void)state;
  assert_linear(laughs, 30);
  assert_linear(many_state_dicts, 500);
  assert_linear(tensors, 200);
}

/* They are searched for when someone asks, once. */
static void a_file_opens_whose_state_dicts_are_too_many(void **state) {
  (void)state;
  stream file = many_state_dicts(500);
  wp_limits limits = WP_LIMITS_INIT;
  limits.max_bytes = least(&file, MEMBER(max_bytes)) - 1;
  wp_open_options options = WP_OPEN_OPTIONS_INIT;
  options.limits = &limits;
  wp_checkpoint *checkpoint;
  wp_state_dict *found;
  assert_null(wp_checkpoint_open_memory(&checkpoint, file.bytes, file.size, "limits", &options));
  for (int i = 0; i < 2; i++) {
    assert_int_equal(wp_checkpoint_state_dict_count(checkpoint), 0);
    assert_int_equal(code_of(wp_checkpoint_state_dict(&found, checkpoint, NULL)), WP_ERROR_LIMIT);
  }
  wp_checkpoint_release(checkpoint);
  free(file.bytes);
}

/* What would be work without end for its size is refused before it is done. */
static void quadratic_work_is_charged(void **state) {
  (void)state;
  stream one = many_dicts(100), two = many_dicts(200);
  uint64_t small = least(&one, MEMBER(max_bytes)), large = least(&two, MEMBER(max_bytes));
  /* A hundred calls with a hundred pairs each, and two hundred with two hundred: two pointers a pair. */
  const uint64_t pair = 2 * sizeof(void *);
  assert_true(small >= pair * 100 * 100);
  assert_true(large >= pair * 200 * 200);
  free(one.bytes);
  free(two.bytes);
}

static void the_defaults_refuse_no_ordinary_file(void **state) {
  (void)state;
  wp_checkpoint *checkpoint = open_sample();
  assert_int_equal(wp_value_kind(wp_checkpoint_root(checkpoint)), WP_KIND_DICT);
  wp_checkpoint_release(checkpoint);
}

/* Bytes that were read of a file. */
static uint64_t bytes_read;

static int32_t read_at(uint64_t offset, void *buffer, size_t size, void *user) {
  bytes_read += size;
  memcpy(buffer, ((const stream *)user)->bytes + offset, size);
  return 0;
}

static void a_bomb_is_read_once(void **state) {
  (void)state;
  stream file = begin();
  for (int i = 0; i < 500000; i++) add_text(&file, "](");
  end_bare(&file);
  wp_source source = WP_SOURCE_INIT;
  source.user = &file;
  source.size = file.size;
  source.read_at = read_at;
  wp_checkpoint *checkpoint;
  wp_error *error = wp_checkpoint_open_source(&checkpoint, &source, NULL);
  assert_non_null(error);
  wp_error_release(error);
  assert_in_range(bytes_read, 1, file.size + 65536);
  free(file.bytes);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(tensors_are_counted),
      cmocka_unit_test(nesting_is_bounded),
      cmocka_unit_test(opcodes_are_counted),
      cmocka_unit_test(strings_are_bounded),
      cmocka_unit_test(memory_is_bounded),
      cmocka_unit_test(inflation_is_bounded),
      cmocka_unit_test(work_is_linear_in_the_file),
      cmocka_unit_test(a_file_opens_whose_state_dicts_are_too_many),
      cmocka_unit_test(quadratic_work_is_charged),
      cmocka_unit_test(a_bomb_is_read_once),
      cmocka_unit_test(the_defaults_refuse_no_ordinary_file),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
