#include "broker/server/process_roles.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "broker/meta/config_table.hpp"

namespace klamm::broker::server {
namespace {

constexpr std::string_view bootstrap_key = "controller.quorum.bootstrap.servers";
constexpr std::string_view voters_key = "controller.quorum.voters";
constexpr std::string_view auto_join_key = "controller.quorum.auto.join.enable";

/// Looks at one node's configuration, and gathers what it finds.
class examination {
 public:
  examination(const meta::config_map& configs, const std::vector<node_id>& voters)
      : view_(image_, configs, node_id()),
        configs_(configs),
        voters_(voters),
        self_(static_cast<std::int32_t>(view_.broker_number("node.id"))),
        names_(view_.broker_text("controller.listener.names")),
        roles_(parse_roles(view_.broker_text("process.roles"))) {}

  std::vector<role_fault> run() {
    if (!roles_.broker && !roles_.controller)
      add("process.roles", "say what the node is: broker, controller, or broker,controller");
    look_at_voters();
    if (roles_.broker == roles_.controller) return std::move(faults_);
    look_at_listeners("listeners", view_.broker_text("listeners"));
    if (const auto told = configs_.find("advertised.listeners"); told != configs_.end())
      look_at_listeners("advertised.listeners", told->second);
    look_at_quorum();
    return std::move(faults_);
  }

 private:
  void look_at_listeners(std::string_view key, std::string_view list) {
    for (const auto listener : meta::split_list(list)) {
      if (is_controllers(listener, names_) == roles_.controller) continue;
      if (roles_.controller)
        add(key, fmt::format("{} is for clients, and with process.roles=controller the node serves none: "
                             "leave it out, or name it in controller.listener.names ({})",
                             listener, names_));
      else
        add(key, fmt::format("{} is for controllers, by controller.listener.names, and with "
                             "process.roles=broker the node is none: leave it out",
                             listener));
    }
  }

  void look_at_voters() {
    const bool included = std::ranges::find(voters_, self_) != voters_.end();
    if (roles_.broker && !roles_.controller && included)
      add(voters_key,
          fmt::format("node {} is one of them, and with process.roles=broker it is no controller: "
                      "give the broker another node.id",
                      self_.value));
    if (roles_.controller && !voters_.empty() && !included)
      add(voters_key, fmt::format("node {} is none of them, and with process.roles={} it has to be: "
                                  "add it, or correct node.id",
                                  self_.value, view_.broker_text("process.roles")));
  }

  void look_at_quorum() {
    if (!says(bootstrap_key) && !says(voters_key))
      add("process.roles", fmt::format("a {} alone has to know its quorum: set {} or {}",
                                       roles_.broker ? "broker" : "controller", bootstrap_key, voters_key));
    if (roles_.broker && view_.broker_flag(auto_join_key))
      add(auto_join_key, "only a controller can vote, and process.roles has none: leave it out");
  }

  bool says(std::string_view key) const {
    const auto found = configs_.find(key);
    return found != configs_.end() && !meta::split_list(found->second).empty();
  }

  void add(std::string_view key, std::string what) { faults_.push_back({key, std::move(what)}); }

  meta::image image_;
  meta::config_view view_;
  const meta::config_map& configs_;
  const std::vector<node_id>& voters_;
  node_id self_;
  std::string_view names_;
  process_roles roles_;
  std::vector<role_fault> faults_;
};

}  // namespace

process_roles parse_roles(std::string_view list) {
  const auto all = meta::split_list(list);
  const auto has = [&](std::string_view role) { return std::ranges::find(all, role) != all.end(); };
  return {has("broker"), has("controller")};
}

bool is_controllers(std::string_view listener, std::string_view names) {
  const auto all = meta::split_list(names);
  return std::find(all.begin(), all.end(), listener.substr(0, listener.find("://"))) != all.end();
}

std::vector<role_fault> check_roles(const meta::config_map& configs, const std::vector<node_id>& voters) {
  return examination(configs, voters).run();
}

}  // namespace klamm::broker::server
