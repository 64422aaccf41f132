#include "broker/server/initial_controllers.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "broker/meta/config_table.hpp"
#include "broker/meta/directories.hpp"
#include "broker/node/own_configs.hpp"
#include "broker/server/configuration.hpp"

namespace klamm::broker::server {
namespace {

error refusal(std::string what) {
  return {error_code::invalid_options, "--initial-controllers: " + std::move(what)};
}

result<raft::voter> parse_one(std::string_view text, std::string_view listener) {
  const auto directory_at = text.rfind(':');
  const auto directory =
      directory_at == std::string_view::npos ? std::nullopt : parse_uuid(text.substr(directory_at + 1));
  auto parsed = directory ? parse_voter(text.substr(0, directory_at), listener)
                          : result<raft::voter>(error_code::invalid_config);
  if (!parsed || meta::is_reserved_directory(*directory))
    return refusal(
        fmt::format("\"{}\" is no ID@HOST:PORT:DIRECTORY, with the directory's id as 22 characters "
                    "of Base64",
                    text));
  parsed->directory = *directory;
  return parsed;
}

}  // namespace

result<std::vector<raft::voter>> parse_initial_controllers(std::string_view list, std::string_view listener) {
  std::vector<raft::voter> all;
  for (const auto part : meta::split_list(list)) {
    auto one = parse_one(part, listener);
    if (!one) return one.failure();
    const auto is_there = [&](const raft::voter& other) {
      return other.id == one->id || other.directory == one->directory;
    };
    if (std::ranges::any_of(all, is_there))
      return refusal(fmt::format("\"{}\" has the id or the directory of another", part));
    all.push_back(std::move(*one));
  }
  if (all.empty()) return refusal("there is none");
  return all;
}

result<void> begin_with_controllers(std::string_view list, server_options& to) {
  const node::own_configs configs(to.node.configs);
  const auto names = meta::split_list(configs.view.broker_text("controller.listener.names"));
  auto all = parse_initial_controllers(list, names.front());
  if (!all) return all.failure();
  const node_id self(static_cast<std::int32_t>(configs.view.broker_number("node.id")));
  if (!to.is_controller) return refusal("process.roles=broker is no controller: leave it out");
  if (to.node.configs.contains("controller.quorum.voters"))
    return refusal("controller.quorum.voters says already who the controllers are: leave out one of them");
  if (!raft::find_voter(*all, self))
    return refusal(
        fmt::format("node {} is none of them: add it; or leave it out, and a new directory joins the "
                    "controllers of controller.quorum.bootstrap.servers",
                    self.value));
  if (!to.controller_listener)
    return refusal(fmt::format("node {} is one of them, and listeners has no {}://HOST:PORT", self.value,
                               names.front()));
  to.node.joins = false;
  to.node.new_cluster_id = cluster_id_of(*all);
  to.node.initial_controllers = std::move(*all);
  to.disk_threads = threads_among_others;
  return {};
}

}  // namespace klamm::broker::server
