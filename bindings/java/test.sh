#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# test.sh BUILD [JVM OPTION...]: compiles and runs the tests of the Java binding against BUILD/bindings/java/weightport-*.jar.
# The options go to the virtual machine.
set -euo pipefail
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
build=$(readlink -f "$1") repository=$here/../..
shift
java=${JAVA_HOME:+$JAVA_HOME/bin/}
folder=$build/bindings/java
jar=$(ls "$folder"/weightport-*.jar | grep -vE -- '-(sources|javadoc)\.jar$')
junit=/usr/share/java/junit-platform-console-standalone.jar

classes=$(mktemp -d)
trap 'rm -rf "$classes"' EXIT
mapfile -t sources < <(find "$here/src/test/java" -name '*.java')
"${java}javac" --release 11 -encoding UTF-8 -Xlint:all,-path,-processing -Werror -cp "$jar:$junit" -d "$classes" "${sources[@]}"

# A complaint of -Xcheck:jni ends nothing by itself.
"${java}java" -Xms512m -Xmx512m -XX:+AlwaysPreTouch -Dfile.encoding=UTF-8 -Drepository="$repository" -Dclasspath="$classes:$jar" -Dweightport.library.path="$build/lib" "$@" \
  -jar "$junit" --class-path "$classes:$jar" --scan-classpath "$classes" --details=${WEIGHTPORT_DETAILS:-summary} \
  --disable-banner --fail-if-no-tests 2>&1 | tee "$classes/printed"
if grep -qE '^(WARNING|FATAL ERROR) in native method' "$classes/printed"; then
  echo "the virtual machine complains of a native method" >&2
  exit 1
fi
