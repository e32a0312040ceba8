# SPDX-License-Identifier: MIT
# Copies of bare Debian roots, to be sourced.
#
#     fresh_root CACHE SUITE    $root becomes a fresh copy of a root with git and ca-certificates only, which CACHE keeps; returns
#                               77 where roots cannot be made at all, and $reason says why
#     run_in COMMAND...         in $root, with /proc, as ./dev runs in CI
source "$(dirname "${BASH_SOURCE[0]}")/../interop/debian_root.sh"

fresh_root() {
  mkdir -p "$1"
  local bare
  bare=$(readlink -f "$1")/$2
  debian_root "$2" "$bare" git ca-certificates || return
  root=$bare.run
  rm -rf --one-file-system "$root"
  cp -a --reflink=auto "$bare" "$root"
}

run_in() { in_root_with_proc "$root" WEIGHTPORT_CI=1 "$@"; }
