# SPDX-License-Identifier: MIT
# What ./dev does with the fuzz targets.
fuzz_packages=("${build_packages[@]}" clang libclang-rt-14-dev llvm libcmocka-dev python3)
fuzz_targets=(zip pickle torch_zip torch_legacy torch_tar torchscript safetensors shard_index checkpoint writer capi)

fuzz_dictionary() {
  case $1 in
    zip | torch_zip | checkpoint) printf zip ;;
    pickle | torch_legacy | torch_tar | torchscript) printf pickle ;;
    safetensors | shard_index) printf json ;;
  esac
}

fuzz_seeds() {
  local more=()
  [[ ! -d ../shared/fixtures ]] || more=(../shared/fixtures)
  rm -rf build/fuzz/seeds
  /usr/bin/python3 -B tests/fuzz/seeds.py build/fuzz/seeds "${more[@]}"
}

# fuzz_one TARGET SECONDS: what it finds is kept in build/fuzz/corpus, what it breaks in build/fuzz/found.
fuzz_one() {
  local target=$1 seconds=$2 dictionary log=build/log/fuzz-$1.log status=0
  local corpus=build/fuzz/corpus/$target found=build/fuzz/found/$target
  mkdir -p "$corpus" "$found" build/log build/fuzz/seeds/"$target"
  dictionary=$(fuzz_dictionary "$target")
  # The targets bound heap and processor time themselves while they open: see docs/reliability.md. These are for the rest:
  # what a caller asks for afterwards, the sanitizers' own memory, and a hang.
  nice -n 19 build/fuzz/bin/fuzz_"$target" "$corpus" tests/fuzz/corpus/"$target" build/fuzz/seeds/"$target" \
    ${dictionary:+-dict=tests/fuzz/$dictionary.dict} -artifact_prefix="$found/" -max_total_time="$seconds" \
    -max_len=1000000 -malloc_limit_mb=64 -rss_limit_mb=1024 -timeout=300 -print_final_stats=1 >"$log" 2>&1 || status=$?
  awk -v target="$target" '/stat::number_of_executed_units/ { n = $2 } /DONE/ { split($0, f, "cov: "); split(f[2], g, " ") }
    /^Done/ { s = $(NF - 1) } END { printf "%-14s %10d executions in %5d s, %6d edges\n", target, n, s, g[1] }' "$log"
  ((status == 0)) && return
  grep -aE 'ERROR: |broken promise|runtime error' "$log" >&2 || true
  say "the input: $found; the whole log: $PWD/$log" >&2
  return 1
}

fuzz_run() {
  local target status=0 seconds=${2-60} targets=("${fuzz_targets[@]}")
  [[ -z ${1-} ]] || targets=("$1")
  need "${fuzz_packages[@]}"
  compile fuzz fuzz -DWEIGHTPORT_BUILD_TORCH=OFF
  step "seeds" fuzz-seeds fuzz_seeds
  for target in "${targets[@]}"; do fuzz_one "$target" "$seconds" || status=1; done
  return $status
}

# Makes of all inputs that were found the smallest set that reaches the same code, for tests/fuzz/corpus. Inputs with names of
# their own are kept.
fuzz_minimize() {
  local target corpus
  need "${fuzz_packages[@]}"
  compile fuzz fuzz -DWEIGHTPORT_BUILD_TORCH=OFF
  step "seeds" fuzz-seeds fuzz_seeds
  for target in "${fuzz_targets[@]}"; do
    corpus=tests/fuzz/corpus/$target
    mkdir -p "$corpus" build/fuzz/corpus/"$target" build/fuzz/merged
    rm -rf build/fuzz/merged/"$target"
    mkdir build/fuzz/merged/"$target"
    step "minimize $target" fuzz-merge nice -n 19 build/fuzz/bin/fuzz_"$target" -merge=1 -use_counters=0 -max_len=8192 \
      -rss_limit_mb=2048 build/fuzz/merged/"$target" build/fuzz/seeds/"$target" build/fuzz/corpus/"$target" "$corpus"
    find "$corpus" -type f -regextype posix-extended -regex '.*/[0-9a-f]{40}' -delete
    cp build/fuzz/merged/"$target"/* "$corpus"
  done
}

# Lines of lib/format that the committed corpora reach.
fuzz_coverage() {
  local target profiles=build/coverage/profiles programs=()
  need "${fuzz_packages[@]}"
  compile coverage fuzz -DWEIGHTPORT_BUILD_TORCH=OFF
  rm -rf $profiles
  for target in "${fuzz_targets[@]}"; do
    LLVM_PROFILE_FILE=$PWD/$profiles/$target.profraw step "replay $target" fuzz-replay build/coverage/bin/fuzz_"$target" \
      tests/fuzz/corpus/"$target"
    programs+=(-object build/coverage/bin/fuzz_"$target")
  done
  llvm-profdata merge -o $profiles/all.profdata $profiles/*.profraw
  llvm-cov report -instr-profile $profiles/all.profdata "${programs[@]:1}" lib/format -show-region-summary=false \
    -show-branch-summary=false
}

fuzz() {
  case ${1-} in
    coverage) fuzz_coverage ;;
    minimize) fuzz_minimize ;;
    '' | *[!0-9]*) fuzz_run "$@" ;;
    *) fuzz_run '' "$1" ;;
  esac
}
