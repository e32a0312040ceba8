#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What ./dev package made, in a bare Debian root: each package is installed, used as its README says, and removed without a trace.
#     package.sh PACKAGES CACHE SUITE    exits with 77 where there can be no root
set -euo pipefail
packages=$(readlink -f "$1") cache=$2 suite=$3
repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
source "$repository/tests/fresh/root.sh"
apt=(apt-get -qq -y -o Dpkg::Use-Pty=0 -o Acquire::Retries=3 --no-install-recommends)

status=0
fresh_root "$cache" "$suite" || status=$?
if ((status)); then
  echo "$suite: skipped, $reason"
  exit $status
fi
work=$root/root/work
mkdir "$work"
cp "$packages"/*.{deb,tar.gz,jar} "$repository/tests/data/checkpoint.tar" "$repository/tests/package/use.sh" "$work"
# readme FILE LANGUAGE: the first block of a language.
readme() { awk -v start="^\`\`\`$2\$" '/^```/ && inside { exit } inside { print } $0 ~ start { inside = 1 }' "$repository/$1"; }
readme README.md c >"$work/read_weights.c"
readme bindings/java/README.md java >"$work/ReadWeights.java"
readme bindings/csharp/README.md csharp >"$work/ReadWeights.cs"
# .NET is no package of Debian's: the root gets a copy of the one that is here.
if command -v dotnet >/dev/null && [[ -e $(echo "$packages"/Weightport.[0-9]*.nupkg) ]]; then
  cp "$packages"/*.nupkg "$work"
  cp -a "$(dirname "$(readlink -f "$(command -v dotnet)")")" "$root/opt/dotnet"
fi
if [[ -e $(echo "$work"/libweightport-torch0_*.deb) ]]; then
  cp "$repository/examples/c/torch/predict.c" "$work" # the second block: tests/demo/readme.sh
  /usr/bin/python3 -B "$repository/tests/package/make_model.py" "$work"
fi

run_in "${apt[@]}" update
run_in bash -e /root/work/use.sh "${apt[*]}"
rm -rf --one-file-system "$root"
