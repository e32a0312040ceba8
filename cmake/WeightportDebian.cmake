# What Debian asks of packages beside their files: names, dependencies, descriptions, changelogs, and the symbols of libraries.
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "") # each package has one of its own
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_POST_BUILD_SCRIPTS ${PROJECT_SOURCE_DIR}/cmake/WeightportDebianTidy.cmake)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_MAINTAINER "Weightport contributors <weightport@users.noreply.github.com>")
set(CPACK_DEBIAN_PACKAGE_HOMEPAGE https://github.com/weightport/weightport)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${PROJECT_BINARY_DIR}/lib)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(version ${PROJECT_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE})
set(debian ${PROJECT_SOURCE_DIR}/cmake/debian)
set(made ${PROJECT_BINARY_DIR}/debian)
find_program(GZIP_EXECUTABLE gzip REQUIRED)
find_program(DPKG_GENSYMBOLS_EXECUTABLE dpkg-gensymbols REQUIRED)
mark_as_advanced(GZIP_EXECUTABLE DPKG_GENSYMBOLS_EXECUTABLE)

# compressed(FILE NAME): as Debian wants text in packages, and the same bytes each time.
function(weightport_compressed file name)
  execute_process(COMMAND ${GZIP_EXECUTABLE} -9nc ${file} OUTPUT_FILE ${made}/${name} COMMAND_ERROR_IS_FATAL ANY)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
endfunction()
file(MAKE_DIRECTORY ${made})
weightport_compressed(${debian}/changelog changelog.Debian.gz)
weightport_compressed(${PROJECT_SOURCE_DIR}/CHANGELOG.md changelog.gz)
weightport_compressed(${PROJECT_SOURCE_DIR}/tools/weightport.1 weightport.1.gz)
install(FILES ${made}/weightport.1.gz DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT tools)

# weightport_debian(COMPONENT NAME SECTION DEPENDS DESCRIPTION)
function(weightport_debian component name section depends description)
  string(TOUPPER ${component} upper)
  foreach(setting NAME SECTION DEPENDS)
    string(TOLOWER ${setting} value)
    set(CPACK_DEBIAN_${upper}_PACKAGE_${setting} "${${value}}" PARENT_SCOPE)
  endforeach()
  set(CPACK_DEBIAN_${upper}_DESCRIPTION "${description}" PARENT_SCOPE)
  install(FILES ${debian}/copyright ${made}/changelog.Debian.gz ${made}/changelog.gz DESTINATION share/doc/${name} COMPONENT ${component})
endfunction()

# A library: the symbols it is known for are those it has (dpkg-gensymbols says what differs), and ldconfig hears of it.
function(weightport_debian_library component name target)
  string(TOUPPER ${component} upper)
  set(control ${made}/${name})
  file(MAKE_DIRECTORY ${control})
  file(WRITE ${control}/triggers "activate-noawait ldconfig\n")
  add_custom_command(OUTPUT ${control}/symbols VERBATIM DEPENDS ${target} ${debian}/${name}.symbols
    WORKING_DIRECTORY ${debian}/..
    COMMAND ${DPKG_GENSYMBOLS_EXECUTABLE} -c4 -p${name} -v${version} -P${made} -e$<TARGET_FILE:${target}> -I${debian}/${name}.symbols
      -O${control}/symbols)
  add_custom_target(${target}_symbols ALL DEPENDS ${control}/symbols)
  set(CPACK_DEBIAN_${upper}_PACKAGE_CONTROL_EXTRA ${control}/symbols ${control}/triggers PARENT_SCOPE)
endfunction()

weightport_debian(lib libweightport0 libs ""
"open and save PyTorch weight files without PyTorch
Reads every format in which torch.save and torch.jit.save have written one
file, and safetensors, and saves what PyTorch reads. Nothing that a file
names is run. Needs neither libtorch nor Python.
.
This package holds the shared library.")
weightport_debian(torch libweightport-torch0 libs "libweightport0 (= ${version})"
"run and train PyTorch models from C on libtorch
Runs TorchScript models and nests of the standard layers, and trains them
in step with Python: either takes up what the other saved.
.
This package holds the shared library.")
weightport_debian(dev libweightport-dev libdevel "libweightport0 (= ${version})"
"open and save PyTorch weight files without PyTorch: development files
Reads every format in which torch.save and torch.jit.save have written one
file, and safetensors, and saves what PyTorch reads.
.
This package holds headers for C and C++, the static library, and what
CMake and pkg-config want to know of it and of libweightport-torch.")
weightport_debian(tools weightport-tools utils "libweightport0 (= ${version})"
"show, convert, check and compare PyTorch weight files
The command weightport lists what is in a checkpoint, converts it to other
formats and dtypes, verifies its checksums, and says what differs between
two of them. Needs neither PyTorch nor Python.")
set(CPACK_DEBIAN_DEV_PACKAGE_SUGGESTS "libweightport-torch0 (= ${version}), libdeflate-dev, libsimdjson-dev")

weightport_debian_library(lib libweightport0 weightport)
if(TARGET weightport_torch)
  weightport_debian_library(torch libweightport-torch0 weightport_torch)
endif()
