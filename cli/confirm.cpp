#include "cli/confirm.hpp"

#include <iostream>
#include <string>
#include <unistd.h>

namespace klamm::cli {

bool confirm(std::string_view question, bool yes) {
  if (yes) return true;
  if (::isatty(STDIN_FILENO) == 0) {
    std::cerr << "kcli: " << question << " There is no terminal to ask on: say -y to mean it.\n";
    return false;
  }
  std::cerr << question << " [y/N] ";
  std::string answer;
  std::getline(std::cin, answer);
  return answer == "y" || answer == "yes";
}

}  // namespace klamm::cli
