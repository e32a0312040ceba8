// SPDX-License-Identifier: MIT
#include "weightport/version.h"

extern "C" {

const char *wp_version(void) { return WP_VERSION_STRING; }
uint32_t wp_abi_version(void) { return WP_ABI_VERSION; }

}  // extern "C"
