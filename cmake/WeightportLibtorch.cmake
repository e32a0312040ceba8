# Finds libtorch, from Debian or from TORCH_ROOT: the target weightport_libtorch. Its own CMake package is not used: Debian's
# asks for development packages that only libtorch's own build needs.
find_path(TORCH_INCLUDE_DIR torch/script.h HINTS ${TORCH_ROOT} PATH_SUFFIXES include)
find_path(TORCH_API_INCLUDE_DIR torch/torch.h HINTS ${TORCH_ROOT} ${TORCH_INCLUDE_DIR}
  PATH_SUFFIXES include/torch/csrc/api/include torch/csrc/api/include)
set(libraries)
foreach(name torch torch_cpu c10)
  find_library(TORCH_LIBRARY_${name} ${name} HINTS ${TORCH_ROOT} PATH_SUFFIXES lib)
  list(APPEND libraries TORCH_LIBRARY_${name})
endforeach()
mark_as_advanced(TORCH_INCLUDE_DIR TORCH_API_INCLUDE_DIR ${libraries})
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(Libtorch REQUIRED_VARS TORCH_INCLUDE_DIR TORCH_API_INCLUDE_DIR ${libraries}
  NAME_MISMATCHED REASON_FAILURE_MESSAGE "install libtorch-dev, set TORCH_ROOT, or build with -DWEIGHTPORT_BUILD_TORCH=OFF")
if(NOT Libtorch_FOUND)
  message(FATAL_ERROR "libtorch was not found")
endif()

add_library(weightport_libtorch INTERFACE)
target_include_directories(weightport_libtorch SYSTEM INTERFACE ${TORCH_API_INCLUDE_DIR})
if(NOT TORCH_INCLUDE_DIR STREQUAL "/usr/include")
  target_include_directories(weightport_libtorch SYSTEM INTERFACE ${TORCH_INCLUDE_DIR})
endif()
# libtorch.so itself holds nothing on a machine without CUDA, but is what registers CUDA on one that has it.
target_link_libraries(weightport_libtorch INTERFACE -Wl,--no-as-needed ${TORCH_LIBRARY_torch} -Wl,--as-needed
  ${TORCH_LIBRARY_torch_cpu} ${TORCH_LIBRARY_c10})
