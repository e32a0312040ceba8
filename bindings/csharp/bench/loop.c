/* SPDX-License-Identifier: MIT */
/* The same calls from C, for what .NET adds to them. */
#include <weightport/weightport.h>

__attribute__((visibility("default"))) size_t loop_lookups(const wp_state_dict *weights, const char *name, size_t size,
                                                           size_t n) {
  size_t found = 0;
  for (size_t i = 0; i < n; i++) {
    wp_tensor *tensor = wp_tensor_retain(wp_state_dict_find_sized(weights, name, size));
    found += tensor != NULL;
    wp_tensor_release(tensor);
  }
  return found;
}

__attribute__((visibility("default"))) size_t loop_views(const wp_tensor *tensor, size_t n) {
  size_t found = 0;
  for (size_t i = 0; i < n; i++) {
    const void *bytes;
    wp_error_release(wp_tensor_data(&bytes, tensor));
    found += bytes != NULL;
  }
  return found;
}
