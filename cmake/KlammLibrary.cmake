# One library for users out of the many modules: libklamm and libklamm-broker, each static and shared, from the objects that the
# modules have compiled already.

# klamm_parts(<target> <modules> <outside> [<without>...]): what a target is made of, found by walking its links: the modules of ours
# that have objects, and what others have made; without what is reached through <without> alone.
function(klamm_parts target modules_out outside_out)
  set(queue ${target})
  set(seen ${ARGN})
  set(modules "")
  set(outside "")
  while(queue)
    list(POP_FRONT queue next)
    if(next IN_LIST seen)
      continue()
    endif()
    list(APPEND seen ${next})
    if(NOT next MATCHES "^klamm_")
      list(APPEND outside ${next})
      continue()
    endif()
    get_target_property(type ${next} TYPE)
    if(type STREQUAL "STATIC_LIBRARY")
      list(APPEND modules ${next})
      get_target_property(links ${next} LINK_LIBRARIES)
    else()
      get_target_property(links ${next} INTERFACE_LINK_LIBRARIES)
    endif()
    if(links)
      list(APPEND queue ${links})
    endif()
  endwhile()
  # Headers alone, and none that our public ones include: nothing of them is left to link.
  list(REMOVE_ITEM outside nlohmann_json::nlohmann_json)
  set(${modules_out} ${modules} PARENT_SCOPE)
  set(${outside_out} ${outside} PARENT_SCOPE)
endfunction()

# What both forms have in common. The form that is not installed is made only where the tests want it.
function(klamm_merged form name file modules)
  set(target klamm_${form}_${name})
  set(objects "")
  foreach(module IN LISTS modules)
    list(APPEND objects "$<TARGET_OBJECTS:${module}>")
  endforeach()
  string(TOUPPER ${form} kind)
  add_library(${target} ${kind} ${objects})
  set_target_properties(${target} PROPERTIES
    LINKER_LANGUAGE CXX
    OUTPUT_NAME ${file}
    EXPORT_NAME ${name}
    VERSION ${klamm_VERSION}
    # Before 1.0 a minor version may break what links it.
    SOVERSION ${klamm_VERSION_MAJOR}.${klamm_VERSION_MINOR}
    ARCHIVE_OUTPUT_DIRECTORY "${klamm_BINARY_DIR}/lib"
    LIBRARY_OUTPUT_DIRECTORY "${klamm_BINARY_DIR}/lib")
  if(NOT form STREQUAL KLAMM_FORM AND NOT KLAMM_TESTS)
    set_target_properties(${target} PROPERTIES EXCLUDE_FROM_ALL TRUE)
  endif()
  target_include_directories(${target} INTERFACE "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>")
  target_compile_features(${target} INTERFACE cxx_std_20)
endfunction()

# klamm_library(<name> OF <module> FILE <file name> DESCRIPTION <text> [ON <others>] [OVER <others>]): the library
# that users link as klamm::<name>. The static form holds what the libraries <others> do not. The shared one has its own copy of
# what it needs of those ON which it stands, because what is inside one is hidden from the other; of those OVER whose public
# headers alone it works it has none, and is linked with them.
function(klamm_library name)
  cmake_parse_arguments(arg "" "OF;FILE;DESCRIPTION" "ON;OVER" ${ARGN})
  set(over "")
  foreach(other IN LISTS arg_OVER)
    list(APPEND over ${KLAMM_OF_${other}})
  endforeach()
  klamm_parts(${arg_OF} modules outside ${over})
  klamm_merged(shared ${name} ${arg_FILE} "${modules}")
  foreach(link IN LISTS outside)
    target_link_libraries(klamm_shared_${name} PRIVATE $<BUILD_INTERFACE:${link}>)
  endforeach()
  foreach(other IN LISTS arg_OVER)
    target_link_libraries(klamm_shared_${name} PUBLIC klamm_shared_${other})
  endforeach()
  target_link_options(klamm_shared_${name} PRIVATE LINKER:-z,defs LINKER:--version-script=${klamm_SOURCE_DIR}/cmake/klamm.map)
  set_target_properties(klamm_shared_${name} PROPERTIES
    LINK_DEPENDS "${klamm_SOURCE_DIR}/cmake/klamm.map"
    INSTALL_RPATH "$ORIGIN")  # ours stand side by side

  foreach(other IN LISTS arg_ON arg_OVER)
    klamm_parts(${KLAMM_OF_${other}} there outside_there)
    list(REMOVE_ITEM modules ${there})
    list(REMOVE_ITEM outside ${outside_there})
  endforeach()
  klamm_merged(static ${name} ${arg_FILE} "${modules}")
  target_link_libraries(klamm_static_${name} PRIVATE ${outside})
  foreach(other IN LISTS arg_ON arg_OVER)
    target_link_libraries(klamm_static_${name} PUBLIC klamm_static_${other})
  endforeach()

  # For whoever writes the packages.
  set(KLAMM_LIBRARIES ${KLAMM_LIBRARIES} ${name} PARENT_SCOPE)
  set(KLAMM_OUTSIDE_${name} ${outside} PARENT_SCOPE)
  foreach(fact OF FILE DESCRIPTION ON OVER)
    set(KLAMM_${fact}_${name} "${arg_${fact}}" PARENT_SCOPE)
  endforeach()
endfunction()
