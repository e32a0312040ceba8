/* SPDX-License-Identifier: MIT */
/* Files of which every number is the same, in a folder of the test's own: what the tests of faults and threads share. */
#ifndef WEIGHTPORT_TESTS_NUMBERED_FILE_H
#define WEIGHTPORT_TESTS_NUMBERED_FILE_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <weightport/weightport.h>

#include "expect_tensor.h"

enum { TENSORS = 4 };

static char folder[64], path[80];

static inline int make_folder(void **state) {
  (void)state;
  strcpy(folder, "/tmp/weightport_faults_XXXXXX");
  if (!mkdtemp(folder)) return 1;
  sprintf(path, "%s/model", folder);
  return 0;
}

/* Removes what a save has left beside the file, and counts it. */
static inline size_t sweep_folder(const char *keep) {
  size_t strangers = 0;
  DIR *listing = opendir(folder);
  assert_non_null(listing);
  for (struct dirent *entry = readdir(listing); entry; entry = readdir(listing)) {
    char name[400];
    if (entry->d_name[0] == '.' && (!entry->d_name[1] || entry->d_name[1] == '.')) continue;
    if (keep && !strcmp(entry->d_name, keep)) continue;
    snprintf(name, sizeof name, "%s/%s", folder, entry->d_name);
    assert_int_equal(unlink(name), 0);
    strangers++;
  }
  closedir(listing);
  return strangers;
}

static inline int remove_folder(void **state) {
  (void)state;
  sweep_folder(NULL);
  return rmdir(folder);
}

/* Every number in it is `number`, so that a mixture of two files would be seen. */
static inline wp_checkpoint *make_checkpoint(int64_t count, float number) {
  wp_checkpoint *made;
  wp_state_dict *sd;
  assert_ok(wp_checkpoint_create(&made));
  assert_ok(wp_state_dict_create(&sd));
  for (int i = 0; i < TENSORS; i++) {
    char name[32];
    wp_tensor *tensor;
    void *data;
    sprintf(name, "layer.%d", i);
    assert_ok(wp_tensor_create(&tensor, WP_DTYPE_FLOAT32, &count, 1));
    assert_ok(wp_tensor_mutable_data(&data, tensor));
    for (int64_t k = 0; k < count; k++) ((float *)data)[k] = number;
    assert_ok(wp_state_dict_set(sd, name, tensor));
    wp_tensor_release(tensor);
  }
  assert_ok(wp_checkpoint_set_state_dict(made, NULL, sd));
  wp_state_dict_release(sd);
  return made;
}

/* The number of which a whole file is. */
static inline float number_in(const char *file, int64_t count) {
  wp_open_options options = WP_OPEN_OPTIONS_INIT;
  options.verify_checksums = true;
  wp_checkpoint *ckpt;
  wp_state_dict *sd;
  assert_ok(wp_checkpoint_open(&ckpt, file, &options));
  assert_ok(wp_checkpoint_state_dict(&sd, ckpt, NULL));
  assert_int_equal(wp_state_dict_size(sd), TENSORS);
  float number = 0;
  for (size_t i = 0; i < TENSORS; i++) {
    const void *data;
    assert_int_equal(wp_tensor_numel(wp_state_dict_tensor_at(sd, i)), count);
    assert_ok(wp_tensor_data(&data, wp_state_dict_tensor_at(sd, i)));
    if (i == 0) memcpy(&number, data, sizeof number);
    for (int64_t k = 0; k < count; k++) assert_memory_equal((const float *)data + k, &number, sizeof number);
  }
  wp_state_dict_release(sd);
  wp_checkpoint_release(ckpt);
  return number;
}

static inline wp_error *save(const wp_checkpoint *ckpt, wp_format format, bool durable) {
  wp_save_options options = WP_SAVE_OPTIONS_INIT;
  options.format = format;
  options.durable = durable;
  return wp_checkpoint_save(ckpt, path, &options);
}

#endif
