#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# build_mono.sh OUT [ASSEMBLIES]: the library and its tests by Mono's own compiler, from what build_native.sh made in OUT, into
# OUT/mono. With ASSEMBLIES, a folder of assemblies that .NET built for netstandard2.1: the tests only, against these, into
# OUT/netstandard.
set -euo pipefail
out=$(readlink -f "$1")
assemblies=${2:+$(readlink -f "$2")}
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")"

# compile FILE OPTIONS SOURCE...: Mono's compiler knows C# 7 without nullable references, so it gets copies of the sources
# without them: `string?`, where a blank, a comma or a bracket follows, and `x!`.
compile() {
  local file=$1 options=$2 copies=$1.sources source copy
  shift 2
  rm -rf "$copies"
  mkdir -p "$copies"
  for source in "$@"; do
    copy=${source//..\//}
    copy=$copies/${copy//\//_}
    sed -E ':again; s/([A-Za-z0-9_>)]|\])\?([] ,)>;[]|$)/\1\2/; t again; s/([A-Za-z0-9_)]|\])!([].)(,;[]|$)/\1\2/g' "$source" >"$copy"
  done
  # shellcheck disable=SC2086
  mcs -langversion:latest -unsafe -optimize -warnaserror $options -r:System.Core.dll -r:System.Numerics.dll -out:"$file" "$copies"/*.cs
}

# generated MODULE CLASS: what SWIG made.
generated() { printf '%s\n' "$out/generated/$1/$2.cs" "$out/generated/$1/$2PINVOKE.cs"; }

torch=$out/generated/weightport_torch # libweightport-torch may not have been built

if [[ -z $assemblies ]]; then
  bin=$out/mono
  mkdir -p "$bin"
  compile "$bin/Weightport.dll" -target:library Weightport/*.cs Weightport/Internal/*.cs $(generated weightport Native)
  if [[ -e $torch ]]; then
    compile "$bin/Weightport.Torch.dll" "-target:library -r:$bin/Weightport.dll" Weightport.Torch/*.cs \
      $(generated weightport_torch NativeTorch)
  fi
else
  bin=$out/netstandard
  mkdir -p "$bin"
  cp "$assemblies"/Weightport*.dll "$bin/"
fi

references="-r:$bin/Weightport.dll" sources=(tests/*.cs tests/Mono/*.cs ../../examples/csharp/{ReadWeights,SetEpoch,Convert,Serve}/*.cs)
if [[ -n $assemblies ]]; then references+=" -r:$bin/netstandard.dll"; fi
if [[ -e $torch ]]; then
  references+=" -r:$bin/Weightport.Torch.dll"
  sources+=(tests/Torch/*.cs ../../examples/csharp/{Resume,ServeModel}/*.cs)
fi
compile "$bin/Weightport.Tests.exe" "-main:Xunit.Runner $references" "${sources[@]}"
