#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# bench.sh BUILD: ns per tensor lookup and per zero-copy view in Java beside the same in C.
set -euo pipefail
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
build=$(readlink -f "$1")
jar=$(find "$build/bindings/java" -name 'weightport-*.jar' ! -name '*-sources.jar' ! -name '*-javadoc.jar')
mkdir -p "$build/bench"
file=$build/bench/java_many.pt name=layers.1234.block.5.weight
java() { command "${JAVA_HOME:+$JAVA_HOME/bin/}java" -Xmx1g -Dweightport.library.path="$build/lib" -cp "$jar" "$here/Bench.java" "$file" "$name" "$@"; }

java make
cc -O2 -I"$here/../../../include" "$here/loop.c" -o "$build/bench/java_loop" -L"$build/lib" -lweightport -Wl,-rpath,"$build/lib"
"$build/bench/java_loop" "$file" "$name"
java
