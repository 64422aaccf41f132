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

nlohmann::ordered_json value(const Result<OffsetInfo>& outcome, int& status) {
  if (outcome) return outcome->offset.value;
  std::cerr << "kcli: " << outcome.error() << '\n';
  status = item_failed;
  return nullptr;
}

int offsets(const session& in, const std::string& topic, const std::optional<std::string>& at) {
  Admin admin(in.client());
  const std::string_view name = topic;
  const auto described = admin.describe_topics({name});
  const auto& outcome = described[topic];
  if (!outcome) {
    std::cerr << "kcli: " << outcome.error() << '\n';
    return item_failed;
  }
  const auto ask = [&](OffsetSpec spec) {
    asked all;
    for (const auto& p : outcome->partitions) all.push_back({{topic, p.partition}, spec});
    return admin.list_offsets(all);
  };
  int status = ok;
  if (at) {
    const auto now = std::chrono::floor<Millis>(std::chrono::system_clock::now());
    const std::string_view text = *at;
    const auto time =
        of_option("--at", [&] { return parse_time(text.starts_with('@') ? text.substr(1) : text, now); });
    table rows({"topic", "partition", "offset"});
    for (const auto& [where, found] : ask({.at = OffsetSpec::time, .timestamp = time}))
      rows.add({topic, where.partition.value, value(found, status)});
    rows.print(std::cout, in.output());
    return status;
  }
  const auto first = ask({.at = OffsetSpec::to_earliest}), last = ask({.at = OffsetSpec::to_latest});
  table rows({"topic", "partition", "start", "end"});
  for (const auto& [where, found] : first)
    rows.add({topic, where.partition.value, value(found, status), value(last[where], status)});
  rows.print(std::cout, in.output());
  return status;
}

}  // namespace

void declare_offsets(CLI::App& app, session& in) {
  auto* noun = app.add_subcommand("offsets", "show the first and last offsets of a topic's partitions");
  const auto topic = std::make_shared<std::string>();
  const auto at = std::make_shared<std::optional<std::string>>();
  noun->add_option("TOPIC", *topic, "which topic")->required();
  noun->add_option("--at", *at, "the offset of the first record at this time or later, @TIME");
  in.declare_output(*noun);
  noun->callback([&in, topic, at] { in.run = [&in, topic, at] { return offsets(in, *topic, *at); }; });
}

}  // namespace klamm::cli
