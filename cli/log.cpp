// kcli log dump: Kafka's log files as JSON lines.
#include <iostream>
#include <memory>

#include <klamm/inspect.hpp>

#include "cli/commands.hpp"
#include "cli/exit_code.hpp"

namespace klamm::cli {

void declare_log(CLI::App& app, session& in) {
  auto* noun = app.add_subcommand("log", "look into log files")->require_subcommand(1);
  auto* dumps = noun->add_subcommand("dump", "print batches and records, or index entries, as JSON lines");
  const auto files = std::make_shared<std::vector<std::string>>();
  const auto brief = std::make_shared<bool>(false);
  dumps->add_option("FILE", *files, ".log, .checkpoint, .index or .timeindex")->required();
  dumps->add_flag("--no-records", *brief, "only the headers of batches");
  dumps->callback([&in, files, brief] {
    in.run = [files, brief] {
      for (const auto& file : *files)
        inspect::dump_file(file, {.records = !*brief}, [](std::string_view line) {
          std::cout << line << '\n';
        }).value();
      return int{ok};
    };
  });
}

}  // namespace klamm::cli
