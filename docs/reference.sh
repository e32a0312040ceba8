#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# reference.sh OUT: every symbol of the C headers is documented, and doxygen warns of nothing; then the site, in OUT/docs.
set -euo pipefail
out=$(readlink -f "$1")
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."

# site OPTION...: doxygen's later options replace earlier ones.
site() { { cat docs/Doxyfile; printf '%s\n' "OUTPUT_DIRECTORY = $out" "$@"; } | doxygen -; }

rm -rf "$out/docs" "$out/docs-symbols"
site 'INPUT = include/weightport' 'FILE_PATTERNS = *.h' 'WARN_IF_UNDOCUMENTED = YES' 'USE_MDFILE_AS_MAINPAGE =' 'HTML_OUTPUT = docs-symbols'
rm -rf "$out/docs-symbols"
site
