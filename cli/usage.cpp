#include "cli/usage.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

namespace klamm::cli {
namespace {

// Levenshtein's distance, a row at a time.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    auto diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j)
      diagonal = std::exchange(row[j + 1],
                               std::min({row[j] + 1, row[j + 1] + 1, diagonal + (a[i] == b[j] ? 0 : 1)}));
  }
  return row.back();
}

}  // namespace

std::string wrong_command(const CLI::App& app) {
  const auto* at = &app;
  while (!at->get_subcommands().empty()) at = at->get_subcommands().front();
  const auto commands = at->get_subcommands([](const CLI::App*) { return true; });
  const auto words = at->remaining();
  if (commands.empty() || words.empty() || words.front().starts_with('-')) return {};
  const auto& word = words.front();
  const auto* nearest = *std::ranges::min_element(
      commands, {}, [&](const CLI::App* command) { return distance(word, command->get_name()); });
  return '"' + word + "\" is no command; did you mean \"" + nearest->get_name() + "\"?";
}

}  // namespace klamm::cli
