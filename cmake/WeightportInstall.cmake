# `cmake --install`: the library, its headers and weightport.pc. The build tree has a weightport.pc too, for programs that are
# built against it before anything is installed: PKG_CONFIG_PATH=build/pkgconfig.
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

install(TARGETS weightport)
install(DIRECTORY include/weightport DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h" PATTERN torch EXCLUDE)
install(FILES include/weightport.hpp DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(FILES ${pc}/installed/weightport.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

if(WEIGHTPORT_BUILD_TORCH)
  install(TARGETS weightport_torch)
  install(DIRECTORY include/weightport/torch DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/weightport)
  install(FILES ${pc}/installed/weightport-torch.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endif()
