#include "client/group_member.hpp"

#include <fmt/format.h>

namespace klamm::client {

group_member::group_member(const member_surroundings& in)
    : options_(in.options),
      connection_(in.connection),
      requests_(in.requests),
      pool_(in.pool),
      metadata_(in.known),
      sink_(in.sink),
      random_(in.random),
      faults_(in.faults),
      owned_(in.at, in.sink) {}

subscription::topic_set group_member::current_topics() const {
  if (!subscription_.regex.empty() || !subscription_.passes) return subscription_.topics;
  return metadata_.now_known().names_that_pass(subscription_.passes);
}

std::optional<destination> group_member::coordinator(instant now) {
  const auto& group = options_.group.group_id;
  if (const auto why = requests_.take_coordinator_failure(group)) {
    fail(*why, now);
    return std::nullopt;
  }
  const auto node = requests_.coordinator(group, now);
  return node ? std::optional(destination{*node, lane::group}) : std::nullopt;
}

void group_member::watch_refused_topics() {
  const auto& known = metadata_.now_known();
  if (known.version == looked_for_refusals_in_) return;
  looked_for_refusals_in_ = known.version;
  std::map<std::string, error_code> refused;
  for (const auto& name : subscription_.topics)
    if (const auto* topic = known.find(name);
        topic && topic->error != error_code::none && !retriable(topic->error))
      refused.emplace(name, topic->error);
  for (const auto& [topic, why] : refused)
    if (const auto before = refused_.find(topic); before == refused_.end() || before->second != why)
      sink_.failed(std::nullopt, {},
                   {why, fmt::format("the topic \"{}\" of the subscription: {} ({})", topic, describe(why),
                                     name(why))});
  refused_ = std::move(refused);
}

time_point group_member::poll_by() const {
  const auto since = owned_.poll_expected_since();
  return since == never ? never : after(since, options_.group.max_poll_interval);
}

bool concerns_member(error_code of_commit) {
  switch (of_commit) {
    case error_code::illegal_generation:
    case error_code::unknown_member_id:
    case error_code::rebalance_in_progress:
    case error_code::fenced_instance_id:
    case error_code::stale_member_epoch:
    case error_code::not_coordinator:
    case error_code::coordinator_not_available:
    case error_code::disconnected:
    case error_code::connect_failed:
    case error_code::timed_out: return true;
    default: return false;
  }
}

}  // namespace klamm::client
