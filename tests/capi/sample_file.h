/* SPDX-License-Identifier: MIT */
/* A file in torch's legacy format with one value of each kind, written out as the pickle opcodes it consists of. */
#ifndef WEIGHTPORT_TESTS_SAMPLE_FILE_H
#define WEIGHTPORT_TESTS_SAMPLE_FILE_H

/* cmocka.h needs what is included before it. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
/* clang-format on */

#include "weightport/checkpoint.h"

/* A float32 view of storage "0" (eight elements): offset, shape and stride as opcodes. */
#define SAMPLE_TENSOR(offset, shape, stride)                                                                            \
  "ctorch._utils\n_rebuild_tensor_v2\n((Vstorage\nctorch\nFloatStorage\nV0\nVcpu\nI8\nNtQ" offset "(" shape "t(" stride \
  "tI00\nccollections\nOrderedDict\n)RtR"

#define SAMPLE_MAGIC "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."
#define SAMPLE_PROTOCOL "\x80\x02M\xe9\x03."
#define SAMPLE_SYSTEM "(dVprotocol_version\nI1001\nsVlittle_endian\nI01\nsVtype_sizes\n(ds."
#define SAMPLE_KEYS "(lV0\na."

/* The tensor data is 0 to 7, behind a count. */
#define SAMPLE_STORAGE \
  "\x08\0\0\0\0\0\0\0" \
  "\0\0\0\0\0\0\x80\x3f\0\0\0\x40\0\0\x40\x40\0\0\x80\x40\0\0\xa0\x40\0\0\xc0\x40\0\0\xe0\x40"

/* clang-format off */
static const char sample_bytes[] =
    SAMPLE_MAGIC SAMPLE_PROTOCOL SAMPLE_SYSTEM
    "\x80\x02(d"
    "Vnone\nNs"
    "Vbool\nI01\ns"
    "Vint\nI-3\ns"
    "Vlarge\nL1180591620717411303424L\ns"
    "Vfloat\nF1.5\ns"
    "Vcomplex\nc__builtin__\ncomplex\n(F1.5\nF-2.0\ntRs"
    "Vstring\nVh\\u00e9\ns"
    "Vbytes\nc_codecs\nencode\n(V\\u0001\\u00ff\nVlatin1\ntRs"
    "Vlist\n(lI10\naI11\nas"
    "Vtuple\n(I20\nVx\nts"
    "Vset\nc__builtin__\nset\n((lI30\natRs"
    "Vdict\n(dI5\nVfive\nsVa.b\nI1\nss"
    "Vtensor\n" SAMPLE_TENSOR("I1\n", "I2\nI3\n", "I3\nI1\n") "s"
    "Vdtype\nctorch\nfloat16\ns"
    "Vdevice\nctorch\ndevice\n(Vcuda\nI1\ntRs"
    "Vsize\nctorch\nSize\n((I2\nI3\nttRs"
    "Vobject\ncargparse\nNamespace\n)\x81(dVlr\nF0.5\nsbs"
    "Vcall\ncmy.module\nmake\n(I7\ntRs"
    "Vweights\nccollections\nOrderedDict\n)R(V0.weight\n" SAMPLE_TENSOR("I0\n", "I2\nI2\n", "I2\nI1\n") "V0.bias\n"
    SAMPLE_TENSOR("I4\n", "I2\n", "I1\n") "us"
    "." SAMPLE_KEYS SAMPLE_STORAGE;
/* clang-format on */

static wp_checkpoint *open_sample(void) {
  wp_checkpoint *checkpoint = NULL;
  wp_error *error = wp_checkpoint_open_memory(&checkpoint, sample_bytes, sizeof sample_bytes - 1, "sample", NULL);
  if (error) print_error("%s\n", wp_error_message(error));
  assert_null(error);
  return checkpoint;
}

#endif
