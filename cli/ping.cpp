// kcli ping: does a broker answer, and how fast?
#include <chrono>
#include <iostream>
#include <memory>

#include <klamm/admin.hpp>

#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/position.hpp"
#include "cli/usage.hpp"

namespace klamm::cli {
namespace {

int ping(const session& in, const std::string& wait) {
  auto client = in.client();
  if (!wait.empty()) client.api_timeout = of_option("--wait", [&] { return parse_duration(wait); });
  Admin admin(client);
  const auto begin = std::chrono::steady_clock::now();
  const auto cluster = admin.describe_cluster(as_result);
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
  if (!cluster) {
    std::cerr << "kcli: " << cluster.error() << '\n';
    return unreachable;
  }
  std::cout << "cluster " << cluster->cluster_id << ", " << cluster->nodes.size() << " broker(s), "
            << took.count() << " ms\n";
  return ok;
}

}  // namespace

void declare_ping(CLI::App& app, session& in) {
  auto* verb = app.add_subcommand("ping", "ask a broker for its cluster; exit status 3 if none answers");
  const auto wait = std::make_shared<std::string>();
  verb->add_option("--wait", *wait, "keep trying for so long: 500ms, 30s, 2m (default: --timeout)")
      ->type_name("TIME");
  verb->callback([&in, wait] { in.run = [&in, wait] { return ping(in, *wait); }; });
}

}  // namespace klamm::cli
