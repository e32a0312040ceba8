#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Installs to a clean prefix, moves that, and builds and runs what strangers would: programs in C and C++, with CMake and Meson.
#     consumers.sh REPOSITORY BUILD_TREE LIBDIR SANITIZERS KIND    KIND: installed or subproject
set -euo pipefail
repository=$1 build=$2 libdir=$3 sanitizers=$4 kind=$5
here=$repository/tests/install checkpoint=$repository/tests/data/checkpoint.tar
if [[ -n $sanitizers ]]; then
  echo "skipped: a library with sanitizers is not for installing"
  exit 77
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# reads PROGRAM, counts PROGRAM: the programs print what is in the checkpoint.
reads() { "$1" "$checkpoint" | grep -qF 'fc.weight: float32 [ 3 8 ]' && echo "ok ${1#"$folder/"}"; }
counts() { "$1" "$checkpoint" | grep -qx '56 elements' && echo "ok ${1#"$folder/"}"; }

# cmake_project NAME OPTION...: configures and builds in $folder/NAME, without spending time on optimizing.
cmake_project() {
  local name=$1
  shift
  cmake -G Ninja -S "$here/$name" -B "$folder/$name" -DCMAKE_BUILD_TYPE=None "$@" >"$folder/log" 2>&1 &&
    cmake --build "$folder/$name" >"$folder/log" 2>&1 || { cat "$folder/log"; return 1; }
}

subproject() {
  cmake_project subproject -DWEIGHTPORT="$repository" -DFETCH=ON
  reads "$folder/subproject/program"
  rm "$folder/subproject/program"
  cmake_project subproject -DFETCH=OFF
  reads "$folder/subproject/program"
  # What is part of another program installs nothing.
  cmake --install "$folder/subproject" --prefix "$folder/nothing" >/dev/null
  [[ -z $(find "$folder/nothing" -type f 2>/dev/null) ]]
}

installed() {
  local torch=()
  cmake --install "$build" --prefix "$folder/first" >/dev/null
  mv "$folder/first" "$folder/moved"
  export CMAKE_PREFIX_PATH=$folder/moved PKG_CONFIG_PATH=$folder/moved/$libdir/pkgconfig
  ! grep -rlF -e "$build" -e "$folder/first" "$folder/moved/$libdir"/{cmake,pkgconfig}
  # The command finds its library from where it lies.
  [[ ! -e $folder/moved/bin/weightport ]] || "$folder/moved/bin/weightport" inspect "$checkpoint" >/dev/null

  [[ ! -e $folder/moved/$libdir/libweightport-torch.so ]] || torch=(-DTORCH="$repository/examples/c/torch/predict.c")
  cmake_project c -DPROGRAM="$repository/examples/c/read_weights.c" "${torch[@]}"
  reads "$folder/c/shared"
  reads "$folder/c/static"
  ! ldd "$folder/c/static" | grep weightport
  cmake_project cpp
  counts "$folder/cpp/weightport"
  counts "$folder/cpp/weightport_static"
  ((${#torch[@]} == 0)) || runs "$folder/c/torch"
  meson_project "${#torch[@]}"
}

# A model that is not there is an error of the library's, so the program found its library.
runs() { { "$1" no_such_model.ts 2>&1 || true; } | grep -qi 'no such file' && echo "ok ${1#"$folder/"}"; }

meson_project() {
  if ! command -v meson >/dev/null; then
    echo "skipped: Meson, which is not here"
    return
  fi
  mkdir "$folder/meson"
  cp "$here"/meson/meson* "$repository/examples/c/read_weights.c" "$repository/examples/c/torch/predict.c" "$here/cpp/main.cpp" "$folder/meson"
  meson setup -Dtorch="$( (($1)) && echo true || echo false)" "$folder/meson/build" "$folder/meson" >"$folder/log" 2>&1 && ninja -C "$folder/meson/build" >>"$folder/log" 2>&1 ||
    { cat "$folder/log"; return 1; }
  reads "$folder/meson/build/read_weights"
  counts "$folder/meson/build/main"
  (($1 == 0)) || runs "$folder/meson/build/predict"
}

"$kind"
