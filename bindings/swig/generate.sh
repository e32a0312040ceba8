#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# generate.sh go|java|csharp FOLDER [MODULE]: the raw layer in one language. The C half is FOLDER/MODULE_wrap.c.
set -euo pipefail
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
language=$1 folder=$2 module=${3:-weightport}
case $language in
  go) options=(-go -cgo -intgosize 64 -import-prefix github.com/weightport/weightport/bindings/go/internal) ;;
  java) options=(-java -package org.weightport.internal) ;;
  csharp)
    options=(-csharp -namespace Weightport.Internal -dllimport "${module}_csharp" -DSWIG_CSHARP_NO_EXCEPTION_HELPER
      -DSWIG_CSHARP_NO_STRING_HELPER -DSWIG_CSHARP_NO_IMCLASS_STATIC_CONSTRUCTOR)
    ;;
  *)
    echo "no such language: $language" >&2
    exit 2
    ;;
esac
mkdir -p "$folder"
folder=$(readlink -f "$folder")
# Without a path in it, the output does not depend on where the repository lies.
cd "$here"
swig -Wall -Werror "${options[@]}" -I../../include -outdir "$folder" -o "$folder/${module}_wrap.c" "$module.i"
if [[ $language == go ]]; then gofmt -w "$folder"/*.go; fi
