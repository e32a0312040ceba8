# SPDX-License-Identifier: MIT
# What ./dev does for the guides and the reference.
docs_packages=(doxygen)

docs() {
  need "${docs_packages[@]}"
  step "guides: their code is the tests' code" docs-snippets docs/snippets.py
  step "guides and reference" docs docs/reference.sh build
  step "links" docs-links docs/check_links.py build/docs
  say "$PWD/build/docs/index.html"
}

# The four ways to save and load, beside PyTorch, in the languages that ctest does not run. After the languages' own tests.
test_docs() {
  need "${docs_packages[@]}" "${go_packages[@]}" "${java_packages[@]}" "${csharp_packages[@]}"
  docs
  step "guides: Go" docs-go four_ways_go
  step "guides: Java" docs-java four_ways_java
  step "guides: C#" docs-csharp four_ways_csharp
  grep -h 'skipped:' build/log/docs-{go,java,csharp}.log || true
}

# four_ways NAME COMMAND...: 77 is a Python without torch.
four_ways() {
  local status=0
  "$python" -B tests/docs/four_ways.py "$@" || status=$?
  ((status == 77)) || return $status
}

four_ways_go() {
  go_in docs/snippets/go gofmt -d . && go_in docs/snippets/go go vet . && go_in docs/snippets/go go build -o "$PWD/build/docs-go" . &&
    four_ways Go "$PWD/build/docs-go"
}

four_ways_java() {
  local jar
  java_jar && jar=$(readlink -f build/bindings/java/weightport-*[0-9].jar) && mkdir -p build/docs-java &&
    javac -Xlint:all -Werror -cp "$jar" -d build/docs-java docs/snippets/FourWays.java &&
    four_ways Java java -cp "$jar:$PWD/build/docs-java" -Dweightport.library.path="$PWD/build/lib" FourWays
}

four_ways_csharp() {
  local built=$PWD/build/csharp
  bindings/csharp/build_native.sh build/lib "$built" && bindings/csharp/build_mono.sh "$built" &&
    mcs -langversion:latest -warnaserror -r:"$built/mono/Weightport.dll" -r:"$built/mono/Weightport.Torch.dll" \
      -out:"$built/mono/FourWays.exe" docs/snippets/FourWays.cs &&
    LD_LIBRARY_PATH=$built/native four_ways 'C#' mono "$built/mono/FourWays.exe"
}
