// A program that the demo starts, ends and kills.
#pragma once

#include <filesystem>
#include <string>
#include <sys/types.h>
#include <vector>

namespace klamm::cli::demo {

/// Dies with this object, by SIGKILL, if it still runs.
class child_process {
 public:
  /// `command` is the program's path and its arguments. What it prints goes to the end of `log`, its standard output to the
  /// descriptor `output` if there is one. Its standard input is empty, and ends when this process does, however that is:
  /// nobody else is left to end it then. ^C at the terminal is not for it. Throws std::system_error.
  child_process(const std::vector<std::string>& command, const std::filesystem::path& log, int output = -1);
  ~child_process();
  child_process(const child_process&) = delete;

  /// False once it has ended, by itself or by us.
  bool running();
  /// kill -9.
  void kill();
  /// SIGTERM, and waits for its end.
  void stop();

 private:
  void end(int signal);

  pid_t pid_ = -1;  // -1: it has ended, and was waited for
  int life_ = -1;   // the other end of its standard input
};

}  // namespace klamm::cli::demo
