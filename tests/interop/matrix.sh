#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The interop tests with the PyTorch of other Debian releases: 2.6 in Debian 13, and the one in Debian testing.
# usage: matrix.sh COMMAND CACHE    the roots are made with debootstrap in CACHE, once; exits with 77 where that cannot be
set -euo pipefail
command=$(readlink -f "$1")
mkdir -p "$2"
cache=$(readlink -f "$2")
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
repository=$(readlink -f "$here/../..")
fixtures=$repository/../shared/fixtures
source "$here/debian_root.sh"

# Everything has the same place in a root as here, and the command brings its libraries with it.
copy_into() {
  local target=$1 folder library
  for folder in "$repository/tests/data" "$here" "$cache/written" "$fixtures"; do
    [[ -d $folder ]] || continue
    folder=$(readlink -f "$folder")
    rm -rf "$target$folder"
    mkdir -p "$target$(dirname "$folder")"
    cp -r "$folder" "$target$folder"
  done
  mkdir -p "$target/opt/weightport"
  cp "$command" "$target/opt/weightport/weightport"
  for library in $(ldd "$command" | sed -nE 's/.* => (.*(weightport|deflate|simdjson)[^ ]*) .*/\1/p'); do
    cp -L "$library" "$target/opt/weightport/"
  done
}

# python TEST ARGUMENT...
python() {
  local test=$1
  shift
  in_root "$root" LD_LIBRARY_PATH=/opt/weightport /usr/bin/python3 -B "$here/$test" "$@"
}

rm -rf "$cache/written"
mkdir -p "$cache/written"
echo "writing every file in every format"
/usr/bin/python3 -B "$here/round_trip.py" "$command" "$cache/written"
status=0 ran=0
for suite in trixie testing; do
  root=$cache/$suite begin=$SECONDS
  debian_root "$suite" "$root" python3-torch python3-numpy || {
    echo "$suite: skipped, $reason"
    continue
  }
  ran=$((ran + 1))
  echo "$suite: a root with PyTorch after $((SECONDS - begin)) s"
  copy_into "$root"
  python read_back.py "$cache/written" || status=1
  python live_save.py /opt/weightport/weightport || status=1
  python live_torch.py /opt/weightport/weightport || status=1
  rm -rf "$root$cache/written"
done
((ran || status)) || exit 77
exit $status
