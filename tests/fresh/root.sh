# SPDX-License-Identifier: MIT
# Copies of bare Debian roots, to be sourced.
#
#     fresh_root CACHE SUITE    $root becomes a fresh copy of a root with git and ca-certificates only, which CACHE keeps; returns
#                               77 where roots cannot be made at all, and $reason says why
#     run_in COMMAND...         in $root, with /proc, which bash and Java ask for; what is left running ends with it
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

run_in() {
  unshare --mount --pid --fork --kill-child --mount-proc="$root/proc" chroot "$root" /usr/bin/env -i \
    PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive WEIGHTPORT_CI=1 "$@"
}
