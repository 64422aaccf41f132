// process.roles, and what it asks of the rest of a node's configuration, as Apache Kafka does (KIP-500, KIP-1186):
//
//   rule \ roles                                 broker              controller              both
//   ------------------------------------------   -----------------   ---------------------   --------------------------------
//   controller.quorum.voters, or                 needed              needed                  without: alone
//   controller.quorum.bootstrap.servers
//   the node in controller.quorum.voters         refused             needed                  may be
//   listeners, advertised.listeners              clients' alone      controllers' alone      clients', perhaps controllers'
//   controller.quorum.auto.join.enable           refused             may be                  may be
//
// Whether a listener is the clients' or the controllers', controller.listener.names says.
#pragma once

#include <string>
#include <vector>

#include "base/ids.hpp"
#include "broker/meta/config_view.hpp"

namespace klamm::broker::server {

struct process_roles {
  bool broker = true, controller = true;
};

/// Of the key's value, which holds none but these two. Neither, where it is empty.
process_roles parse_roles(std::string_view list);

/// Whether the listener, NAME://HOST:PORT, is one of those that the names list.
bool is_controllers(std::string_view listener, std::string_view names);

struct role_fault {
  std::string_view key;
  std::string what;
};
/// What stands against the node's roles. `voters` are those of controller.quorum.voters.
std::vector<role_fault> check_roles(const meta::config_map& configs, const std::vector<node_id>& voters);

}  // namespace klamm::broker::server
