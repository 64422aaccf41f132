// kcli ping: does a broker answer, and how fast?
#include <chrono>
#include <iostream>
#include <memory>

#include <klamm/admin.hpp>

#include "cli/commands.hpp"
#include "cli/exit_code.hpp"

namespace klamm::cli {
namespace {

int ping(const session& in, double wait_seconds) {
  auto client = in.client();
  if (wait_seconds > 0) client.api_timeout = Millis(static_cast<Millis::rep>(wait_seconds * 1000));
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
  const auto wait = std::make_shared<double>(0);
  verb->add_option("--wait", *wait, "keep trying for so many seconds")->check(CLI::NonNegativeNumber);
  verb->callback([&in, wait] { in.run = [&in, wait] { return ping(in, *wait); }; });
}

}  // namespace klamm::cli
