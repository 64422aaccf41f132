// kcli topic create | list | describe | delete; for elect and reassign see topic_replicas.hpp
#include <iostream>
#include <memory>

#include <klamm/admin.hpp>

#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/report.hpp"
#include "cli/table.hpp"
#include "cli/topic_replicas.hpp"
#include "cli/usage.hpp"

namespace klamm::cli {
namespace {

struct create_arguments {
  std::vector<std::string> names;
  int partitions = -1, replication = -1;
  std::vector<std::string> configs;
};

int create(const session& in, const create_arguments& wanted) {
  std::vector<ConfigEntry> configs;
  for (const std::string_view setting : wanted.configs) {
    const auto equals = setting.find('=');
    if (equals == std::string_view::npos || equals == 0)
      throw CLI::ValidationError("-c", "expected NAME=VALUE, not \"" + std::string(setting) + '"');
    configs.push_back({setting.substr(0, equals), setting.substr(equals + 1)});
  }
  std::vector<NewTopic> topics;
  topics.reserve(wanted.names.size());
  for (const auto& name : wanted.names)
    topics.push_back({.name = name,
                      .partitions = wanted.partitions,
                      .replication = wanted.replication,
                      .configs = configs});
  auto rows = in.rows({"topic", "partitions", "replication"});
  const auto made = Admin(in.client()).create_topics(topics);
  for (const auto& [name, outcome] : made)
    if (outcome) rows.add({name, outcome->partitions, outcome->replication});
  if (!rows.empty()) rows.print(std::cout);
  return report(made);
}

int list(const session& in, bool with_internal) {
  auto rows = in.rows({"topic", "id"}, {"internal"});
  for (const auto& topic : Admin(in.client()).list_topics())
    if (with_internal || !topic.internal) rows.add({topic.name, topic.id, topic.internal});
  rows.print(std::cout);
  return ok;
}

int describe(const session& in, const std::vector<std::string>& names) {
  const std::vector<std::string_view> wanted(names.begin(), names.end());
  auto rows = in.rows({"topic", "partition", "leader", "epoch", "replicas", "in_sync", "elr", "offline"},
                      {"id", "internal", "last_known_elr"});
  const auto described = Admin(in.client()).describe_topics(wanted);
  for (const auto& [name, outcome] : described) {
    if (!outcome) continue;
    for (const auto& p : outcome->partitions)
      rows.add({name, p.partition.value, p.leader.value, p.leader_epoch, ids(p.replicas), ids(p.in_sync),
                ids(p.eligible_leaders), ids(p.offline), outcome->id, outcome->internal,
                ids(p.last_known_eligible_leaders)});
  }
  if (!rows.empty()) rows.print(std::cout);
  return report(described);
}

int remove(const session& in, const std::vector<std::string>& names) {
  if (!in.confirm("Delete " + std::to_string(names.size()) + " topic(s) with all their records?"))
    return usage;
  const std::vector<std::string_view> wanted(names.begin(), names.end());
  return report(Admin(in.client()).delete_topics(wanted));
}

}  // namespace

void declare_topic(CLI::App& app, session& in) {
  auto* noun =
      app.add_subcommand("topic", "create, list, describe, move and delete topics")->require_subcommand(1);

  auto* creates = noun->add_subcommand("create", "create topics");
  const auto wanted = std::make_shared<create_arguments>();
  add_names(*creates, "TOPIC", wanted->names, "names")->required();
  creates->add_option("-p,--partitions", wanted->partitions, "partitions (default: the broker's)")
      ->check(at_least(1));
  creates
      ->add_option("-r,--replication", wanted->replication,
                   "replicas of each partition (default: the broker's)")
      ->check(at_least(1, INT16_MAX));
  creates->add_option("-c,--config", wanted->configs, "a topic property")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false);
  in.declare_output(*creates);
  creates->callback([&in, wanted] { in.run = [&in, wanted] { return create(in, *wanted); }; });

  auto* lists = noun->add_subcommand("list", "list topics");
  const auto internal = std::make_shared<bool>(false);
  lists->add_flag("--internal", *internal, "with the cluster's own topics");
  in.declare_output(*lists);
  lists->callback([&in, internal] { in.run = [&in, internal] { return list(in, *internal); }; });

  auto* describes = noun->add_subcommand("describe", "show partitions, leaders and replicas");
  const auto described = std::make_shared<std::vector<std::string>>();
  add_names(*describes, "TOPIC", *described, "names")->required();
  in.declare_output(*describes);
  describes->callback([&in, described] { in.run = [&in, described] { return describe(in, *described); }; });

  declare_elect(*noun, in);
  declare_reassign(*noun, in);

  auto* deletes = noun->add_subcommand("delete", "delete topics and their records");
  const auto deleted = std::make_shared<std::vector<std::string>>();
  add_names(*deletes, "TOPIC", *deleted, "names")->required();
  deletes->callback([&in, deleted] { in.run = [&in, deleted] { return remove(in, *deleted); }; });
}

}  // namespace klamm::cli
