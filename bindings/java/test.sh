#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# test.sh BUILD: runs the tests of the Java binding against the jar and the libraries in BUILD, and once more, without what
# starts other programs, while the virtual machine checks what native methods do.
set -euo pipefail
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
build=$(readlink -f "$1")
java=${JAVA_HOME:+$JAVA_HOME/bin/}
jar=$(find "$build/bindings/java" -name 'weightport-*.jar' ! -name '*-sources.jar' ! -name '*-javadoc.jar')
junit=/usr/share/java/junit-platform-console-standalone.jar

classes=$(mktemp -d)
trap 'rm -rf "$classes"' EXIT
mapfile -t sources < <(find "$here/src/test/java" -name '*.java')
"${java}javac" --release 11 -encoding UTF-8 -Xlint:all,-path,-processing -Werror -cp "$jar:$junit" -d "$classes" "${sources[@]}"

torch=()
if [[ ! -e $build/lib/libweightport_torch_java.so ]]; then
  echo "skipped: models and training, because $build has no libweightport-torch"
  torch=(--exclude-tag=torch)
fi

# run [-JVM OPTION...] [--LAUNCHER OPTION...]: a heap that is there from the start, so that growth is the library's.
run() {
  local options=()
  while [[ ${1-} == -[!-]* ]]; do options+=("$1"); shift; done
  "${java}java" -Xms512m -Xmx512m -XX:+AlwaysPreTouch -XX:+UseSerialGC -XX:ErrorFile=/dev/stderr -Dfile.encoding=UTF-8 -Drepository="$here/../.." -Dclasspath="$classes:$jar" \
    -Dweightport.library.path="$build/lib" "${options[@]}" -jar "$junit" --class-path "$classes:$jar" \
    --scan-classpath "$classes" --details=summary --disable-banner --fail-if-no-tests "${torch[@]}" "$@"
}

run
run -Xcheck:jni --exclude-tag=process | tee "$classes/printed"
# A complaint of the virtual machine ends nothing by itself.
! grep -E '^(WARNING|FATAL ERROR) in native method|^WARNING: JNI' "$classes/printed" >&2
