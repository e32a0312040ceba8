# Debian's GCC for musl, with LLVM's libc++ that ./dev elsewhere builds: musl-gcc is for C.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR ${CMAKE_HOST_SYSTEM_PROCESSOR})
set(triplet ${CMAKE_HOST_SYSTEM_PROCESSOR}-linux)
set(prefix ${CMAKE_CURRENT_LIST_DIR}/../../build/elsewhere/musl/prefix)
set(CMAKE_C_COMPILER musl-gcc)
# It compiles C++ too, and links no libstdc++ as g++ does.
set(CMAKE_CXX_COMPILER gcc)
execute_process(COMMAND gcc -print-file-name=include OUTPUT_VARIABLE gcc_include OUTPUT_STRIP_TRAILING_WHITESPACE)
# Headers of libc++ stand before those of musl, which have the same names; the kernel's come last. GCC 12 misreads libc++'s hash table.
set(CMAKE_CXX_FLAGS_INIT "-Wno-maybe-uninitialized -nostdinc -nostdinc++ -isystem ${prefix}/include/c++/v1 -isystem /usr/include/${triplet}-musl -isystem ${gcc_include} -idirafter /usr/include -idirafter /usr/include/${triplet}-gnu")
# Of C++ only: musl-gcc says it itself, and twice is refused.
set(CMAKE_CXX_STANDARD_LIBRARIES
  "-specs=/usr/lib/${triplet}-musl/musl-gcc.specs -Wl,--eh-frame-hdr -L${prefix}/lib -Wl,-rpath,${prefix}/lib -lc++ -lunwind")
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
