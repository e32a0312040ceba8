# SPDX-License-Identifier: MIT
# Roots of other Debian releases, made with debootstrap; to be sourced.
#
#     debian_root SUITE FOLDER PACKAGE...    makes FOLDER a root of SUITE that has the packages, unless it is one already
#     in_root FOLDER COMMAND...              runs a command in it
#     in_root_with_proc FOLDER COMMAND...    the same with /proc and terminals, which bash, Java, the leak sanitizer and tests ask
#                                            for; what is left running ends with it
#
# debian_root returns 77 where the root cannot be made, as when a release is not to be had or a package of testing cannot be
# installed for some days; $reason says why. Its log is FOLDER.log. About two gigabytes for one with PyTorch.

# The mirror that this machine uses itself.
debian_mirror() {
  sed -nE 's/^(deb|URIs:) +(\[[^]]*\] +)?(https?:\/\/[^ ]+).*/\3/p' /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null |
    grep -v security | head -n 1
}

root_environment=(/usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive)

in_root() {
  local target=$1
  shift
  chroot "$target" "${root_environment[@]}" "$@"
}

in_root_with_proc() {
  local target=$1
  shift
  unshare --mount --pid --fork --kill-child --mount-proc="$target/proc" bash -c \
    'mount -t devpts -o newinstance,ptmxmode=0666 devpts "$0/dev/pts" && exec chroot "$0" "$@"' \
    "$target" "${root_environment[@]}" "$@"
}

debian_root() {
  local suite=$1 target=$2 mirror script=$1 log=$2.log
  shift 2
  [[ -e $target/.ready && $(<"$target/.ready") == "$*" ]] && return
  reason=
  ((EUID == 0)) || { reason="debootstrap needs root"; return 77; }
  type debootstrap >/dev/null 2>&1 || { reason="debootstrap is not installed"; return 77; }
  mirror=$(debian_mirror) || true
  [[ -n $mirror ]] || { reason="apt's sources name no Debian mirror"; return 77; }
  # An older debootstrap knows testing by its newest script only.
  [[ -e /usr/share/debootstrap/scripts/$suite ]] || script=sid
  if [[ ! -e $target/.ready ]]; then
    rm -rf --one-file-system "$target"
    if ! debootstrap --variant=minbase "$suite" "$target" "$mirror" "/usr/share/debootstrap/scripts/$script" >"$log" 2>&1; then
      reason="debootstrap failed: $(tail -n 1 "$log")"
      return 77
    fi
    cp -r /etc/apt/apt.conf.d/. "$target/etc/apt/apt.conf.d/"
    cp /etc/resolv.conf "$target/etc/resolv.conf"
  fi
  # Release files of testing expire after a week.
  if ! { in_root "$target" apt-get -o Acquire::Check-Valid-Until=false -o Acquire::Retries=3 update &&
    in_root "$target" apt-get -y -o Acquire::Retries=3 --no-install-recommends install "$@" &&
    in_root "$target" apt-get clean; } >>"$log" 2>&1; then
    reason="installing $* failed: $(tail -n 1 "$log")"
    return 77
  fi
  echo "$*" >"$target/.ready"
}
