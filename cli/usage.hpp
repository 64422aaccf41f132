// The command line: options that take one of a few words or a number, and what is wrong with it, said of the option or the
// word that is wrong.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

namespace klamm::cli {

/// What `parse` returns. Its std::invalid_argument becomes a usage error that names the option.
template <class Parse>
auto of_option(const std::string& option, Parse parse) {
  try {
    return parse();
  } catch (const std::invalid_argument& e) {
    throw CLI::ValidationError(option, e.what());
  }
}

/// An option that takes one of a few words.
template <class T>
CLI::Option* add_choice(CLI::App& to, const std::string& names, T& into,
                        std::vector<std::pair<std::string, T>> choices, const std::string& help) {
  std::string words;
  for (const auto& [word, _] : choices) words += (words.empty() ? "" : "|") + word;
  const auto choose = [&into, choices = std::move(choices), words, names](const std::string& given) {
    for (const auto& [word, meaning] : choices)
      if (word == given) return void(into = meaning);
    throw CLI::ValidationError(names, '"' + given + "\" is none of " + words);
  };
  return to.add_option_function<std::string>(names, choose, help)->type_name(words);
}

/// What takes several names: one that comes twice is taken once.
CLI::Option* add_names(CLI::App& to, const std::string& name, std::vector<std::string>& into,
                       const std::string& help);

/// Refuses what is no whole number of that range. Most numbers of the protocol have 32 bits.
CLI::Validator at_least(std::int64_t least, std::int64_t most = INT32_MAX);

/// What is wrong with the command line, and which command's help tells more.
std::string explain(const CLI::App& app, const CLI::ParseError& error);

}  // namespace klamm::cli
