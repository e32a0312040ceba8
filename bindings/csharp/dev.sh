# SPDX-License-Identifier: MIT
# What ./dev does for C#.
csharp_packages=("${torch_packages[@]}" swig mono-mcs mono-runtime libmonosgen-2.0-dev libmono-2.0-dev)

# .NET where its SDK is, and Mono everywhere: with the assembly that .NET made for netstandard2.1, or else with what Mono's own
# compiler makes of the sources.
test_csharp() {
  local assemblies=mono
  need "${csharp_packages[@]}"
  step "C#: generated code and native half" csharp-native bindings/csharp/build_native.sh build/lib build/csharp
  step "C#: compile with Mono" csharp-mono-build bindings/csharp/build_mono.sh build/csharp
  if command -v dotnet >/dev/null; then
    test_csharp_dotnet
  else
    say "skipped: .NET, which is not here"
  fi
  step "C#: tests on Mono ($assemblies)" csharp-mono csharp_on_mono $assemblies
  tail -n 1 build/log/csharp-mono.log
  csharp_in_engine $assemblies
  grep -hs 'skipped:' build/log/csharp-{mono,test}.log || true
}

# Sets $assemblies where there are some for netstandard2.1.
test_csharp_dotnet() {
  local netstandard=build/csharp/bin/Weightport.Torch/Release/netstandard2.1
  if ! step "C#: restore" csharp-restore dotnet_in bindings/csharp dotnet restore -v q tests; then
    say "skipped: the tests on .NET, since NuGet does not give its packages"
    return
  fi
  dotnet_in bindings/csharp dotnet restore -v q Weightport.Torch >build/log/csharp-frameworks.log 2>&1 || {
    say "skipped: netstandard2.1 and net8.0, since NuGet does not give what they are compiled against"
    export WeightportFrameworks=net10.0
  }
  step "C#: packages" csharp-pack csharp_pack
  step "C#: tests on .NET" csharp-test dotnet_in bindings/csharp dotnet test -v q -c Release tests
  sed -n 's/^Passed! *- *//p' build/log/csharp-test.log
  step "C#: an example with the package" csharp-example csharp_example
  csharp_aot
  [[ -z ${WeightportFrameworks-} ]] || return 0
  if step "C#: netstandard.dll of Mono" csharp-facade mono_facade build/csharp/netstandard; then
    step "C#: netstandard2.1 with Mono" csharp-netstandard-build bindings/csharp/build_mono.sh build/csharp $netstandard
    assemblies=netstandard
  else
    say "skipped: the netstandard2.1 assembly on Mono"
  fi
}

# dotnet_in FOLDER COMMAND...: against the libraries in build/csharp/native.
dotnet_in() (
  export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_gcServer=0 WEIGHTPORT_NATIVE=$PWD/build/csharp/native
  cd "$1"
  "${@:2}"
)

csharp_on_mono() { LD_LIBRARY_PATH=build/csharp/native mono "build/csharp/$1/Weightport.Tests.exe"; }

# csharp_in_engine ASSEMBLIES: under Mono hosted by a C program, as game engines do.
csharp_in_engine() {
  step "C#: $1 in a host of Mono" csharp-engine-build tests/mono_host/build.sh "build/csharp/$1" "build/csharp/host/$1"
  step "C#: domains that come and go ($1)" csharp-engine env LD_LIBRARY_PATH=build/csharp/native "build/csharp/host/$1/host" \
    "build/csharp/host/$1" tests/data/checkpoint.tar
  tail -n 1 build/log/csharp-engine.log
}

csharp_pack() {
  dotnet_in bindings/csharp dotnet pack -v q -c Release Weightport &&
    dotnet_in bindings/csharp dotnet pack -v q -c Release Weightport.Torch
}

# A program that is compiled to native code, and trimmed.
csharp_aot() {
  if step "C#: a program for NativeAOT" csharp-aot-build dotnet_in bindings/csharp/tests/Aot \
    dotnet publish -v q -c Release -o ../../../../build/csharp/aot; then
    step "C#: containers under NativeAOT" csharp-aot env WEIGHTPORT_NATIVE="$PWD/build/csharp/native" build/csharp/aot/Aot
    tail -n 1 build/log/csharp-aot.log
  else
    say "skipped: NativeAOT, since its compiler or a linker is not here"
  fi
}

