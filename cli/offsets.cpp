// kcli offsets: the first and last offsets of a topic's partitions, or the offsets at a time.
#include <iostream>
#include <memory>
#include <optional>

#include <klamm/admin.hpp>

#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/position.hpp"
#include "cli/table.hpp"
#include "cli/usage.hpp"

namespace klamm::cli {
namespace {

using asked = std::vector<std::pair<TopicPartition, OffsetSpec>>;

// Null where there is none: no record is that late, or the partition did not answer.
nlohmann::ordered_json value(const Result<OffsetInfo>& outcome, exit_code& status) {
  if (outcome) return outcome->offset.value < 0 ? nullptr : nlohmann::ordered_json(outcome->offset.value);
  std::cerr << "kcli: " << outcome.error() << '\n';
  status = exit_code_of(status, outcome.error());
  return nullptr;
}

void add_row(table& rows, const TopicPartition& at, const Result<OffsetInfo>& found, exit_code& status) {
  const auto offset = value(found, status);
  nlohmann::ordered_json time;
  if (found && found->timestamp) time = found->timestamp->time_since_epoch().count();
  rows.add({at.topic, at.partition.value, offset, time});
}

std::optional<Timestamp> time_asked(const std::optional<std::string>& at) {
  if (!at) return std::nullopt;
  const auto now = std::chrono::floor<Millis>(std::chrono::system_clock::now());
  const std::string_view text = *at;
  return of_option("--at", [&] { return parse_time(text.starts_with('@') ? text.substr(1) : text, now); });
}

int offsets(const session& in, const std::string& topic, const std::optional<std::string>& at) {
  const auto time = time_asked(at);
  auto rows = time ? in.rows({"topic", "partition", "offset"}, {"timestamp"})
                   : in.rows({"topic", "partition", "start", "end"});
  Admin admin(in.client());
  const auto described = admin.describe_topics({std::string_view(topic)}).values();
  const auto ask = [&](OffsetSpec spec) {
    asked all;
    for (const auto& p : described.at(topic).partitions) all.push_back({{topic, p.partition}, spec});
    return admin.list_offsets(all);
  };
  auto status = ok;
  if (time) {
    for (const auto& [where, found] : ask({.at = OffsetSpec::time, .timestamp = *time}))
      add_row(rows, where, found, status);
  } else {
    const auto first = ask({.at = OffsetSpec::to_earliest}), last = ask({.at = OffsetSpec::to_latest});
    for (const auto& [where, found] : first)
      rows.add({topic, where.partition.value, value(found, status), value(last[where], status)});
  }
  rows.print(std::cout);
  return status;
}

}  // namespace

void declare_offsets(CLI::App& app, session& in) {
  auto* noun = app.add_subcommand("offsets", "show the first and last offsets of a topic's partitions");
  const auto topic = std::make_shared<std::string>();
  const auto at = std::make_shared<std::optional<std::string>>();
  noun->add_option("TOPIC", *topic, "which topic")->required();
  noun->add_option("--at", *at, "the offset of the first record at this time or later")->type_name("@TIME");
  in.declare_output(*noun);
  noun->callback([&in, topic, at] { in.run = [&in, topic, at] { return offsets(in, *topic, *at); }; });
}

}  // namespace klamm::cli
