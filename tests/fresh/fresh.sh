#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A stranger's first minutes: Debian with nothing but git and ca-certificates, a clone of the last commit, and ./dev COMMAND.
#     fresh.sh CACHE COMMAND [SUITE...]    the bare roots are kept in CACHE; exits with 77 where there can be none
set -euo pipefail
mkdir -p "$1"
cache=$(readlink -f "$1") command=$2
shift 2
repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
source "$repository/tests/interop/debian_root.sh"

# run_in ROOT COMMAND...: with /proc, which bash and Java ask for; whatever is left running ends with it.
run_in() {
  local target=$1
  shift
  unshare --mount --pid --fork --kill-child --mount-proc="$target/proc" chroot "$target" /usr/bin/env -i \
    PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive WEIGHTPORT_CI=1 "$@"
}

try() {
  local suite=$1 root=$cache/$1 run=$cache/$1.run made=0 status=0 begin
  debian_root "$suite" "$root" git ca-certificates || made=$?
  if ((made)); then
    echo "$suite: skipped, $reason"
    return $made
  fi
  rm -rf --one-file-system "$run"
  cp -a --reflink=auto "$root" "$run"
  git -C "$repository" bundle create "$run/root/weightport.bundle" HEAD 2>/dev/null
  begin=$SECONDS
  run_in "$run" bash -c "cd && git clone -q weightport.bundle weightport && cd weightport && ./dev $command" || status=$?
  if ((status)); then
    echo "$suite: ./dev $command failed after $((SECONDS - begin)) s; it is all in $run"
    return 1
  fi
  echo "$suite: ./dev $command passed after $((SECONDS - begin)) s"
  rm -rf --one-file-system "$run"
}

(($#)) || set -- bookworm trixie
ran=0 failed=0
for suite; do
  status=0
  try "$suite" || status=$?
  ((status == 77)) || ran=$((ran + 1))
  ((status == 0 || status == 77)) || failed=1
done
((ran)) || exit 77
exit $failed
