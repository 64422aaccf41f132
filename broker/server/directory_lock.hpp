// Keeps two brokers out of one data directory.
#pragma once

#include <memory>
#include <string>

#include "base/result.hpp"

namespace klamm::broker::server {

/// Holds `<directory>/.lock` until destroyed, as Apache Kafka does: either kind of broker refuses a directory that the other
/// one uses. It also holds against a second broker in the same process.
class directory_lock {
 public:
  /// Errors: io_error, saying who holds it where that is known. The directory exists.
  static result<directory_lock> acquire(const std::string& directory);

  directory_lock(directory_lock&& other) noexcept;
  directory_lock& operator=(directory_lock&& other) noexcept;
  ~directory_lock();

 private:
  explicit directory_lock(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace klamm::broker::server
