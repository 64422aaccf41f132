# How everything here is compiled: the language, the warnings, the sanitizers, ccache and mold when present.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

if(PROJECT_IS_TOP_LEVEL)
  if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
    set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "Build type" FORCE)
  endif()

  # Assertions stay on in every build: they are documentation that is checked.
  string(REPLACE "-DNDEBUG" "" CMAKE_CXX_FLAGS_RELEASE "${CMAKE_CXX_FLAGS_RELEASE}")
  string(REPLACE "-DNDEBUG" "" CMAKE_CXX_FLAGS_RELWITHDEBINFO "${CMAKE_CXX_FLAGS_RELWITHDEBINFO}")

  set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")

  find_program(KLAMM_CCACHE ccache)
  if(KLAMM_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    set(CMAKE_CXX_COMPILER_LAUNCHER "${KLAMM_CCACHE}")
  endif()

  find_program(KLAMM_MOLD mold)
  if(KLAMM_MOLD)
    add_link_options(-fuse-ld=mold)
  endif()
endif()

# The flags of our own code, and of nothing that includes our headers.
add_library(klamm_flags INTERFACE)
target_compile_options(klamm_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wnon-virtual-dtor -Woverloaded-virtual -Wimplicit-fallthrough -Wold-style-cast
  -Wno-missing-field-initializers)  # designated initializers name what matters; the rest has its default
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 13 and 14 see std::optional<std::vector> used before it is set where it is not. The sanitizers find what is true of it.
  target_compile_options(klamm_flags INTERFACE -Wno-maybe-uninitialized)
  if(CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    # GCC 12 sees a string's assignment of a literal overlap itself (GCC bug 105651).
    target_compile_options(klamm_flags INTERFACE -Wno-restrict)
  endif()
else()
  # clang takes it for our use of a deprecated function that libstdc++ 12's own stable_sort calls one. GCC tells of ours.
  target_compile_options(klamm_flags INTERFACE -Wno-deprecated-declarations)
endif()
if(KLAMM_WERROR)
  target_compile_options(klamm_flags INTERFACE -Werror)
endif()
if(KLAMM_SANITIZE)
  add_compile_options(-fsanitize=${KLAMM_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${KLAMM_SANITIZE})
endif()
if(KLAMM_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

# Much of what compiling costs here is reading the same headers again (broker/replica: 20.6 s of CPU, 10.6 s
# together), so a build may compile the sources of a target eight at a time (CMAKE_UNITY_BUILD, which the presets for work and
# tests set; a release has each by itself). What a source keeps to itself in an unnamed namespace then meets what its neighbours
# keep: klamm_apart(<sources>...) leaves out the ones that cannot.
function(klamm_apart)
  set_source_files_properties(${ARGN} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
endfunction()

# Generated codecs are long straight lines, whose optimising costs most of a sanitizer build: 70 s of CPU for four sources at
# -O1, 23 s at -O0, with the same checks. A fuzzer runs them a million times over, so it pays.
function(klamm_generated_sources)
  klamm_apart(${ARGN})
  if(KLAMM_SANITIZE AND NOT KLAMM_FUZZ)
    set_source_files_properties(${ARGN} PROPERTIES COMPILE_OPTIONS -O0)
  endif()
endfunction()
