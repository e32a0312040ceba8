#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Reads what Weightport wrote with the PyTorch of other Debian releases: 2.6 in Debian 13, a newer one in Debian testing.
# usage: matrix.sh COMMAND CACHE    the roots are made with debootstrap in CACHE, once
set -euo pipefail
command=$(readlink -f "$1")
mkdir -p "$2"
cache=$(readlink -f "$2")
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(readlink -f "$here/../..")

skip() {
  echo "skipping the matrix: $*"
  exit 77
}
((EUID == 0)) || skip "debootstrap needs root"
type debootstrap >/dev/null 2>&1 || skip "debootstrap is not installed"

# The mirror that this machine uses itself.
mirror=$(sed -nE 's/^(deb|URIs:) +(\[[^]]*\] +)?(https?:\/\/[^ ]+).*/\3/p' /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null |
  grep -v security | head -n 1)
[[ -n $mirror ]] || skip "no Debian mirror in apt's sources"

make_root() {
  local suite=$1 script=$2 target=$cache/$1
  [[ -e $target/.ready ]] && return
  rm -rf "$target"
  debootstrap --variant=minbase "$suite" "$target" "$mirror" "/usr/share/debootstrap/scripts/$script" >"$cache/$suite.log" 2>&1 &&
    cp /etc/apt/apt.conf.d/* "$target/etc/apt/apt.conf.d/" 2>/dev/null
  chroot "$target" apt-get -o Acquire::Check-Valid-Until=false update >>"$cache/$suite.log" 2>&1
  chroot "$target" env DEBIAN_FRONTEND=noninteractive apt-get -y --no-install-recommends install python3-torch python3-numpy \
    >>"$cache/$suite.log" 2>&1
  touch "$target/.ready"
}

written=$cache/written
rm -rf "$written"
mkdir -p "$written"
/usr/bin/python3 -B "$here/round_trip.py" "$command" "$written"
status=0
for release in trixie:trixie testing:sid; do
  suite=${release%:*}
  if ! make_root "$suite" "${release#*:}"; then
    echo "skipping $suite: its root cannot be made: $(tail -n 1 "$cache/$suite.log")"
    continue
  fi
  rm -rf "$cache/$suite/weightport"
  mkdir -p "$cache/$suite/weightport/tests"
  cp -r "$written" "$cache/$suite/weightport/written"
  cp -r "$root/tests/data" "$root/tests/interop" "$cache/$suite/weightport/tests/"
  prefix=$root
  if [[ -d $root/../shared/fixtures ]]; then cp -r "$root/../shared/fixtures" "$cache/$suite/weightport/fixtures"; fi
  sed -i "s|$prefix/tests|/weightport/tests|g; s|$(dirname "$root")/shared/fixtures|/weightport/fixtures|g" \
    "$cache/$suite/weightport/written/manifest.json"
  chroot "$cache/$suite" /usr/bin/python3 -B /weightport/tests/interop/read_back.py /weightport/written || status=1
done
exit $status
