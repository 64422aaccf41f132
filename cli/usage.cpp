#include "cli/usage.hpp"

#include <algorithm>
#include <charconv>
#include <numeric>

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

std::string nearest(std::string_view word, const std::vector<std::string>& known) {
  return *std::ranges::min_element(known, {}, [&](const auto& name) { return distance(word, name); });
}

/// From kcli itself to the command that was chosen.
std::vector<const CLI::App*> path_to_chosen(const CLI::App& app) {
  std::vector<const CLI::App*> path{&app};
  while (!path.back()->get_subcommands().empty()) path.push_back(path.back()->get_subcommands().front());
  return path;
}

std::vector<std::string> commands_of(const CLI::App& app) {
  std::vector<std::string> names;
  for (const auto* command : app.get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(command->get_name());
  return names;
}

/// The options of a command and of those above it, with their dashes.
std::vector<std::string> options_of(const std::vector<const CLI::App*>& path) {
  std::vector<std::string> names;
  for (const auto* app : path)
    for (const auto* option : app->get_options()) {
      for (const auto& name : option->get_lnames()) names.push_back("--" + name);
      for (const auto& name : option->get_snames()) names.push_back("-" + name);
    }
  return names;
}

/// Words that nothing takes: an option that does not exist explains those behind it.
std::string explain_extras(const std::vector<const CLI::App*>& path, const std::vector<std::string>& words) {
  const auto option = std::ranges::find_if(words, [](const auto& word) { return word.starts_with('-'); });
  if (option == words.end()) return "what is \"" + words.front() + "\" for? Nothing takes it";
  const auto known = options_of(path);
  return "there is no option " + *option +
         (option->size() > 2 ? "; did you mean " + nearest(*option, known) + "?" : "");
}

}  // namespace

CLI::Option* add_names(CLI::App& to, const std::string& name, std::vector<std::string>& into,
                       const std::string& help) {
  const auto take = [&into](const std::vector<std::string>& given) {
    for (const auto& one : given)
      if (std::ranges::find(into, one) == into.end()) into.push_back(one);
  };
  return to.add_option_function<std::vector<std::string>>(name, take, help);
}

CLI::Validator at_least(std::int64_t least, std::int64_t most) {
  const auto check = [least, most](const std::string& text) {
    std::int64_t number = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failure == std::errc() && end == text.data() + text.size() && number >= least && number <= most)
      return std::string();
    return '"' + text + "\" is no whole number from " + std::to_string(least) +
           (most == INT64_MAX ? "" : " to " + std::to_string(most));
  };
  return CLI::Validator(check, "");
}

std::string explain(const CLI::App& app, const CLI::ParseError& error) {
  const auto path = path_to_chosen(app);
  std::string command;
  for (const auto* at : path) command += at->get_name() + ' ';
  const auto commands = commands_of(*path.back());
  // What a command does not take falls through to kcli, in the order in which it was written.
  const auto words = app.remaining(true);
  std::string wrong = error.what();
  if (!words.empty()) {
    wrong = commands.empty() || words.front().starts_with('-')
                ? explain_extras(path, words)
                : '"' + words.front() + "\" is no command; did you mean \"" +
                      nearest(words.front(), commands) + "\"?";
  } else if (!commands.empty()) {
    wrong = "expected a command: " +
            std::accumulate(std::next(commands.begin()), commands.end(), commands[0],
                            [](auto all, const auto& name) { return all + ", " + name; });
  }
  return wrong + "\n(" + command + "--help says more)";
}

}  // namespace klamm::cli
