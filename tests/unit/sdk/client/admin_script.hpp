// A scripted cluster that commands of the administration are run against.
#pragma once

#include <optional>
#include <utility>

#include <doctest/doctest.h>

#include "client/administration.hpp"
#include "scripted_cluster.hpp"
#include "second.hpp"

namespace klamm::test {

using client::second;
inline constexpr duration patience = 10 * second;

inline client::core_options answered_within(duration limit) {
  client::core_options out;
  out.connection.request_timeout = limit;
  return out;
}

struct admin_script {
  explicit admin_script(duration limit = patience) : cluster(answered_within(limit)) {}
  scripted_cluster cluster;

  /// Runs a command to its end, and gives its outcome.
  template <class... Parameters, class... Arguments>
  auto run(void (client::administration::*command)(Parameters...), Arguments... arguments) {
    using outcome_type = result<client::completed_by<client::last_of<Parameters...>>>;
    std::optional<outcome_type> outcome;
    cluster.core.administer(
        command, patience, [&](outcome_type came) { outcome.emplace(std::move(came)); }, cluster.now,
        cluster.out, std::move(arguments)...);
    for (int i = 0; i < 20 && !outcome; ++i) cluster.pass(second);
    REQUIRE(outcome);
    return std::move(*outcome);
  }

  /// From now on another broker than the first is the controller, and known as that.
  void move_controller() {
    cluster.brokers = 2;
    cluster.controller = node_id(2);
    // The client hears of it with what it asks of any topic.
    static_cast<void>(run(&client::administration::describe_producers,
                          std::vector{topic_partition{"nowhere", partition_id(0)}}));
  }
};

}  // namespace klamm::test
