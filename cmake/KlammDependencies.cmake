# What we stand on, all of it packaged by Debian and Ubuntu (./dev setup installs it).

find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(ZLIB REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(klamm_lz4 REQUIRED IMPORTED_TARGET liblz4)
pkg_check_modules(klamm_zstd REQUIRED IMPORTED_TARGET libzstd)
pkg_check_modules(klamm_isal REQUIRED IMPORTED_TARGET libisal)
pkg_check_modules(klamm_httplib REQUIRED IMPORTED_TARGET cpp-httplib)
find_package(Snappy REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(fmt REQUIRED)

find_path(KLAMM_ASIO_INCLUDE asio.hpp REQUIRED)
file(STRINGS "${KLAMM_ASIO_INCLUDE}/asio/version.hpp" KLAMM_ASIO_VERSION REGEX "^#define ASIO_VERSION [0-9]+")
string(REGEX MATCH "[0-9]+" KLAMM_ASIO_VERSION "${KLAMM_ASIO_VERSION}")
add_library(klamm_asio INTERFACE)
target_include_directories(klamm_asio SYSTEM INTERFACE "${KLAMM_ASIO_INCLUDE}")
# No ASIO_NO_DEPRECATED, which applications do not set: it gives functions of one name another result, and the static library's
# stand in for the application's.
target_compile_definitions(klamm_asio INTERFACE ASIO_SEPARATE_COMPILATION)
# Left to itself, Asio allocates by aligned_alloc or by operator new depending on which header came first, and separately compiled
# it frees by the other one.
target_compile_definitions(klamm_asio INTERFACE ASIO_HAS_STD_ALIGNED_ALLOC)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # Asio 1.22.1 does not recognise the coroutines of clang 19 by itself.
  target_compile_definitions(klamm_asio INTERFACE ASIO_HAS_CO_AWAIT ASIO_HAS_STD_COROUTINE)
endif()
target_link_libraries(klamm_asio INTERFACE Threads::Threads)

if(KLAMM_CLI OR KLAMM_BROKER)
  find_package(CLI11 REQUIRED)
endif()
if(KLAMM_TESTS)
  find_package(doctest REQUIRED)
endif()
