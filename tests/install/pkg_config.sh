#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Installs to a new folder, moves that, and builds a program against it with what pkg-config says.
#     pkg_config.sh BUILD_TREE LIBDIR COMPILER PROGRAM ARGUMENT SANITIZERS
set -euo pipefail
build=$1 libdir=$2 compiler=$3 program=$4 argument=$5 sanitizers=$6
if [[ -n $sanitizers ]]; then
  echo "skipped: a library with sanitizers is not for installing"
  exit 77
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cmake --install "$build" --prefix "$folder/first" >/dev/null
mv "$folder/first" "$folder/moved"
export PKG_CONFIG_PATH=$folder/moved/$libdir/pkgconfig
read -ra flags <<<"$(pkg-config --cflags --libs weightport)"
[[ ${flags[*]} != *"$build"* ]]
"$compiler" -Wall -Wextra -Werror "$program" -o "$folder/program" "${flags[@]}"
LD_LIBRARY_PATH=$folder/moved/$libdir "$folder/program" "$argument" | grep -q 'fc.weight: float32 \[ 3 8 \]'
