# SPDX-License-Identifier: MIT
# What ./dev does for Go.
go_packages=("${torch_packages[@]}" swig golang-go)

# go_in FOLDER COMMAND...: against the library in build/.
go_in() (
  export PKG_CONFIG_PATH=$PWD/build/pkgconfig GOCACHE=${GOCACHE-$PWD/build/go/cache} GOFLAGS=-mod=readonly
  cd "$1"
  "${@:2}"
)

go_each() { go_in bindings/go "$@" && go_in examples/go "$@"; }

go_is_generated() {
  local raw=bindings/go/internal/raw
  same_as_generated go weightport $raw/{raw.go,weightport_wrap.c} &&
    same_as_generated go weightport_torch ${raw}torch/{rawtorch.go,weightport_torch_wrap.c}
}

go_is_tidy() {
  local badly
  badly=$(gofmt -l bindings/go examples/go)
  [[ -z $badly ]] || { say "gofmt -w" $badly; return 1; }
  go_each go vet ./...
}

test_go() {
  need "${go_packages[@]}"
  step "Go: generated code" go-generated go_is_generated
  step "Go: format and vet" go-vet go_is_tidy
  # Go keeps results, and does not know when the C library has changed: -count=1. It was all vetted.
  step "Go: tests" go-test go_each go test -vet=off -count=1 -timeout 5m -v ./...
  # Python is the same in the second run.
  GODEBUG=cgocheck=1 step "Go: tests with the race detector" go-race go_in bindings/go go test -vet=off -count=1 -timeout 5m -race -short ./...
  grep -h 'skipped:' build/log/go-{generated,test}.log || true
}

# Nanoseconds of a lookup and of a view beside the same calls in C, and a file of 20,000 tensors.
bench_go() {
  need "${go_packages[@]}"
  step "Go: benches" bench-go go_in bindings/go go test -run '^$' -bench . ./...
  grep '^Benchmark' build/log/bench-go.log
}
