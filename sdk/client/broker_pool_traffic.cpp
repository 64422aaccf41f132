// What went over the connections.
#include "client/broker_pool.hpp"

namespace klamm::client {

traffic_counts& traffic_counts::operator+=(const traffic_counts& other) {
  requests += other.requests;
  responses += other.responses;
  unanswered += other.unanswered;
  timed_out += other.timed_out;
  bytes_sent += other.bytes_sent;
  bytes_received += other.bytes_received;
  connects += other.connects;
  disconnects += other.disconnects;
  return *this;
}

void broker_pool::count_event(open_connection& on, const link::net_event& event) {
  if (const auto* received = std::get_if<link::event::received>(&event))
    on.traffic.counts.bytes_received += received->count;
  else if (const auto* sent = std::get_if<link::event::sent>(&event))
    on.traffic.counts.bytes_sent += sent->count;
}

// A request without a reply (acks 0) is settled by having been sent.
void broker_pool::count_settled(open_connection& on, std::size_t before, instant now) {
  auto& counts = on.traffic.counts;
  for (; before < settled_.size(); ++before) {
    const auto& reply = settled_[before].reply;
    if (!reply.answer) {
      ++counts.unanswered;
      if (reply.answer.code() == error_code::timed_out) ++counts.timed_out;
    } else if (!reply.answer->frame.empty()) {
      ++counts.responses;
      if (on.to.lane == lane::data) on.traffic.round_trip.add(reply.took, now.steady);
    }
  }
}

/// Of brokers that left the cluster: no connection to them is open.
void broker_pool::forget_traffic() {
  std::erase_if(traffic_, [this](const auto& one) {
    if (find_broker(one.first)) return false;
    forgotten_traffic_ += one.second.counts;
    return true;
  });
}

measured_brokers broker_pool::measure(time_point now) const {
  measured_brokers out{.traffic = forgotten_traffic_, .waiting = 0, .each = {}};
  std::map<node_id, measured_broker> brokers;
  for (const auto& [node, traffic] : traffic_) {
    out.traffic += traffic.counts;
    auto& one = brokers[node];
    one.node = node;
    one.at = traffic.at;
    one.traffic = traffic.counts;
    one.requests = traffic.requests;
    one.round_trip = traffic.round_trip.summary(now);
    one.throttle = traffic.throttle.summary(now);
  }
  for (const auto& [id, open] : connections_) {
    auto& one = brokers[open.to.node];
    one.connections += open.link.ready() ? 1 : 0;
    one.in_flight += static_cast<std::size_t>(open.link.in_flight());
  }
  for (const auto& [to, calls] : waiting_)
    if (const auto one = brokers.find(to.node); one != brokers.end())
      one->second.waiting += calls.size();
    else
      out.waiting += calls.size();
  for (auto& [node, one] : brokers) out.each.push_back(std::move(one));
  return out;
}

}  // namespace klamm::client
