// kcli group list | describe | lag | seek | delete
#include <iostream>
#include <memory>

#include <klamm/admin.hpp>

#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/group_seek.hpp"
#include "cli/report.hpp"
#include "cli/table.hpp"
#include "cli/usage.hpp"

namespace klamm::cli {
namespace {

int list(const session& in) {
  auto rows = in.rows({"group", "type", "protocol", "state"});
  for (const auto& group : Admin(in.client()).list_groups())
    rows.add({group.id, group.type, group.protocol_type, group.state});
  rows.print(std::cout);
  return ok;
}

int describe(const session& in, const std::vector<std::string>& names) {
  const std::vector<std::string_view> wanted(names.begin(), names.end());
  auto rows = in.rows({"group", "state", "assignor", "member", "instance", "client", "host", "partitions"},
                      {"protocol", "coordinator"});
  auto status = ok;
  for (const auto& [name, outcome] : Admin(in.client()).describe_groups(wanted)) {
    if (!outcome) {
      std::cerr << "kcli: " << outcome.error() << '\n';
      status = exit_code_of(status, outcome.error());
      continue;
    }
    if (outcome->members.empty())
      rows.add({name, outcome->state, outcome->assignor, nullptr, nullptr, nullptr, nullptr, nullptr,
                outcome->protocol_type, outcome->coordinator.value});
    for (const auto& member : outcome->members) {
      auto partitions = nlohmann::ordered_json::array();
      for (const auto& at : member.assignment)
        partitions.push_back(at.topic + '/' + std::to_string(at.partition.value));
      rows.add({name, outcome->state, outcome->assignor, member.member_id, member.group_instance_id,
                member.client_id, member.client_host, partitions, outcome->protocol_type,
                outcome->coordinator.value});
    }
  }
  if (!rows.empty()) rows.print(std::cout);
  return status;
}

/// Nothing is behind where nothing was committed; but a group that does not exist is a mistake.
Result<void> exists(Admin& admin, const std::string& group) {
  const auto described = admin.describe_groups({std::string_view(group)});
  const auto& outcome = described.begin()->second;
  return outcome ? Result<void>() : Result<void>(outcome.error());
}

int lag(const session& in, const std::vector<std::string>& names) {
  const std::vector<std::string_view> wanted(names.begin(), names.end());
  auto rows = in.rows({"group", "topic", "partition", "committed", "end", "lag"});
  auto status = ok;
  Admin admin(in.client());
  for (const auto& [name, outcome] : admin.group_lag(wanted)) {
    if (outcome && outcome->empty())
      if (const auto there = exists(admin, name); !there) {
        std::cerr << "kcli: " << there.error() << '\n';
        status = exit_code_of(status, there.error());
        continue;
      }
    if (!outcome) {
      std::cerr << "kcli: " << outcome.error() << '\n';
      status = exit_code_of(status, outcome.error());
      continue;
    }
    for (const auto& p : *outcome)
      rows.add({name, p.at.topic, p.at.partition.value, p.committed.value, p.end.value, p.lag});
  }
  if (status == ok || !rows.empty()) rows.print(std::cout);
  return status;
}

int remove(const session& in, const std::vector<std::string>& names) {
  if (!in.confirm("Delete " + std::to_string(names.size()) + " group(s) with what they have committed?"))
    return usage;
  const std::vector<std::string_view> wanted(names.begin(), names.end());
  return report(Admin(in.client()).delete_groups(wanted));
}

void declare_seek(CLI::App& noun, session& in) {
  auto* seeks = noun.add_subcommand("seek", "set where a group without members goes on");
  const auto wanted = std::make_shared<seek_arguments>();
  seeks->add_option("GROUP", wanted->group, "which group")->required();
  add_names(*seeks, "TOPIC", wanted->topics, "in all partitions of these")->required();
  seeks->add_option("--to", wanted->to, "start, end, N, -N or @TIME (see consume -o)")->required();
  in.declare_output(*seeks);
  seeks->callback([&in, wanted] { in.run = [&in, wanted] { return seek_group(in, *wanted); }; });
}

}  // namespace

void declare_group(CLI::App& app, session& in) {
  auto* noun =
      app.add_subcommand("group", "list, describe, move and delete consumer groups")->require_subcommand(1);

  auto* lists = noun->add_subcommand("list", "list the groups of all brokers");
  in.declare_output(*lists);
  lists->callback([&in] { in.run = [&in] { return list(in); }; });

  const auto names = std::make_shared<std::vector<std::string>>();
  auto* describes = noun->add_subcommand("describe", "show members and what they read");
  add_names(*describes, "GROUP", *names, "names")->required();
  in.declare_output(*describes);
  describes->callback([&in, names] { in.run = [&in, names] { return describe(in, *names); }; });

  auto* lags = noun->add_subcommand("lag", "show how far groups are behind");
  add_names(*lags, "GROUP", *names, "names")->required();
  in.declare_output(*lags);
  lags->callback([&in, names] { in.run = [&in, names] { return lag(in, *names); }; });

  declare_seek(*noun, in);

  auto* deletes =
      noun->add_subcommand("delete", "delete groups without members, and what they have committed");
  add_names(*deletes, "GROUP", *names, "names")->required();
  deletes->callback([&in, names] { in.run = [&in, names] { return remove(in, *names); }; });
}

}  // namespace klamm::cli
