// Standard input or a file, line by line; an interrupt ends the wait for more.
#pragma once

#include <functional>
#include <optional>
#include <stop_token>
#include <string>

namespace klamm::cli {

class input {
 public:
  /// "-" is standard input. Throws std::invalid_argument if the file cannot be opened.
  input(const std::string& path, std::stop_token stop);
  ~input();
  input(const input&) = delete;
  input& operator=(const input&) = delete;

  /// The next line, without its end. False: there is none, or the user wants to stop. Throws std::system_error.
  bool line(std::string& to);
  /// All that is left.
  std::string rest();

 private:
  bool fill();
  bool wait_for_more() const;

  std::string path_;
  std::stop_token stop_;
  int file_, wake_;  // wake_ is readable once the user wants to stop
  std::optional<std::stop_callback<std::function<void()>>> on_stop_;
  std::string buffer_;
  std::size_t at_ = 0;  // what of it was handed out
};

}  // namespace klamm::cli
