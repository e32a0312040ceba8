#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# build_native.sh LIBRARIES OUT: what C# stands on. LIBRARIES is the folder of libweightport.so; OUT gets generated/, made by
# SWIG, and native/, the libraries side by side. libweightport-torch is left out where it was not built.
set -euo pipefail
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
libraries=$(readlink -f "$1")
mkdir -p "$2/generated" "$2/native"
out=$(readlink -f "$2")

for module in weightport weightport_torch; do
  library=${module/_/-}
  [[ -e $libraries/lib$library.so ]] || continue
  "$here/../swig/generate.sh" csharp "$out/generated/$module" "$module"
  cp -L --remove-destination --preserve=timestamps "$libraries/lib$library.so.0" "$out/native/"
  [[ $module != weightport ]] || "$here/../needed.sh" "$libraries/libweightport.so.0" "$out/native"
  # The files lie side by side wherever they are taken.
  "${CC:-cc}" -O2 -Werror -fPIC -shared -fvisibility=hidden -I"$here/../../include" "$out/generated/$module/${module}_wrap.c" \
    -o "$out/native/lib${module}_csharp.so" -L"$libraries" -l"$library" -Wl,-rpath,'$ORIGIN' -Wl,--no-undefined -lweightport
done
