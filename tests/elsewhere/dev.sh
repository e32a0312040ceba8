# SPDX-License-Identifier: MIT
# What ./dev does for other compilers, processors and systems.
source tests/interop/debian_root.sh
elsewhere_platforms=(clang windows s390x aarch64 i386 musl)
elsewhere_cross_packages=(cmake ninja-build pkg-config dpkg-dev make)
elsewhere_clang_packages=("${build_packages[@]}" libcmocka-dev clang)
elsewhere_windows_packages=("${elsewhere_cross_packages[@]}" g++-mingw-w64-x86-64-posix wine)
elsewhere_s390x_packages=("${elsewhere_cross_packages[@]}" g++-s390x-linux-gnu qemu-user-static)
elsewhere_aarch64_packages=("${elsewhere_cross_packages[@]}" g++-aarch64-linux-gnu qemu-user-static)
elsewhere_i386_packages=("${elsewhere_cross_packages[@]}" g++-i686-linux-gnu qemu-user-static)
elsewhere_musl_packages=("${elsewhere_cross_packages[@]}" g++ musl-tools python3)
elsewhere_packages=("${elsewhere_clang_packages[@]}" "${elsewhere_windows_packages[@]}" "${elsewhere_s390x_packages[@]}"
  "${elsewhere_aarch64_packages[@]}" "${elsewhere_i386_packages[@]}" "${elsewhere_musl_packages[@]}")
elsewhere_folder=$PWD/build/elsewhere

# The tests that a platform leaves out, as lines "REGULAR EXPRESSION: why". CMake leaves out what runs scripts and Python itself.
elsewhere_left_out() {
  case $1 in
    clang) echo '^(demo|docs|headers|hostile|install|interop|tools)\.: scripts and Python; they say nothing of the compiler' ;;
    windows)
      echo '^(unit\.sharded|capi\.private_data)$: they save over a file that they hold open, which Windows refuses'
      echo '^$: file_sink, zip_writer, read_faults, save_faults, threads and out_of_memory are made of fork, mounts, limits and calls put before others'
      ;;
    s390x | aarch64 | i386)
      echo '^cpp\.out_of_memory$: opens thousands of files, which takes an emulator many minutes'
      echo '^capi\.(read|save)_faults$: fork and kill many times, likewise'
      echo '^unit\.file_sink$: mounts, and denies calls of the system by their number'
      ;;
    musl) echo '^$: out_of_memory puts its own allocator in front of that of glibc' ;;
  esac
}

# apt-get with lists of Debian's sources, in their folder.
elsewhere_apt() (
  cd "$elsewhere_folder/sources"
  apt-get -o Dir::Etc::SourceList="$PWD/sources.list" -o Dir::Etc::SourceParts=- -o Dir::State::Lists="$PWD/lists" \
    -o APT::Sandbox::User= -o Acquire::Retries=3 "$@"
)

# Debian's sources of the libraries, once: as packages they exist for few of the platforms.
elsewhere_sources() {
  local folder=$elsewhere_folder/sources
  [[ ! -e $folder/.ready ]] || return 0
  rm -rf "$folder"
  mkdir -p "$folder/lists/partial"
  printf 'deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s %s main\n' "$(debian_mirror)" \
    "$(. /etc/os-release && printf '%s' "$VERSION_CODENAME")" >"$folder/sources.list"
  elsewhere_apt update && elsewhere_apt source cmocka libdeflate simdjson cli11 && touch "$folder/.ready"
}

# What libc++ needs of the sources of Debian's clang.
elsewhere_llvm_sources() {
  local folder=$elsewhere_folder/sources version
  [[ ! -e $folder/llvm ]] || return 0
  version=$(apt-cache depends clang | sed -n 's/^ *Depends: clang-\([0-9]*\)$/\1/p')
  rm -rf "$folder/llvm.part"
  mkdir "$folder/llvm.part"
  elsewhere_apt source --download-only "llvm-toolchain-$version" &&
    tar -xf "$folder/llvm-toolchain-$version"_*.orig.tar.xz -C "$folder/llvm.part" --strip-components=1 --exclude='*/test/*' --wildcards \
      '*/cmake/*' '*/runtimes/*' '*/libcxx/*' '*/libcxxabi/*' '*/libunwind/*' && mv "$folder/llvm.part" "$folder/llvm"
}

