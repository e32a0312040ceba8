#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What the demo prints for the golden checkpoint is in golden.txt. golden.sh DEMO CHECKPOINT
set -euo pipefail
"$1" "$2" | diff "$(dirname "$0")/golden.txt" -
