#include "cli/topic_replicas.hpp"

#include <charconv>
#include <iostream>
#include <memory>

#include <klamm/admin.hpp>

#include "cli/exit_code.hpp"
#include "cli/report.hpp"
#include "cli/table.hpp"
#include "cli/usage.hpp"

namespace klamm::cli {
namespace {

std::int32_t parse_number(std::string_view text, const std::string& what) {
  std::int32_t number = -1;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc{} || end != text.data() + text.size() || number < 0)
    throw std::invalid_argument("expected " + what + ", not \"" + std::string(text) + '"');
  return number;
}

struct elect_arguments {
  std::vector<std::string> partitions;
  ElectionType type = ElectionType::preferred;
};

/// The partitions named, and those of the topics named.
std::vector<TopicPartition> partitions_of(Admin& admin, const std::vector<std::string>& names) {
  std::vector<TopicPartition> all;
  for (const auto& name : names) {
    if (name.find('/') != std::string::npos) {
      all.push_back(of_option("TOPIC", [&] { return parse_partition(name); }));
      continue;
    }
    const auto described = admin.describe_topics({std::string_view(name)}).values();
    for (const auto& p : described.at(name).partitions) all.push_back({name, p.partition});
  }
  return all;
}

int elect(const session& in, const elect_arguments& wanted) {
  auto rows = in.rows({"topic", "partition", "result"});
  if (wanted.type == ElectionType::unclean &&
      !in.confirm("Elect leaders that are not in sync, and lose records that only others have?"))
    return usage;
  Admin admin(in.client());
  const auto outcomes = admin.elect_leaders(wanted.type, partitions_of(admin, wanted.partitions));
  auto status = ok;
  for (const auto& [at, outcome] : outcomes) {
    const bool unneeded = !outcome && outcome.error() == errc::election_not_needed;
    if (outcome || unneeded) {
      rows.add({at.topic, at.partition.value, unneeded ? "unchanged" : "elected"});
      continue;
    }
    std::cerr << "kcli: " << outcome.error() << '\n';
    status = exit_code_of(status, outcome.error());
  }
  if (!rows.empty()) rows.print(std::cout);
  return status;
}

struct reassign_arguments {
  std::vector<std::string> assignments, cancelled;
};

int list_reassignments(const session& in) {
  auto rows = in.rows({"topic", "partition", "replicas", "adding", "removing"});
  for (const auto& one : Admin(in.client()).list_partition_reassignments({}))
    rows.add({one.at.topic, one.at.partition.value, ids(one.replicas), ids(one.adding), ids(one.removing)});
  rows.print(std::cout);
  return ok;
}

int reassign(const session& in, const reassign_arguments& wanted) {
  if (wanted.assignments.empty() && wanted.cancelled.empty()) return list_reassignments(in);
  std::vector<NewPartitionReassignment> all;
  all.reserve(wanted.assignments.size() + wanted.cancelled.size());
  for (const auto& text : wanted.assignments)
    all.push_back(of_option("TOPIC/PARTITION=NODES", [&] { return parse_reassignment(text); }));
  for (const auto& text : wanted.cancelled)
    all.push_back({of_option("--cancel", [&] { return parse_partition(text); }), std::nullopt});
  return report(Admin(in.client()).alter_partition_reassignments(all));
}

}  // namespace

nlohmann::ordered_json ids(const std::vector<NodeId>& nodes) {
  auto list = nlohmann::ordered_json::array();
  for (const auto node : nodes) list.push_back(node.value);
  return list;
}

TopicPartition parse_partition(std::string_view text) {
  const auto slash = text.rfind('/');
  if (slash == std::string_view::npos || slash == 0)
    throw std::invalid_argument("expected TOPIC/PARTITION, not \"" + std::string(text) + '"');
  return {std::string(text.substr(0, slash)), Partition(parse_number(text.substr(slash + 1), "a partition"))};
}

NewPartitionReassignment parse_reassignment(std::string_view text) {
  const auto equals = text.rfind('=');
  if (equals == std::string_view::npos)
    throw std::invalid_argument("expected TOPIC/PARTITION=NODE,NODE..., not \"" + std::string(text) + '"');
  std::vector<NodeId> replicas;
  for (auto rest = text.substr(equals + 1);;) {
    const auto comma = rest.find(',');
    replicas.emplace_back(parse_number(rest.substr(0, comma), "a node's id"));
    if (comma == std::string_view::npos) break;
    rest.remove_prefix(comma + 1);
  }
  return {parse_partition(text.substr(0, equals)), std::move(replicas)};
}

void declare_elect(CLI::App& topic, session& in) {
  auto* elects = topic.add_subcommand("elect", "let partitions be led by their first replica");
  const auto wanted = std::make_shared<elect_arguments>();
  elects->add_option("TOPIC", wanted->partitions, "topics, or TOPIC/PARTITION (default: all)");
  elects->add_flag_callback(
      "--unclean", [wanted] { wanted->type = ElectionType::unclean; },
      "where nobody who is in sync can lead, by a replica that is not: records may be lost");
  in.declare_output(*elects);
  elects->callback([&in, wanted] { in.run = [&in, wanted] { return elect(in, *wanted); }; });
}

void declare_reassign(CLI::App& topic, session& in) {
  auto* reassigns = topic.add_subcommand(
      "reassign", "move partitions to other replicas; without arguments, list what is being moved");
  const auto wanted = std::make_shared<reassign_arguments>();
  reassigns->add_option("ASSIGNMENT", wanted->assignments, "who holds it, the preferred leader first")
      ->type_name("TOPIC/PARTITION=NODE,NODE...");
  reassigns->add_option("--cancel", wanted->cancelled, "leave this partition where it was")
      ->type_name("TOPIC/PARTITION")
      ->allow_extra_args(false);
  in.declare_output(*reassigns);
  reassigns->callback([&in, wanted] { in.run = [&in, wanted] { return reassign(in, *wanted); }; });
}

}  // namespace klamm::cli
