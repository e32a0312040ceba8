# find_package(weightport COMPONENTS core torch): weightport::weightport, and weightport::torch where it is asked for; also
# weightport::weightport_static beside a shared library. The library of `torch` may be missing, as its package may be.
include(${CMAKE_CURRENT_LIST_DIR}/weightport-core.cmake OPTIONAL)
include(${CMAKE_CURRENT_LIST_DIR}/weightport-static.cmake OPTIONAL)
set(weightport_core_FOUND TRUE)

if(torch IN_LIST weightport_FIND_COMPONENTS)
  if(EXISTS ${CMAKE_CURRENT_LIST_DIR}/weightport-torch.cmake AND EXISTS ${CMAKE_CURRENT_LIST_DIR}/../../libweightport-torch.so)
    include(${CMAKE_CURRENT_LIST_DIR}/weightport-torch.cmake)
    set(weightport_torch_FOUND TRUE)
  elseif(weightport_FIND_REQUIRED_torch)
    set(weightport_NOT_FOUND_MESSAGE "libweightport-torch is not installed")
  endif()
endif()

foreach(component ${weightport_FIND_COMPONENTS})
  if(weightport_FIND_REQUIRED_${component} AND NOT weightport_${component}_FOUND)
    set(weightport_FOUND FALSE)
    if(NOT weightport_NOT_FOUND_MESSAGE)
      set(weightport_NOT_FOUND_MESSAGE "there is no component ${component}, only core and torch")
    endif()
  endif()
endforeach()
