// A directory that goes with its owner, also with one that could not be made to the end.
#pragma once

#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

namespace klamm::broker::server {

class temporary_directory {
 public:
  temporary_directory() = default;
  ~temporary_directory() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  temporary_directory(const temporary_directory&) = delete;
  temporary_directory& operator=(const temporary_directory&) = delete;

  const std::string& own(std::string path) { return path_ = std::move(path); }

 private:
  std::string path_;  // empty: none
};

}  // namespace klamm::broker::server
