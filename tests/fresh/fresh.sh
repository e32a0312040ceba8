#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A stranger's first minutes: Debian with nothing but git and ca-certificates, a clone of the last commit, and ./dev COMMAND.
#     fresh.sh CACHE COMMAND [SUITE...]    the bare roots are kept in CACHE; exits with 77 where there can be none
set -euo pipefail
cache=$1 command=$2
shift 2
(($#)) || set -- bookworm trixie
repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
source "$repository/tests/fresh/root.sh"

try() {
  local suite=$1 status=0 begin
  fresh_root "$cache" "$suite" || status=$?
  if ((status)); then
    echo "$suite: skipped, $reason"
    return $status
  fi
  git -C "$repository" bundle create "$root/root/weightport.bundle" HEAD 2>/dev/null
  begin=$SECONDS
  run_in bash -c "cd && git -c advice.detachedHead=false -c init.defaultBranch=main clone -q weightport.bundle weightport && cd weightport && ./dev $command" || status=$?
  if ((status)); then
    echo "$suite: ./dev $command failed after $((SECONDS - begin)) s; it is all in $root"
    return 1
  fi
  echo "$suite: ./dev $command passed after $((SECONDS - begin)) s"
  rm -rf --one-file-system "$root"
}

ran=0 failed=0
for suite; do
  status=0
  try "$suite" || status=$?
  ((status == 77)) || ran=$((ran + 1))
  ((status == 0 || status == 77)) || failed=1
done
((ran)) || exit 77
exit $failed
