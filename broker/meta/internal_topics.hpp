// The replicas of the topics that the brokers keep their own state in. They are made by whoever needs them first, maybe while
// one broker is up, and with that factor they would stay (KAFKA-3959): so they grow as brokers join.
#pragma once

#include <string_view>

#include "broker/meta/decision.hpp"

namespace klamm::broker::meta {

/// What is configured, or as many as there are live brokers. Precondition: is_internal_topic(name).
std::int64_t internal_factor(std::string_view name, const decision& d);

/// Reassigns every partition of an internal topic that has fewer replicas than it now could have. The new ones stand in other
/// racks where that is possible, and who is preferred as the leader goes round.
void grow_internal_topics(decision& d);

}  // namespace klamm::broker::meta
