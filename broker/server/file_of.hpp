// The open file that a disk operation is about.
#pragma once

#include <variant>

#include "broker/log/disk.hpp"

namespace klamm::broker::server {

/// Null for those that name paths.
inline const log::file_id* file_of(const log::disk_operation& operation) {
  return std::visit(
      [](const auto& what) -> const log::file_id* {
        if constexpr (requires { what.file; })
          return &what.file;
        else
          return nullptr;
      },
      operation);
}

}  // namespace klamm::broker::server
