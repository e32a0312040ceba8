#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The C example of the README is examples/c/read_weights.c. readme.sh REPOSITORY
set -euo pipefail
sed -n '/^```c$/,/^```$/{//!p}' "$1/README.md" | diff "$1/examples/c/read_weights.c" -
