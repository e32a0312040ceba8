#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What the demo prints for a new checkpoint, and golden.txt, are what PyTorch reads. python.sh DEMO PYTHON CHECKPOINT
set -euo pipefail
here=$(dirname "$0")
export PYTHONDONTWRITEBYTECODE=1
if ! "$2" -c 'import torch' 2>/dev/null; then
  echo "skipped: $2 has no torch"
  exit 77
fi
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT
"$2" "$here/make_checkpoint.py" "$folder/ckpt.tar"
"$1" "$folder/ckpt.tar" >"$folder/printed"
"$2" "$here/check.py" "$folder/ckpt.tar" "$folder/printed"
"$2" "$here/check.py" "$3" "$here/golden.txt"
