// Administration of partitions' leaders and replicas: elections (KIP-460) and reassignments (KIP-455).
#include <map>

#include "client/admin_calls.hpp"
#include "wire/messages/alter_partition_reassignments.hpp"
#include "wire/messages/elect_leaders.hpp"
#include "wire/messages/list_partition_reassignments.hpp"

namespace klamm::client {
namespace {

using outcomes_by_partition = per_item<topic_partition, void>;

/// A topic's partitions together, as requests list them.
std::map<std::string, std::vector<partition_id>> by_topic(const std::vector<topic_partition>& these) {
  std::map<std::string, std::vector<partition_id>> out;
  for (const auto& at : these) out[at.topic].push_back(at.partition);
  return out;
}

outcomes_by_partition read_elections(const wire::elect_leaders_response& said) {
  outcomes_by_partition out;
  for (const auto& t : said.replica_election_results)
    for (const auto& p : t.partition_result)
      out.emplace_back(topic_partition{std::string(t.topic), p.partition_id},
                       accepted(p.error_code, p.error_message));
  return out;
}

outcomes_by_partition read_outcomes(const wire::alter_partition_reassignments_response& said) {
  outcomes_by_partition out;
  for (const auto& t : said.responses)
    for (const auto& p : t.partitions)
      out.emplace_back(topic_partition{std::string(t.name), p.partition_index},
                       accepted(p.error_code, p.error_message));
  return out;
}

/// Each item that was asked for with what the answer says of it.
void distribute(gathering<topic_partition, void>& to, outcomes_by_partition said) {
  for (auto& [at, outcome] : said) to.put(at, std::move(outcome));
  to.fail(to.items(), left_out("partition"));
}

}  // namespace

void administration::elect_leaders(admin::election_type type, std::vector<topic_partition> of,
                                   time_point deadline, completion<outcomes_by_partition> done) {
  auto make = [type, all = of.empty(), topics = by_topic(of)](api_version) {
    wire::elect_leaders_request out;
    out.election_type = static_cast<std::int8_t>(type);
    out.timeout_ms = controller_patience;
    if (all)
      out.topic_partitions.reset();
    else
      out.topic_partitions.emplace();
    for (const auto& [name, partitions] : topics) out.topic_partitions->push_back({name, partitions});
    return out;
  };
  auto finish = [this, of = std::move(of), done = std::move(done)](answer<wire::elect_leaders_response> came,
                                                                   instant) mutable {
    const auto failure = !came.got ? came.got.failure() : refused(came.got->error_code, {});
    const bool failed = !came.got || came.got->error_code != error_code::none;
    if (of.empty())
      return completions_.post(std::move(done),
                               failed ? result<outcomes_by_partition>(failure)
                                      : result<outcomes_by_partition>(read_elections(*came.got)));
    auto outcomes = gathering<topic_partition, void>::start(std::move(of), completions_, std::move(done));
    if (failed) return outcomes->fail(outcomes->items(), failure);
    distribute(*outcomes, read_elections(*came.got));
  };
  requests_.call<wire::elect_leaders_request>(
      at_controller{}, deadline, INT16_MAX, std::move(make),
      [](const wire::elect_leaders_response& r) { return r.error_code; }, std::move(finish));
}

void administration::alter_reassignments(std::vector<admin::reassignment_request> to, time_point deadline,
                                         completion<outcomes_by_partition> done) {
  std::vector<topic_partition> all;
  all.reserve(to.size());
  for (const auto& one : to) all.push_back(one.at);
  auto outcomes = gathering<topic_partition, void>::start(std::move(all), completions_, std::move(done));
  if (to.empty()) return;
  auto make = [to = std::move(to)](api_version) {
    wire::alter_partition_reassignments_request out;
    out.timeout_ms = controller_patience;
    topic_entries topics(out.topics);
    for (const auto& one : to)
      topics[one.at.topic].partitions.push_back({one.at.partition, one.replicas, {}});
    return out;
  };
  auto finish = [outcomes](answer<wire::alter_partition_reassignments_response> came, instant) {
    if (!outcomes->heard(came)) return;
    if (came.got->error_code != error_code::none)
      return outcomes->fail(outcomes->items(), refused(came.got->error_code, came.got->error_message));
    distribute(*outcomes, read_outcomes(*came.got));
  };
  requests_.call<wire::alter_partition_reassignments_request>(
      at_controller{}, deadline, INT16_MAX, std::move(make),
      [](const wire::alter_partition_reassignments_response& r) { return r.error_code; }, std::move(finish));
}

void administration::list_reassignments(std::vector<topic_partition> of, time_point deadline,
                                        completion<std::vector<admin::reassignment>> done) {
  auto make = [all = of.empty(), topics = by_topic(of)](api_version) {
    wire::list_partition_reassignments_request out;
    out.timeout_ms = controller_patience;
    if (!all) out.topics.emplace();
    for (const auto& [name, partitions] : topics) out.topics->push_back({name, partitions});
    return out;
  };
  auto read = [](const wire::list_partition_reassignments_response& said) {
    std::vector<admin::reassignment> out;
    for (const auto& t : said.topics)
      for (const auto& p : t.partitions)
        out.push_back(
            {{std::string(t.name), p.partition_index}, p.replicas, p.adding_replicas, p.removing_replicas});
    return out;
  };
  ask_for<wire::list_partition_reassignments_request>(at_controller{}, std::move(make), read, deadline,
                                                      std::move(done));
}

}  // namespace klamm::client
