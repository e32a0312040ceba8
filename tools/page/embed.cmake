# SPDX-License-Identifier: MIT
# cmake -DSOURCES=FILE;... -DOUT=FILE -P embed.cmake: page.html with the style and the scripts in it, cut in two where the data
# comes in, as C++ strings.
set(style "")
set(script "")
foreach(source IN LISTS SOURCES)
  file(READ ${source} text)
  if(source MATCHES "\\.html$")
    set(page "${text}")
  elseif(source MATCHES "\\.css$")
    string(APPEND style "${text}")
  else()
    string(APPEND script "${text}")
  endif()
endforeach()
string(REPLACE "{{style}}" "${style}" page "${page}")
string(REPLACE "{{script}}" "${script}" page "${page}")
string(REPLACE "{{data}}" ")page\";\nconst char *const kPageEnd = R\"page(" page "${page}")
file(WRITE ${OUT} "#include \"page.hpp\"\n\nconst char *const kPageStart = R\"page(${page})page\";\n")
