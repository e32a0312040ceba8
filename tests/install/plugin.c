/* SPDX-License-Identifier: MIT */
/* A shared object of somebody's, with the static library inside. */
#define main read_weights
#include PROGRAM

__attribute__((visibility("default"))) int plugin(int argc, char **argv) { return read_weights(argc, argv); }
