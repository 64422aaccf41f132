# What `cmake --install` puts where: headers, libraries, programs, the CMake package and the pkg-config files.
#
# One form of the libraries is installed, as BUILD_SHARED_LIBS (or KLAMM_SHARED) says. The components "headers", "programs",
# "static" and "shared" can be asked for by themselves (cmake --install build --component shared), the form that was not chosen
# by that alone.

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
include(KlammLibrary)

set(KLAMM_FORM static)
if(KLAMM_SHARED OR (KLAMM_SHARED STREQUAL "" AND BUILD_SHARED_LIBS))
  set(KLAMM_FORM shared)
endif()

# What the static form has to be linked with:
#   target | how the CMake package finds it | pkg-config module | linker flags where that has none
set(KLAMM_OUTSIDE_TABLE
  "OpenSSL::SSL|find_dependency(OpenSSL)|openssl|"
  "OpenSSL::Crypto|find_dependency(OpenSSL)|openssl|"
  "ZLIB::ZLIB|find_dependency(ZLIB)|zlib|"
  "fmt::fmt|find_dependency(fmt)|fmt|"
  "Snappy::snappy|find_dependency(Snappy)||-lsnappy"
  "Threads::Threads|find_dependency(Threads)||-pthread"
  "PkgConfig::klamm_lz4|klamm_find_module(klamm_lz4 liblz4)|liblz4|"
  "PkgConfig::klamm_zstd|klamm_find_module(klamm_zstd libzstd)|libzstd|"
  "PkgConfig::klamm_isal|klamm_find_module(klamm_isal libisal)|libisal|"
  "PkgConfig::klamm_httplib|klamm_find_module(klamm_httplib cpp-httplib)|cpp-httplib|")

# klamm_outside(<targets> <how to find> <modules> <flags>): the table's columns for some targets.
function(klamm_outside targets find_out modules_out flags_out)
  set(find "")
  set(modules "")
  set(flags "")
  foreach(target IN LISTS targets)
    set(row ${KLAMM_OUTSIDE_TABLE})
    list(FILTER row INCLUDE REGEX "^${target}\\|")
    if(NOT row MATCHES "^[^|]+\\|([^|]+)\\|([^|]*)\\|([^|]*)$")
      message(FATAL_ERROR "${target} is linked, and KLAMM_OUTSIDE_TABLE does not say how an installed klamm finds it")
    endif()
    list(APPEND find ${CMAKE_MATCH_1})
    list(APPEND modules ${CMAKE_MATCH_2})
    list(APPEND flags ${CMAKE_MATCH_3})
  endforeach()
  foreach(column find modules flags)
    list(REMOVE_DUPLICATES ${column})
    set(${${column}_out} ${${column}} PARENT_SCOPE)
  endforeach()
endfunction()

# klamm_pkg_config(<form> <file> <description> <requires> <flags>)
function(klamm_pkg_config form file description requires flags)
  # An installation that is moved as a whole goes on working.
  if(IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}" OR IS_ABSOLUTE "${CMAKE_INSTALL_INCLUDEDIR}")
    set(prefix "${CMAKE_INSTALL_PREFIX}")
    set(libdir "${CMAKE_INSTALL_FULL_LIBDIR}")
    set(includedir "${CMAKE_INSTALL_FULL_INCLUDEDIR}")
  else()
    file(RELATIVE_PATH up "/p/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/p")
    cmake_path(SET up NORMALIZE "${up}.")
    set(prefix "\${pcfiledir}/${up}")
    set(libdir "\${prefix}/${CMAKE_INSTALL_LIBDIR}")
    set(includedir "\${prefix}/${CMAKE_INSTALL_INCLUDEDIR}")
  endif()
  list(JOIN requires ", " requires)
  list(JOIN flags " " flags)
  configure_file("${klamm_SOURCE_DIR}/cmake/klamm.pc.in" "${klamm_BINARY_DIR}/package/${form}/${file}.pc" @ONLY)
endfunction()

# klamm_install_form(<form> [EXCLUDE_FROM_ALL]): the libraries in that form, and the packages that tell of them.
function(klamm_install_form form)
  set(package "${klamm_BINARY_DIR}/package/${form}")
  set(place "${CMAKE_INSTALL_LIBDIR}/cmake/klamm")
  set(dependencies "")
  set(targets "")
  foreach(library IN LISTS KLAMM_LIBRARIES)
    list(APPEND targets klamm_${form}_${library})
    set(ours ${KLAMM_OVER_${library}})
    set(modules "")
    set(flags "")
    if(form STREQUAL "static")
      list(APPEND ours ${KLAMM_ON_${library}})
      klamm_outside("${KLAMM_OUTSIDE_${library}}" find modules flags)
      list(APPEND dependencies ${find})
    endif()
    foreach(other IN LISTS ours)
      list(PREPEND modules "${KLAMM_FILE_${other}} = ${klamm_VERSION}")
    endforeach()
    klamm_pkg_config(${form} ${KLAMM_FILE_${library}} "${KLAMM_DESCRIPTION_${library}}" "${modules}" "${flags}")
  endforeach()
  list(REMOVE_DUPLICATES dependencies)
  list(JOIN dependencies "\n" KLAMM_FIND_DEPENDENCIES)
  configure_package_config_file("${klamm_SOURCE_DIR}/cmake/klamm-config.cmake.in" "${package}/klamm-config.cmake"
    INSTALL_DESTINATION "${place}" NO_SET_AND_CHECK_MACRO)
  write_basic_package_version_file("${package}/klamm-config-version.cmake" COMPATIBILITY SameMinorVersion)

  install(TARGETS ${targets} EXPORT klamm-${form}
    LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT ${form} ${ARGN}
    ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT ${form} ${ARGN})
  install(EXPORT klamm-${form} NAMESPACE klamm:: FILE klamm-${form}-targets.cmake DESTINATION "${place}" COMPONENT ${form} ${ARGN})
  install(FILES "${package}/klamm-config.cmake" "${package}/klamm-config-version.cmake"
    DESTINATION "${place}" COMPONENT ${form} ${ARGN})
  install(DIRECTORY "${package}/" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig" COMPONENT ${form} ${ARGN}
    FILES_MATCHING PATTERN "*.pc")
endfunction()

klamm_library(sdk OF klamm_sdk FILE klamm DESCRIPTION "Apache Kafka client")
install(DIRECTORY "${klamm_SOURCE_DIR}/sdk/include/" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" COMPONENT headers
  PATTERN inspect.hpp EXCLUDE)  # what it declares is in no library that is installed
get_target_property(errc_table_place klamm_errc_table BINARY_DIR)
install(DIRECTORY "${errc_table_place}/include/" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" COMPONENT headers)

if(KLAMM_BROKER)
  klamm_library(broker OF klamm_broker_server FILE klamm-broker ON sdk DESCRIPTION "Apache Kafka broker in the process")
  klamm_library(testing OF klamm_testing FILE klamm-testing ON broker OVER sdk DESCRIPTION "Apache Kafka clusters in tests")
  install(DIRECTORY "${klamm_SOURCE_DIR}/broker/include/" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" COMPONENT headers)
  install(TARGETS klamm-broker RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}" COMPONENT programs)
endif()
if(KLAMM_CLI)
  install(TARGETS kcli RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}" COMPONENT programs)
endif()
install(FILES "${klamm_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DOCDIR}" COMPONENT headers)

foreach(form static shared)
  if(form STREQUAL KLAMM_FORM)
    klamm_install_form(${form})
  else()
    klamm_install_form(${form} EXCLUDE_FROM_ALL)
  endif()
endforeach()
