# `cmake --install`: the libraries, their headers, and what CMake and pkg-config want to know of them, in components: lib, torch,
# dev and tools. The build tree has a weightport.pc too, for programs that are built against it before anything is installed:
# PKG_CONFIG_PATH=build/pkgconfig.
include(CMakePackageConfigHelpers)

# What is installed finds its libraries from where it lies; a distribution's packages need not.
if(NOT WEIGHTPORT_DEBIAN)
  file(RELATIVE_PATH libdir ${CMAKE_INSTALL_FULL_BINDIR} ${CMAKE_INSTALL_FULL_LIBDIR})
  set(CMAKE_INSTALL_RPATH "$ORIGIN/${libdir}")
endif()

function(weightport_pc output LIBDIR INCLUDEDIR RPATH)
  configure_file(${PROJECT_SOURCE_DIR}/cmake/weightport.pc.in ${output}/weightport.pc @ONLY)
  if(WEIGHTPORT_BUILD_TORCH)
    configure_file(${PROJECT_SOURCE_DIR}/cmake/weightport-torch.pc.in ${output}/weightport-torch.pc @ONLY)
  endif()
endfunction()

# The installed one finds everything from where it lies itself.
set(pc ${PROJECT_BINARY_DIR}/pkgconfig)
file(RELATIVE_PATH includedir ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_FULL_INCLUDEDIR})
weightport_pc(${pc} ${PROJECT_BINARY_DIR}/lib ${PROJECT_SOURCE_DIR}/include " -Wl,-rpath,\${libdir}")
weightport_pc(${pc}/installed "\${pcfiledir}/.." "\${pcfiledir}/${includedir}" "")

# One archive of everything, from the objects that the shared library is made of.
add_library(weightport_static STATIC)
foreach(folder weightport weightport_checkpoint weightport_format weightport_value weightport_tensor weightport_io weightport_base)
  target_sources(weightport_static PRIVATE $<TARGET_OBJECTS:${folder}>)
endforeach()
set_target_properties(weightport_static PROPERTIES LINKER_LANGUAGE CXX OUTPUT_NAME weightport)
target_compile_definitions(weightport_static INTERFACE WP_STATIC)
target_include_directories(weightport_static INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
# By name: a program in C has no compiler for C++ that would bring its library.
target_link_libraries(weightport_static INTERFACE deflate simdjson stdc++ pthread m)
# A shared object that has the archive inside exports nothing of it: neither wp_*, which another one may have too, nor templates
# of libstdc++, which no visibility hides.
if(UNIX AND NOT APPLE)
  target_link_options(weightport_static INTERFACE LINKER:--exclude-libs,libweightport.a)
endif()

set(package ${CMAKE_INSTALL_LIBDIR}/cmake/weightport)
function(weightport_export component)
  install(EXPORT weightport_${component} NAMESPACE weightport:: FILE weightport-${component}.cmake DESTINATION ${package}
    COMPONENT dev)
endfunction()

install(TARGETS weightport_static EXPORT weightport_static ARCHIVE COMPONENT dev)
weightport_export(static)
if(BUILD_SHARED_LIBS)
  install(TARGETS weightport EXPORT weightport_core LIBRARY COMPONENT lib NAMELINK_COMPONENT dev)
  weightport_export(core)
else()
  set_target_properties(weightport_static PROPERTIES EXPORT_NAME weightport)
endif()
install(DIRECTORY include/weightport DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT dev FILES_MATCHING PATTERN "*.h"
  PATTERN torch EXCLUDE)
install(FILES include/weightport.hpp DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT dev)
install(FILES ${pc}/installed/weightport.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT dev)

if(WEIGHTPORT_BUILD_TORCH AND BUILD_SHARED_LIBS)
  set_target_properties(weightport_torch PROPERTIES EXPORT_NAME torch)
  install(TARGETS weightport_torch EXPORT weightport_torch LIBRARY COMPONENT torch NAMELINK_COMPONENT dev)
  weightport_export(torch)
  install(DIRECTORY include/weightport/torch DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/weightport COMPONENT dev)
  install(FILES ${pc}/installed/weightport-torch.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT dev)
endif()

write_basic_package_version_file(${PROJECT_BINARY_DIR}/weightport-config-version.cmake COMPATIBILITY SameMajorVersion)
install(FILES cmake/weightport-config.cmake ${PROJECT_BINARY_DIR}/weightport-config-version.cmake DESTINATION ${package}
  COMPONENT dev)
