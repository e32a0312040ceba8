set(processor i386)
set(triplet i686-linux-gnu)
include(${CMAKE_CURRENT_LIST_DIR}/debian_cross.cmake)
# Linked statically: qemu-i386 7.2 hangs where a dynamically linked program starts its first thread.
set(BUILD_SHARED_LIBS OFF)
set(CMAKE_EXE_LINKER_FLAGS_INIT -static)
