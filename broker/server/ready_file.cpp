#include "broker/server/ready_file.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <unistd.h>

#include <fmt/format.h>

namespace klamm::broker::server {

result<void> write_ready_file(const std::string& path, const std::vector<link::endpoint>& bound) {
  const auto unfinished = fmt::format("{}.{}", path, ::getpid());
  errno = 0;
  std::ofstream to(unfinished);
  for (const auto& [host, port] : bound)
    to << (host.find(':') == std::string::npos ? fmt::format("{}:{}\n", host, port)
                                               : fmt::format("[{}]:{}\n", host, port));
  to.close();
  if (to && std::rename(unfinished.c_str(), path.c_str()) == 0) return {};
  const auto why = errno;
  std::remove(unfinished.c_str());
  return error(error_code::io_error,
               fmt::format("cannot write the ready file {}: {}", path, std::strerror(why)));
}

}  // namespace klamm::broker::server
