#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The C examples of the README are files in examples/c, which the tests run. readme.sh REPOSITORY
set -euo pipefail
cd "$1"
number=0
for example in examples/c/read_weights.c examples/c/torch/predict.c; do
  number=$((number + 1))
  awk -v wanted="$number" '/^```/ && inside { inside = 0 } inside && count == wanted { print } /^```c$/ { inside = 1; count++ }' README.md |
    diff "$example" -
done
