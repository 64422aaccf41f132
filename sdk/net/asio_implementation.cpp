// The one place where Asio itself is compiled (ASIO_SEPARATE_COMPILATION).
#include <asio/impl/src.hpp>
