#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A shared library exports what its headers declare and nothing else.
#     check.sh LIBRARY HEADER_FOLDER [FORBIDDEN]     FORBIDDEN: a pattern that no library it needs may match
set -euo pipefail
export LC_ALL=C
library=$1
headers=$2
forbidden=${3-}

fail() {
  printf '%s\n' "$@" >&2
  exit 1
}

declared=$(cat "$headers"/*.h* | tr '\n' ' ' | grep -oE '\bWP_API [^;(]*\bwp_[a-z0-9_]+\(' | grep -oE 'wp_[a-z0-9_]+\($' |
  tr -d '(' | sort -u)
exported=$(nm -D --defined-only "$library" | awk '$2 != "A" { print $3 }')
[[ -n $declared && -n $exported ]] || fail "found no function in $headers or in $library"

others=$(grep -vE '^wp_[a-z0-9_]+@@WEIGHTPORT_0$' <<<"$exported") || true
[[ -z $others ]] || fail "exported, but not wp_* of version WEIGHTPORT_0:" "$others"

difference=$(diff <(echo "$declared") <(sed 's/@@.*//' <<<"$exported" | sort -u)) ||
  fail "declared (<) and exported (>) differ:" "$difference"

dynamic=$(readelf -dW "$library")
soname=$(basename "$library" | sed -E 's/(\.so\.0).*/\1/')
grep -qF "Library soname: [$soname]" <<<"$dynamic" || fail "the soname is not $soname:" "$dynamic"
[[ -n $forbidden ]] || exit 0
for text in "$dynamic" "$(ldd "$library")"; do
  if grep -iE "$forbidden" <<<"$text" >&2; then fail "needs a library that it must not need"; fi
done
