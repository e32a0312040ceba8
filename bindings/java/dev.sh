# SPDX-License-Identifier: MIT
# What ./dev does for Java.
java_packages=("${torch_packages[@]}" swig junit5)
# Any JDK from 11 on will do.
command -v javac >/dev/null || java_packages+=(default-jdk-headless)

test_java() {
  need "${java_packages[@]}"
  step "Java: build" java-build java_jar
  step "Java: tests, also with -Xcheck:jni" java-test bindings/java/test.sh build
  grep -h 'skipped:' build/log/java-test.log | sort -u || true
}

java_jar() { cmake --preset release -DWEIGHTPORT_BUILD_JAVA=ON && cmake --build --preset release --target weightport_jar; }

bench_java() {
  need "${java_packages[@]}"
  step "Java: build" java-build java_jar
  step "Java: benches" bench-java bindings/java/bench/bench.sh build
  grep -E '^(C|Java): ' build/log/bench-java.log
}
