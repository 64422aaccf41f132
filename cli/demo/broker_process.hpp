// A broker in a process of its own, to be killed and started again on the same port and data.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <sys/types.h>

namespace klamm::cli::demo {

class broker_process {
 public:
  /// `binary` is klamm-broker. Nothing runs yet.
  broker_process(std::string binary, std::filesystem::path directory);
  ~broker_process();
  broker_process(const broker_process&) = delete;

  /// Starts it and waits until it serves; returns how long that took. Throws std::runtime_error with the end of its output.
  std::chrono::milliseconds start();
  /// kill -9.
  void kill();
  /// SIGTERM, and waits for its end.
  void stop();

  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

 private:
  void wait_until_ready();
  void end(int signal);
  std::string last_words() const;

  std::string binary_;
  std::filesystem::path directory_;
  std::uint16_t port_ = 0;  // chosen by the first start, kept by the others
  pid_t pid_ = -1;
};

}  // namespace klamm::cli::demo
