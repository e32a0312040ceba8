# Warnings, sanitizers and visibility: what every target of this project is compiled with.
add_library(weightport_flags INTERFACE)
target_compile_options(weightport_flags INTERFACE -Wall -Wextra -Wpedantic
  $<$<BOOL:${WEIGHTPORT_WERROR}>:-Werror>
  # GCC 12 takes string concatenation for an overlapping memcpy (GCC bug 105651).
  $<$<AND:$<COMPILE_LANG_AND_ID:CXX,GNU>,$<VERSION_LESS:$<CXX_COMPILER_VERSION>,13>>:-Wno-restrict>)
# Files over 2 GiB on 32 bit systems.
target_compile_definitions(weightport_flags INTERFACE _FILE_OFFSET_BITS=64)
if(WEIGHTPORT_SANITIZE)
  target_compile_options(weightport_flags INTERFACE -fsanitize=${WEIGHTPORT_SANITIZE} -fno-omit-frame-pointer
    -fno-sanitize-recover=undefined
    # What each check would say is half of a program made by GCC: there a check ends in SIGILL, whose place the address sanitizer
    # shows (ASAN_OPTIONS=handle_sigill=1).
    $<$<OR:$<COMPILE_LANG_AND_ID:C,GNU>,$<COMPILE_LANG_AND_ID:CXX,GNU>>:-fsanitize-undefined-trap-on-error>
    # A third of GCC's time. What is read through null, the address sanitizer shows; the fuzz targets, compiled by clang, have it.
    $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-fno-sanitize=null>
    # GCC 12 warns of <regex> and <functional> in code that the sanitizers have changed (GCC bug 105562).
    $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wno-maybe-uninitialized>)
  target_link_options(weightport_flags INTERFACE -fsanitize=${WEIGHTPORT_SANITIZE})
endif()

# One folder of lib/: sources, then what it stands on.
function(weightport_folder name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS" ${ARGN})
  add_library(weightport_${name} STATIC ${ARG_SOURCES})
  target_include_directories(weightport_${name} PUBLIC ${PROJECT_SOURCE_DIR}/lib ${PROJECT_SOURCE_DIR}/include)
  target_compile_definitions(weightport_${name} PRIVATE WP_STATIC)
  target_link_libraries(weightport_${name} PUBLIC ${ARG_DEPENDS} PRIVATE $<BUILD_INTERFACE:weightport_flags>)
  set_target_properties(weightport_${name} PROPERTIES POSITION_INDEPENDENT_CODE ON CXX_VISIBILITY_PRESET hidden
    VISIBILITY_INLINES_HIDDEN ON)
endfunction()
