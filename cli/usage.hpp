// What is wrong with the command line, said of the option or the word that is wrong.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

#include <CLI/CLI.hpp>

namespace klamm::cli {

/// What `parse` returns. Its std::invalid_argument becomes a usage error that names the option.
template <class Parse>
auto of_option(const char* option, Parse parse) {
  try {
    return parse();
  } catch (const std::invalid_argument& e) {
    throw CLI::ValidationError(option, e.what());
  }
}

/// `"topci" is no command; did you mean "topic"?` for a word that stands where a command is expected; else empty.
std::string wrong_command(const CLI::App& app);

}  // namespace klamm::cli