# A program that knows the package only.
csharp_example() (
  unset WEIGHTPORT_NATIVE
  rm -rf build/csharp/nuget
  export RestorePackagesPath=$PWD/build/csharp/nuget RestoreSources=$PWD/build/csharp/packages
  dotnet_in examples/csharp/ReadWeights dotnet build -v q -c Release -p:UseAppHost=false
  dotnet build/csharp/bin/examples/ReadWeights/Release/net10.0/ReadWeights.dll tests/data/checkpoint.tar | tee build/csharp/example.txt
  grep -q '^fc.weight: float32 \[3, 8\] begins with 0.12841664$' build/csharp/example.txt
)

# Of mono-devel only this file is needed, and not the 140 packages that it would bring along.
mono_facade() {
  local file=usr/lib/mono/4.5/Facades/netstandard.dll
  [[ ! -e $1/netstandard.dll ]] || return 0
  mkdir -p "$1"
  (cd "$1" && apt-get download mono-devel && dpkg-deb --fsys-tarfile mono-devel_*.deb | tar -xO "./$file" >netstandard.dll && rm mono-devel_*.deb)
}

# Nanoseconds of a lookup and of a view beside the same calls in C, a file of 20,000 tensors, and TorchSharp where NuGet has it.
bench_csharp() {
  local native=build/csharp/native bin=build/csharp/bin/Weightport.Bench/Release/net10.0
  if ! command -v dotnet >/dev/null; then
    say "skipped: the benches of C#, which need .NET"
    return
  fi
  need "${csharp_packages[@]}"
  step "C#: native half" csharp-native bindings/csharp/build_native.sh build/lib build/csharp
  step "C#: the calls from C" bench-csharp-loop cc -O2 -fPIC -shared -fvisibility=hidden -Iinclude bindings/csharp/bench/loop.c \
    -o $native/libweightport_loop.so -L$native -l:libweightport.so.0 -Wl,-rpath,'$ORIGIN'
  step "C#: build the benches" bench-csharp-build dotnet_in bindings/csharp dotnet build -v q -c Release \
    -p:WeightportFrameworks=net10.0 bench/Weightport
  step "C#: benches" bench-csharp dotnet_in . dotnet $bin/Weightport.Bench.dll
  grep ': ' build/log/bench-csharp.log
  if step "C#: restore TorchSharp" bench-torchsharp-build dotnet_in bindings/csharp dotnet build -v q -c Release bench/TorchSharp; then
    bench_beside_torchsharp $bin/Weightport.Bench.dll \
      build/csharp/bin/TorchSharp.Bench/Release/net10.0/linux-x64/TorchSharp.Bench.dll
  else
    say "skipped: TorchSharp, since NuGet does not give it"
  fi
}

# bench_beside_torchsharp PROGRAM...: each with one file. TorchSharp is built for a newer libstdc++ than Debian 12 has; where this
# system's will not do, both run in the root of Debian 13 that ./dev matrix made.
bench_beside_torchsharp() {
  local program root=build/matrix/trixie printed
  printed=$(for program in "$@"; do dotnet_in . dotnet "$program" tests/data/scripted.pt || return; done) || return
  say "$printed"
  [[ $printed == *"skipped: TorchSharp"* && -e $root/.ready && $EUID == 0 ]] || return 0
  say "and in a root of Debian 13:"
  mkdir -p build/csharp/older
  cp -L $(ldd build/lib/libweightport.so | awk '/deflate|simdjson/ { print $3 }') build/csharp/older
  unshare --mount bash -euc '
    root=$1 dotnet=$2
    for folder in /proc /dev "$PWD" "${dotnet%/*}"; do
      mkdir -p "$root$folder"
      mount --bind "$folder" "$root$folder"
    done
    for program in "${@:3}"; do
      chroot "$root" /usr/bin/env -i -C "$PWD" DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 DOTNET_gcServer=0 \
        LD_LIBRARY_PATH=build/csharp/older WEIGHTPORT_NATIVE="$PWD/build/csharp/native" "$dotnet" "$program" tests/data/scripted.pt
    done' bash "$root" "$(readlink -f "$(command -v dotnet)")" "$@"
}
