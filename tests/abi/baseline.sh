#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The binary interface, as libabigail describes it, beside the one that was committed: signatures, structs, constants.
#     baseline.sh COMPILER            fails if they differ
#     baseline.sh COMPILER --write    makes the committed files anew
# What is described is a library of empty functions that the headers declare, compiled as C: no type of C++ and no build of
# libtorch is needed. That the real ones have the same signatures their compiler says, since lib/capi includes the headers;
# and the same names, abi.exports. The functions of the C++ headers, whose types are libtorch's, are not in it.
set -euo pipefail
export LC_ALL=C
compiler=$1 mode=${2-}
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
root=$here/../.. baseline=$here/baseline
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

skip() {
  echo "skipped: $1"
  exit 77
}
command -v abidw >/dev/null || skip "abidw is not here (abigail-tools)"
"$compiler" -dM -E -x c /dev/null | grep '__x86_64__' >/dev/null || skip "the baseline is of x86-64"

# bodies HEADER PATTERN: the functions that the files whose path matches declare, as definitions.
bodies() {
  printf '#include <%s>\n' "$1"
  "$compiler" -E -I"$root/include" -x c - <<<"#include <$1>" | awk -v pattern="$2" '
    /^#/ { wanted = $3 ~ pattern; next }
    !wanted { next }
    /^__attribute__\(\(visibility\("default"\)\)\)/ { inside = 1 }
    inside { text = text " " $0 }
    inside && /;[ \t]*$/ { sub(/;[ \t]*$/, " { __builtin_trap(); }", text); print text; text = ""; inside = 0 }'
}

# describe LIBRARY HEADER PATTERN: the description, in $folder/LIBRARY.abi, and all constants of the header, in $folder/constants.
describe() {
  local made=$folder/$1.so
  bodies "$2" "$3" >"$folder/$1.c"
  (($(grep -c __builtin_trap "$folder/$1.c") >= 30)) || { echo "found few functions in $2" >&2; return 1; }
  "$compiler" -std=c99 -g -fno-eliminate-unused-debug-types -fPIC -shared -I"$root/include" "$folder/$1.c" -o "$made" \
    "-Wl,-soname,$1.so.0" "-Wl,--version-script=$root/lib/weightport.map"
  abidw --no-corpus-path --no-comp-dir-path --no-show-locs --no-elf-needed --no-parameter-names --type-id-style hash \
    --out-file "$folder/$1.abi" "$made"
  # libabigail drops enums that no function names.
  readelf --debug-dump=info "$made" | awk '/DW_AT_name/ { name = $NF } /DW_AT_const_value/ && name ~ /^WP_/ { print name, $NF }' |
    sort >"$folder/constants"
}

# compare LIBRARY: 8 in abidiff's status means that programs break.
compare() {
  local status=0
  abidiff "$baseline/$1.abi" "$folder/$1.abi" || status=$?
  ((!(status & 8))) || echo "$1: programs that were compiled before this change break"
  ((status == 0)) && echo "$1: as committed, $(grep -c '<function-decl' "$folder/$1.abi") functions"
}

status=0
while read -r library header pattern; do
  describe "$library" "$header" "$pattern"
  if [[ $mode == --write ]]; then
    cp "$folder/$library.abi" "$folder/constants" "$baseline"
  else
    compare "$library" || status=1
  fi
done <<'END'
libweightport weightport/weightport.h include/weightport/[a-z_]*[.]h
libweightport-torch weightport/torch/torch.h include/weightport/torch/[a-z_]*[.]h
END
diff "$baseline/constants" "$folder/constants" || status=1
((status == 0)) || echo "a change that is meant, and that programs compiled before it survive: tests/abi/baseline.sh cc --write"
exit $status
