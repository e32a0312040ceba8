#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The shared library exports what the headers declare and nothing else, and needs neither libtorch nor Python.
#     check.sh LIBRARY HEADER_FOLDER
set -euo pipefail
export LC_ALL=C
library=$1
headers=$2

fail() {
  printf '%s\n' "$@" >&2
  exit 1
}

declared=$(cat "$headers"/*.h | tr '\n' ' ' | grep -oE '\bWP_API [^;(]*\bwp_[a-z0-9_]+\(' | grep -oE 'wp_[a-z0-9_]+\($' |
  tr -d '(' | sort -u)
exported=$(nm -D --defined-only "$library" | awk '$2 != "A" { print $3 }')
[[ -n $declared && -n $exported ]] || fail "found no function in $headers or in $library"

others=$(grep -vE '^wp_[a-z0-9_]+@@WEIGHTPORT_0$' <<<"$exported") || true
[[ -z $others ]] || fail "exported, but not wp_* of version WEIGHTPORT_0:" "$others"

difference=$(diff <(echo "$declared") <(sed 's/@@.*//' <<<"$exported" | sort -u)) ||
  fail "declared (<) and exported (>) differ:" "$difference"

dynamic=$(readelf -dW "$library")
grep -q 'Library soname: \[libweightport\.so\.0\]' <<<"$dynamic" || fail "the soname is not libweightport.so.0:" "$dynamic"
for text in "$dynamic" "$(ldd "$library")"; do
  if grep -iE 'torch|libc10|python' <<<"$text" >&2; then fail "needs libtorch or Python"; fi
done
