#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# build_mono.sh OUT NAME SOURCES OPTION...: a program or assembly by Mono's own compiler. It knows C# 7 without nullable
# references, so it gets copies of the sources without them: `string?`, where a blank, a comma or a bracket follows, and `x!`.
set -euo pipefail
out=$1 name=$2
read -ra sources <<<"$3"
shift 3
copies=$out/sources/$name
rm -rf "$copies"
mkdir -p "$copies"
for source in "${sources[@]}"; do
  copy=${source//..\//}
  copy=$copies/${copy//\//_}
  sed -E 's/([A-Za-z0-9_>)]|\])\?([] ,)>;[]|$)/\1\2/g; s/([A-Za-z0-9_)]|\])!([].),;[]|$)/\1\2/g' "$source" >"$copy"
done
mcs -langversion:latest -unsafe -optimize -nowarn:1685,0436 -warnaserror "$@" -out:"$out/$name" "$copies"/*.cs
