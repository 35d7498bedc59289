# One library per folder: it exposes its own include/ and nothing else, so an upward include does not compile.
#   beamnode_module(<name> DEPENDS <targets...> [PRIVATE_DEPENDS <targets...>])
function(beamnode_module name)
  cmake_parse_arguments(ARG "" "" "DEPENDS;PRIVATE_DEPENDS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/src/*.cpp)
  file(GLOB_RECURSE headers CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/include/*.hpp)
  add_library(beamnode_${name} STATIC ${sources})
  add_library(beamnode::${name} ALIAS beamnode_${name})
  target_sources(beamnode_${name} PUBLIC FILE_SET HEADERS BASE_DIRS include FILES ${headers})
  target_include_directories(beamnode_${name} PRIVATE src)
  target_compile_features(beamnode_${name} PUBLIC cxx_std_20)
  target_link_libraries(beamnode_${name} PUBLIC ${ARG_DEPENDS} PRIVATE ${ARG_PRIVATE_DEPENDS} beamnode_options)
endfunction()

# Warnings, sanitizers: what our own code is built with, never what users of the libraries inherit.
add_library(beamnode_options INTERFACE)
if(BEAMNODE_DEVELOPER)
  target_compile_options(beamnode_options INTERFACE
    -Wall -Wextra -Wconversion -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Wno-missing-field-initializers -Werror)
endif()
if(BEAMNODE_SANITIZE)
  add_compile_options(-fsanitize=${BEAMNODE_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${BEAMNODE_SANITIZE})
endif()
