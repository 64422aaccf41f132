// Asio's own OpenSSL server, compiled once.
#include <asio/ssl/impl/src.hpp>
