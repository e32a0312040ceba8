#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# needed.sh LIBRARY FOLDER: what LIBRARY needs that not every machine has, into the folder of a package, where its copy there looks
# first; with the licences, as Debian has them.
set -euo pipefail
ldd "$1" | awk '$1 ~ /^lib(deflate|simdjson)[.]/ { print $1, $3 }' | while read -r name file; do
  cp -L --remove-destination "$file" "$2/$name"
  if package=$(dpkg-query --search "$(readlink -f "$file")" 2>/dev/null); then
    cp -L --remove-destination "/usr/share/doc/${package%%:*}/copyright" "$2/$name.copyright"
  else
    echo "$file is no file of a Debian package: add its licence" >&2
  fi
done
