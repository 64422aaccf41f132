#include "broker/meta/broker_sessions.hpp"

#include <algorithm>

namespace klamm::broker::meta {

void broker_sessions::begin(node_id id, time_point until, bool live) {
  auto& broker = brokers_[id];
  broker.until = until;
  broker.live = live;
  until_.set(id, until);
}

void broker_sessions::fence(node_id id) {
  until_.erase(id);
  if (const auto found = brokers_.find(id); found != brokers_.end()) found->second.shutdown.reset();
}

void broker_sessions::forget(node_id id) {
  brokers_.erase(id);
  until_.erase(id);
}

void broker_sessions::clear() {
  brokers_.clear();
  until_ = {};
}

bool broker_sessions::is_live(node_id id, time_point now) const {
  const auto found = brokers_.find(id);
  return found != brokers_.end() && until_.contains(id) && found->second.live && now < found->second.until;
}

offset broker_sessions::applied(node_id id) const {
  const auto found = brokers_.find(id);
  return found == brokers_.end() ? offset(0) : found->second.applied;
}

void broker_sessions::applied(node_id id, offset end) {
  auto& broker = brokers_[id];
  broker.applied = std::max(broker.applied, end);
}

offset broker_sessions::shutdown_decided_at(node_id id, offset unless_known) {
  auto& at = brokers_[id].shutdown;
  if (!at) at = unless_known;
  return *at;
}

}  // namespace klamm::broker::meta
