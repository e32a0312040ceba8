// SPDX-License-Identifier: MIT

// Package loop makes calls of the C API in a loop in C: what the benches of the binding compare with.
package loop

/*
#cgo pkg-config: weightport
#include <stdlib.h>
#include <weightport/weightport.h>

static int64_t lookups(uintptr_t dict, const char *name, size_t size, int64_t count) {
  int64_t found = 0;
  for (int64_t i = 0; i < count; i++) found += wp_state_dict_find_sized((const wp_state_dict *)dict, name, size) != NULL;
  return found;
}

static int64_t views(uintptr_t tensor, int64_t count) {
  int64_t found = 0;
  for (int64_t i = 0; i < count; i++) {
    const void *bytes;
    wp_error *error = wp_tensor_data(&bytes, (const wp_tensor *)tensor);
    found += error == NULL;
    wp_error_release(error);
  }
  return found;
}
*/
import "C"

import "unsafe"

// Lookups finds a name in a wp_state_dict.
func Lookups(dict uintptr, name string, count int) int {
	c := C.CString(name)
	defer C.free(unsafe.Pointer(c))
	return int(C.lookups(C.uintptr_t(dict), c, C.size_t(len(name)), C.int64_t(count)))
}

// Views asks a wp_tensor for its bytes.
func Views(tensor uintptr, count int) int {
	return int(C.views(C.uintptr_t(tensor), C.int64_t(count)))
}
