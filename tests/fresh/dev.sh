# SPDX-License-Identifier: MIT
# What ./dev does in fresh roots of Debian 12 and 13.
fresh_packages=(debootstrap git util-linux)

# fresh COMMAND [SUITE...]
fresh() {
  local status=0
  need "${fresh_packages[@]}"
  tests/fresh/fresh.sh build/fresh "$@" || status=$?
  # 77: there can be no roots here, for the reason that was printed.
  ((status == 77)) || return $status
}