# elsewhere_cxx_library PREFIX BUILD: libc++ with libc++abi inside, and libunwind, for musl. Built first, then installed: the
# compiler looks for headers in PREFIX.
elsewhere_cxx_library() {
  cmake -G Ninja -S "$elsewhere_folder/sources/llvm/runtimes" -B "$2" -DCMAKE_TOOLCHAIN_FILE="$PWD/cmake/toolchains/musl.cmake" \
    -DCMAKE_TRY_COMPILE_TARGET_TYPE=STATIC_LIBRARY -DCMAKE_BUILD_TYPE=Release -DCMAKE_POSITION_INDEPENDENT_CODE=ON \
    -DCMAKE_INSTALL_PREFIX="$1" -DLLVM_ENABLE_RUNTIMES="libunwind;libcxxabi;libcxx" -DLLVM_INCLUDE_TESTS=OFF \
    -DLIBUNWIND_ENABLE_SHARED=OFF -DLIBCXXABI_ENABLE_SHARED=OFF -DLIBCXXABI_USE_LLVM_UNWINDER=OFF -DLIBCXX_ENABLE_SHARED=OFF \
    -DLIBCXX_ENABLE_STATIC_ABI_LIBRARY=ON -DLIBCXX_HAS_MUSL_LIBC=ON -DLIBCXX_INCLUDE_BENCHMARKS=OFF &&
    cmake --build "$2" --target unwind cxx && cmake --build "$2" --target install-unwind install-cxx install-cxx-headers
}

