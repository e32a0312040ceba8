#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The programs of the README are files in examples/, which the tests run. readme.sh REPOSITORY
set -euo pipefail
cd "$1"

# block LANGUAGE NUMBER: so many of README's blocks of a language.
block() {
  awk -v first='```'"$1" -v wanted="$2" \
    '/^```/ && inside { inside = 0 } inside && count == wanted { print } $0 == first { inside = 1; count++ }' README.md
}

block c 1 | diff examples/c/read_weights.c -
block c 2 | diff examples/c/torch/predict.c -
# Without the line of the licence.
block go 1 | diff <(tail -n +3 examples/go/set_epoch/main.go) -
block java 1 | diff <(tail -n +3 examples/java/SetEpoch.java) -
block csharp 1 | diff <(tail -n +2 examples/csharp/SetEpoch/Program.cs) -
