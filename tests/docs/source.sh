#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# source.sh PROGRAM CHECKPOINT: from the middle of a larger file through a source, and out again through a sink, twice: the same
# tree is saved as the same bytes, which are a whole zip.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
{ head -c 1000 /dev/zero; cat "$2"; echo tail; } >"$folder/archive"
"$1" "$folder/archive" 1000 "$(stat -c %s "$2")" "$folder/first"
"$1" "$folder/first" 0 "$(stat -c %s "$folder/first")" "$folder/second"
cmp "$folder/first" "$folder/second"
python3 -c 'import sys, zipfile; sys.exit(zipfile.ZipFile(sys.argv[1]).testzip() is not None)' "$folder/first"