# elsewhere_libraries PLATFORM: into its prefix.
elsewhere_libraries() {
  local platform=$1 prefix=$elsewhere_folder/$1/prefix work=$elsewhere_folder/$1/libraries name tools
  [[ ! -e $prefix/.ready ]] || return 0
  rm -rf "$work" "$prefix"
  mkdir -p "$work"
  [[ $platform != musl ]] || elsewhere_cxx_library "$prefix" "$work/libcxx" || return
  for name in cmocka simdjson cli11; do
    cmake -G Ninja -S "$elsewhere_folder/sources/$name"-*/ -B "$work/$name" -DBUILD_SHARED_LIBS=OFF -DWITH_EXAMPLES=OFF \
      -DWITH_STATIC_LIB="$([[ $platform == i386 ]] && echo ON || echo OFF)" \
      -DCLI11_BUILD_TESTS=OFF -DCLI11_BUILD_EXAMPLES=OFF -DCLI11_BUILD_DOCS=OFF -DCMAKE_BUILD_TYPE=Release \
      -DCMAKE_TOOLCHAIN_FILE="$PWD/cmake/toolchains/$platform.cmake" -DCMAKE_INSTALL_PREFIX="$prefix" || return
    cmake --build "$work/$name" --target install || return
  done
  if [[ $platform == i386 ]]; then
    # Its programs are linked statically.
    rm "$prefix"/lib/libcmocka.so*
    mv "$prefix/lib/libcmocka-static.a" "$prefix/lib/libcmocka.a" || return
  fi
  # The compiler that the toolchain file chose.
  tools=$(sed -nE 's/^set\(CMAKE_(C_COMPILER|AR) "(.*)"\)/\1=\2/p' "$work"/cmocka/CMakeFiles/*/CMakeCCompiler.cmake)
  cp -r "$elsewhere_folder/sources/libdeflate"-*/ "$work/libdeflate" || return
  make -C "$work/libdeflate" ${tools/C_COMPILER/CC} DISABLE_SHARED=1 PREFIX="$prefix" install || return
  [[ $platform != windows ]] || mv "$prefix/lib/libdeflatestatic.lib" "$prefix/lib/libdeflate.a" || return
  touch "$prefix/.ready"
}

elsewhere_configure() {
  local platform=$1 prefix=$elsewhere_folder/$1/prefix compilers=()
  if [[ $platform == clang ]]; then
    compilers=(-DCMAKE_C_COMPILER=clang -DCMAKE_CXX_COMPILER=clang++)
  else
    compilers=(-DCMAKE_TOOLCHAIN_FILE="$PWD/cmake/toolchains/$platform.cmake" -DCMAKE_FIND_ROOT_PATH="$prefix"
      -DCMAKE_PREFIX_PATH="$prefix")
    export PKG_CONFIG_LIBDIR=$prefix/lib/pkgconfig
  fi
  # What is tested is the platform, not its optimizer: few large files at -O1 are compiled in a fifth of the time.
  cmake -G Ninja -S . -B "$elsewhere_folder/$platform/build" "${compilers[@]}" -DCMAKE_BUILD_TYPE=Release \
    -DCMAKE_C_FLAGS_RELEASE=-O1 -DCMAKE_CXX_FLAGS_RELEASE=-O1 -DCMAKE_UNITY_BUILD=ON -DCMAKE_UNITY_BUILD_BATCH_SIZE=0 \
    -DWEIGHTPORT_WERROR=ON -DWEIGHTPORT_BUILD_TORCH=OFF -DWEIGHTPORT_BUILD_TESTS=ON
}

elsewhere_test() {
  local platform=$1 folder=$elsewhere_folder/$1/build left_out
  left_out=$(elsewhere_left_out "$platform")
  sed 's/^\^\$: //; s/^/left out: /' <<<"$left_out"
  # Wine shows file names in the locale's encoding. The prefix has cmocka's library.
  LC_ALL=C.UTF-8 WINEDEBUG=-all WINEPREFIX="$elsewhere_folder/windows/wine" WINEPATH="Z:$elsewhere_folder/windows/prefix/bin" step "test ($platform)" "elsewhere-$platform-test" \
    ctest --test-dir "$folder" --output-on-failure --no-tests=error --timeout 900 -E "$(sed 's/: .*//' <<<"$left_out" | paste -sd '|')"
  skip_reasons "$folder"
  sed -n "/ tests passed, /s/^/$platform: /p" "build/log/elsewhere-$platform-test.log"
}

# A platform whose tools are not to be had is skipped, and its reason printed.
elsewhere_one() {
  local platform=$1 log=elsewhere-$1
  local -n packages=elsewhere_${platform}_packages
  if ! need "${packages[@]}"; then
    say "$platform: skipped, since these are not to be had: $(missing "${packages[@]}")"
    return
  fi
  if [[ $platform != clang ]]; then
    if ! step "sources of the libraries" elsewhere-sources elsewhere_sources; then
      say "$platform: skipped, since Debian's sources of cmocka, libdeflate, simdjson and CLI11 are not to be had"
      return
    fi
    if [[ $platform == musl ]] && ! step "sources of libc++" elsewhere-llvm elsewhere_llvm_sources; then
      say "musl: skipped, since Debian's sources of LLVM are not to be had"
      return
    fi
    step "libraries ($platform)" "$log-libraries" elsewhere_libraries "$platform"
  fi
  (step "configure ($platform)" "$log-configure" elsewhere_configure "$platform")
  step "build ($platform)" "$log-build" cmake --build "$elsewhere_folder/$platform/build"
  elsewhere_test "$platform"
}

elsewhere() {
  local platform failed=()
  if [[ -n ${1-} && " ${elsewhere_platforms[*]} " != *" $1 "* ]]; then
    say "no such platform: $1 (${elsewhere_platforms[*]})" >&2
    return 2
  fi
  if (($#)); then
    elsewhere_one "$1"
    return
  fi
  # One that fails does not keep the others from being tested.
  for platform in "${elsewhere_platforms[@]}"; do ./dev elsewhere "$platform" || failed+=("$platform"); done
  if ((${#failed[@]})); then
    say "failed: ${failed[*]}" >&2
    return 1
  fi
}
