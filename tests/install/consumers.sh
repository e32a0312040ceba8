#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Installs to a clean prefix, moves that, and builds and runs what strangers would: programs in C and C++, with CMake and Meson.
#     consumers.sh REPOSITORY BUILD_TREE LIBDIR SANITIZERS KIND    KIND: installed, static or subproject
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

# lacks COMMAND...: fails where the command finds something. A plain `!` would not end the script.
lacks() { if "$@"; then return 1; fi; }

# cmake_project NAME OPTION...: configures and builds in $folder/NAME, without spending time on optimizing or on reading headers.
cmake_project() {
  local name=$1
  shift
  cmake -G Ninja -S "$here/$name" -B "$folder/$name" -DCMAKE_BUILD_TYPE=None -DCMAKE_UNITY_BUILD=ON -DCMAKE_UNITY_BUILD_BATCH_SIZE=0 "$@" >"$folder/log" 2>&1 &&
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
  lacks grep -rlF -e "$build" -e "$folder/first" "$folder/moved/$libdir"/{cmake,pkgconfig}
  # The command finds its library from where it lies.
  [[ ! -e $folder/moved/bin/weightport ]] || "$folder/moved/bin/weightport" inspect "$checkpoint" >/dev/null

  [[ ! -e $folder/moved/$libdir/libweightport-torch.so ]] || torch=(-DTORCH="$repository/examples/c/torch/predict.c")
  cmake_project c -DPROGRAM="$repository/examples/c/read_weights.c" "${torch[@]}"
  reads "$folder/c/shared"
  reads "$folder/c/static"
  ldd "$folder/c/static" | lacks grep weightport
  exports_only plugin "$folder/c/libplugin.so"
  cmake_project cpp
  counts "$folder/cpp/weightport"
  counts "$folder/cpp/weightport_static"
  ((${#torch[@]} == 0)) || runs "$folder/c/torch"
  meson_project "${#torch[@]}"
}

# Where the static library is the only one: for CMake, for pkg-config, and inside a shared object, which exports nothing of it. Its
# objects are the ones of the build tree, and not compiled once more.
static() {
  cmake -G Ninja -S "$repository" -B "$folder/build" -DCMAKE_BUILD_TYPE=None -DBUILD_SHARED_LIBS=OFF -DCMAKE_INSTALL_LIBDIR="$libdir" \
    -DWEIGHTPORT_BUILD_TESTS=OFF -DWEIGHTPORT_BUILD_TOOLS=OFF -DWEIGHTPORT_BUILD_EXAMPLES=OFF >"$folder/log" 2>&1 || { cat "$folder/log"; return 1; }
  mkdir -p "$folder/build/lib"
  cp "$build/lib/libweightport.a" "$folder/build/lib/"
  cmake --install "$folder/build" --prefix "$folder/first" >/dev/null
  mv "$folder/first" "$folder/moved"
  [[ -z $(find "$folder/moved" -name '*.so*') ]]
  export CMAKE_PREFIX_PATH=$folder/moved PKG_CONFIG_PATH=$folder/moved/$libdir/pkgconfig
  local program=$repository/examples/c/read_weights.c flags visibility
  read -ra flags <<<"$(pkg-config --static --cflags --libs weightport)"
  cc "$program" -o "$folder/pkg_config" "${flags[@]}"
  reads "$folder/pkg_config"
  for visibility in hidden default; do
    cc -fPIC -shared -fvisibility=$visibility -DPROGRAM="\"$program\"" "$here/plugin.c" -o "$folder/plugin.so" -Wl,-z,defs "${flags[@]}"
    exports_only plugin "$folder/plugin.so"
    cc "$here/host.c" "$folder/plugin.so" -Wl,-rpath,"$folder" -o "$folder/$visibility"
    reads "$folder/$visibility"
  done
  cmake_project c -DPROGRAM="$program"
  reads "$folder/c/static"
  exports_only plugin "$folder/c/libplugin.so"
}

# exports_only NAME LIBRARY; main, which was given another name, is the program's.
exports_only() {
  local others
  others=$(nm -D --defined-only "$2" | awk '{ print $3 }' | grep -vxE "$1|read_weights") || return 0
  printf '%s exports too:\n%s\n' "$2" "$others"
  return 1
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
