// kcli raw: any request of the protocol, in JSON.
#include <iostream>
#include <memory>

#include <klamm/inspect.hpp>

#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/table.hpp"
#include "cli/usage.hpp"

namespace klamm::cli {
namespace {

int list(const session& in) {
  auto rows = in.rows({"key", "api", "min", "max"});
  for (const auto& api : inspect::apis()) rows.add({api.key, api.name, api.min_version, api.max_version});
  rows.print(std::cout);
  return ok;
}

int raw(const session& in, const std::string& api, int version) {
  const std::string request{std::istreambuf_iterator<char>(std::cin), {}};
  std::cout << inspect::call(in.client(), api, version, request.empty() ? "{}" : request).value() << '\n';
  return ok;
}

}  // namespace

void declare_raw(CLI::App& app, session& in) {
  auto* verb =
      app.add_subcommand("raw", "send a request as JSON from standard input; print the answer as JSON");
  const auto api = std::make_shared<std::string>();
  const auto version = std::make_shared<int>(-1);
  verb->add_option("API", *api, "its name (Metadata) or key (3); without one: list them all");
  verb->add_option("-v,--version", *version, "the version (default: the highest that both ends have)")
      ->check(at_least(0, INT16_MAX));
  in.declare_output(*verb);
  verb->callback([&in, api, version] {
    in.run = [&in, api, version] { return api->empty() ? list(in) : raw(in, *api, *version); };
  });
}

}  // namespace klamm::cli
