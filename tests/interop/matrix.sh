#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The tests with the PyTorch of other Debian releases, 2.6 in Debian 13 and the one in Debian testing: those of interop, with the
# command that was built here, and those of libweightport-torch, which is compiled there.
# usage: matrix.sh COMMAND CACHE    the roots are made with debootstrap in CACHE, once; exits with 77 where that cannot be
set -euo pipefail
command=$(readlink -f "$1")
mkdir -p "$2"
cache=$(readlink -f "$2")
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
repository=$(readlink -f "$here/../..")
fixtures=$(readlink -m "$repository/../shared/fixtures")
source "$here/debian_root.sh"

python_packages=(python3-torch python3-numpy)
torch_packages=(libtorch-dev g++ cmake ninja-build pkg-config libdeflate-dev libsimdjson-dev libcli11-dev libcmocka-dev)

# Everything has the same place in a root as here, and the command brings its libraries with it. Times are kept, so that only what
# changed since the last run is compiled.
copy_into() {
  local target=$1 folder library
  rm -rf "$target$repository"
  mkdir -p "$target$repository"
  tar -C "$repository" --exclude=./build --exclude=./.git -cf - . | tar -C "$target$repository" -xf -
  for folder in "$cache/written" "$fixtures"; do
    [[ -d $folder ]] || continue
    rm -rf "$target$folder"
    mkdir -p "$target$(dirname "$folder")"
    cp -a "$folder" "$target$folder"
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
  $enter "$root" LD_LIBRARY_PATH=/opt/weightport /usr/bin/python3 -B "$here/$test" "$@"
}

# logged WHAT COMMAND...: in the root; its output is shown when it fails.
logged() {
  local what=$1 begin=$SECONDS
  shift
  if ! in_root_with_proc "$root" "$@" >"$root.torch.log" 2>&1; then
    cat "$root.torch.log"
    echo "$suite: $what: failed after $((SECONDS - begin)) s"
    return 1
  fi
  echo "$suite: $what: $((SECONDS - begin)) s"
}

# No more is compiled than these tests need, and not for speed.
torch_tests() {
  local folder=/opt/weightport/build
  logged "configured" cmake -G Ninja -S "$repository" -B $folder -DCMAKE_BUILD_TYPE=None -DCMAKE_UNITY_BUILD=ON \
    -DWEIGHTPORT_BUILD_TORCH=ON -DWEIGHTPORT_FIXTURES="$fixtures" || return
  logged "compiled" cmake --build $folder --parallel "$(nproc)" --target tests/torch/all examples/all || return
  logged "tests of libweightport-torch" ctest --test-dir $folder -R '^(torch|demo)\.' --output-on-failure \
    --no-tests=error --parallel "$(nproc)" || return
  sed -n '/ tests passed, /,$p' "$root.torch.log"
}

rm -rf "$cache/written"
mkdir -p "$cache/written"
echo "writing every file in every format"
/usr/bin/python3 -B "$here/round_trip.py" "$command" "$cache/written"
status=0 ran=0
for suite in trixie testing; do
  root=$cache/$suite begin=$SECONDS torch=yes
  if ! debian_root "$suite" "$root" "${python_packages[@]}" "${torch_packages[@]}"; then
    echo "$suite: skipped, libweightport-torch: $reason"
    torch=
    debian_root "$suite" "$root" "${python_packages[@]}" || {
      echo "$suite: skipped, $reason"
      continue
    }
  fi
  ran=$((ran + 1))
  echo "$suite: a root with PyTorch after $((SECONDS - begin)) s"
  copy_into "$root"
  enter=in_root_with_proc
  if ! in_root_with_proc "$root" true 2>/dev/null; then
    echo "$suite: skipped, libweightport-torch: a root cannot have a /proc of its own here"
    enter=in_root torch=
  fi
  python read_back.py "$cache/written" || status=1
  python live_save.py /opt/weightport/weightport || status=1
  python live_objects.py /opt/weightport/weightport || status=1
  python live_torch.py /opt/weightport/weightport || status=1
  [[ -z $torch ]] || torch_tests || status=1
  rm -rf "$root$cache/written"
done
((ran || status)) || exit 77
exit $status
