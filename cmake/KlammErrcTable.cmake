# klamm/detail/errc_table.hpp, the enumerators of the public errc, out of sdk/base/error_table.def: one truth, two enums.
# Usage: cmake -DTABLE=<error_table.def> -DOUT=<errc_table.hpp> -P KlammErrcTable.cmake

file(STRINGS "${TABLE}" rows REGEX "^KLAMM_ERROR\\(")
set(text "// Made from sdk/base/error_table.def.\n")
foreach(row IN LISTS rows)
  if(NOT row MATCHES "^KLAMM_ERROR\\(([a-z_]+), (-?[0-9]+), ([a-z_]+), \"(.*)\"\\)$")
    message(FATAL_ERROR "not a row of the error table: ${row}")
  endif()
  string(APPEND text "${CMAKE_MATCH_1} = ${CMAKE_MATCH_2},  ///< ${CMAKE_MATCH_4}\n")
endforeach()
file(WRITE "${OUT}" "${text}")
