#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# build.sh ASSEMBLIES OUT: the host and its script, against the Weightport.dll of a folder that bindings/csharp/build_mono.sh made.
set -euo pipefail
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
mkdir -p "$2"
cp "$1/Weightport.dll" "$2/"
references=(-r:"$2/Weightport.dll" -r:System.Core.dll)
if [[ -e $1/netstandard.dll ]]; then
  cp "$1/netstandard.dll" "$2/"
  references+=(-r:"$2/netstandard.dll")
fi
mcs -langversion:latest -optimize -warnaserror -target:library "${references[@]}" -out:"$2/Script.dll" "$here/Script.cs"
# shellcheck disable=SC2046
"${CC:-cc}" -std=c11 -O2 -Wall -Wextra -Werror "$here/host.c" -o "$2/host" $(pkg-config --cflags --libs monosgen-2)
