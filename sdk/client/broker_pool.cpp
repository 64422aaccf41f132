#include "client/broker_pool.hpp"

#include <algorithm>
#include <cassert>

#include <fmt/format.h>

namespace klamm::client {
namespace {

/// How long one broker may take to connect before the next one is tried beside it.
constexpr duration any_stagger = millis(1000);
constexpr int max_in_flight = 100;  // the machines have their own, tighter limits

/// Trying again does not mend it: the application has to change something.
bool is_refusal(error_code code) { return kind(code) == error_kind::invalid_configuration; }

error unreachable(const link::endpoint& at, const error& why) {
  return {is_refusal(why.code) ? why.code : error_code::connect_failed,
          fmt::format("no connection to {}:{}: {}", at.host, at.port, why.message)};
}

}  // namespace

broker_pool::broker_pool(const connection_options& options, rng random, log_sink& log)
    : options_(options), random_(random), log_(log) {
  auto node = node_id(-2);
  for (const auto& at : options.bootstrap) {
    seeds_.emplace(node, broker{at, {}});
    --node.value;
  }
}

// Machines' side.

bool broker_pool::can_send(destination to, time_point now) {
  want(to);
  const auto* open = find(to);
  const auto queue = waiting_.find(to);
  return open && open->link.can_send({now, {}}) && (queue == waiting_.end() || queue->second.empty());
}

result<api_version> broker_pool::version_of(destination to, wire::api_key key, api_version cap) const {
  const auto* open = find(to);
  if (!open || !open->link.ready()) return error(error_code::disconnected, "the connection is gone");
  return open->link.version_of(key, cap);
}

void broker_pool::throttle(destination to, millis how_long, instant now) {
  if (how_long <= millis(0)) return;
  auto* open = find(to);
  if (!open) return;
  open->traffic.throttle.add(static_cast<std::uint64_t>(how_long.count()), now.steady);
  open->link.throttle(how_long, now);
}

void broker_pool::drop(node_id node, const error& why, instant now, link::net_effects& out) {
  close_where([&](const open_connection& open) { return open.to.node == node; }, why, now, out);
}

// Metadata's side.

void broker_pool::learn(node_id node, const link::endpoint& at, instant now, link::net_effects& out) {
  if (node.value < 0) return;  // no broker has such an id: here they are the seeds' and any_broker's
  auto& known = brokers_[node];
  if (known.at == at) return;
  known = {at, {}};
  drop(node, {error_code::disconnected, "the broker has moved to another address"}, now, out);
}

void broker_pool::set_brokers(std::span<const broker_view> brokers, std::string cluster_id, instant now,
                              link::net_effects& out) {
  cluster_id_ = std::move(cluster_id);
  for (const auto& b : brokers) learn(b.id, b.at, now, out);
  std::erase_if(brokers_, [&](const auto& known) {
    return std::ranges::find(brokers, known.first, &broker_view::id) == brokers.end() &&
           !find({known.first, lane::data}) && !find({known.first, lane::fetch}) &&
           !find({known.first, lane::group});
  });
  std::erase_if(unreachable_, [&](const auto& one) { return !find_broker(one.first); });
  std::erase_if(waiting_, [&](const auto& one) {
    return one.second.empty() && one.first != any_broker && !find_broker(one.first.node);
  });
  forget_traffic();
}

void broker_pool::use_seeds(instant now, link::net_effects& out) {
  brokers_.clear();
  close_where([](const open_connection&) { return true; },
              {error_code::disconnected, "the client starts again from its bootstrap servers"}, now, out);
}

error broker_pool::overdue(std::string_view what) const {
  if (!last_failure_) return {error_code::timed_out, std::string(what)};
  return {last_failure_->code, fmt::format("{}; {}", what, last_failure_->message)};
}

bool broker_pool::all_unreachable() const {
  return !brokers_.empty() &&
         std::ranges::all_of(brokers_, [](const auto& b) { return b.second.retry.failures() > 0; }) &&
         std::ranges::none_of(connections_, [](const auto& c) { return c.second.link.ready(); });
}

// Core's side.

mutable_bytes broker_pool::read_buffer(link::connection_id id) {
  const auto at = connections_.find(id);
  return at == connections_.end() ? mutable_bytes{} : at->second.link.read_buffer();
}

bool broker_pool::on(const link::net_event& event, instant now, link::net_effects& out) {
  namespace ev = link::event;
  if (std::holds_alternative<ev::tick>(event)) {
    while (const auto due = deadlines_.pop_due(now.steady)) {
      const auto at = connections_.find(*due);
      const auto before = settled_.size();
      at->second.link.on_tick(now, output(out));
      count_settled(at->second, before, now);
      touched(at, now);
    }
    return true;
  }
  const auto id = std::visit(
      [](const auto& e) {
        if constexpr (requires { e.id; })
          return e.id;
        else
          return link::connection_id{};
      },
      event);
  const auto at = connections_.find(id);
  if (at == connections_.end()) return true;
  auto& link = at->second.link;
  const auto before = settled_.size(), decided = out.size();
  const bool was_ready = link.ready();
  if (std::holds_alternative<ev::connected>(event))
    link.on_connected(now, output(out));
  else if (const auto* r = std::get_if<ev::received>(&event))
    link.on_received(r->count, now, output(out));
  else if (const auto* s = std::get_if<ev::sent>(&event))
    link.on_sent(s->count, now, output(out));
  else if (const auto* c = std::get_if<ev::closed>(&event))
    link.on_closed(c->why, now, output(out));
  count_event(at->second, event);
  count_settled(at->second, before, now);
  const bool moves_bytes =
      std::holds_alternative<ev::received>(event) || std::holds_alternative<ev::sent>(event);
  const bool changed =
      !moves_bytes || !was_ready || !link.ready() || settled_.size() != before || out.size() != decided;
  touched(at, now);
  return changed;
}

bool broker_pool::pump(instant now, link::net_effects& out) {
  next_try_ = never;
  const bool told = run_handlers(now);
  make_wanted(now, out);
  for (auto& [to, calls] : waiting_) {
    drop_overdue(calls, now.steady);
    to == any_broker ? serve_any(calls, now, out) : serve(to, calls, now, out);
    if (!calls.empty()) wait_until(std::ranges::min_element(calls, {}, &pending_call::deadline)->deadline);
  }
  return run_handlers(now) || told;
}

time_point broker_pool::deadline() const { return std::min(deadlines_.next(), next_try_); }

void broker_pool::close_all(const error& why, instant now, link::net_effects& out) {
  for (auto& [to, calls] : waiting_) fail(calls, why);
  waiting_.clear();
  close_where([](const open_connection&) { return true; }, why, now, out);
  run_handlers(now);
}

// Inside.

broker_pool::open_connection* broker_pool::find(destination to) {
  const auto id = by_destination_.find(to);
  return id == by_destination_.end() ? nullptr : &connections_.at(id->second);
}

broker_pool::broker* broker_pool::find_broker(node_id node) {
  auto& in = node.value < any_broker.node.value ? seeds_ : brokers_;
  const auto at = in.find(node);
  return at == in.end() ? nullptr : &at->second;
}

std::string broker_pool::name_of(node_id node) const {
  const auto known = brokers_.find(node);
  return known == brokers_.end() ? fmt::format("(node {})", node.value)
                                 : link::broker_name(known->second.at, node);
}

void broker_pool::connect(destination to, instant now, link::net_effects& out) {
  link::client_connection_options options;
  options.client_id = options_.client_id;
  if (!options_.software_version.empty()) options.software_version = options_.software_version;
  options.sasl = options_.sasl;
  options.max_in_flight = max_in_flight;
  options.setup_timeout = options_.connect_timeout;
  options.idle_timeout = options_.idle_close;
  // KIP-1242: cluster and node go together, and a seed connection has neither.
  if (to.node.value >= 0 && !cluster_id_.empty())
    options.expected = link::broker_identity{cluster_id_, to.node};
  const link::connection_id id(next_id_++);
  auto& traffic = traffic_[to.node];
  ++traffic.counts.connects;
  traffic.at = find_broker(to.node)->at;
  const auto [at, fresh] = connections_.emplace(
      id,
      open_connection{to, link::client_connection(id, traffic.at, std::move(options)), traffic, now.steady});
  by_destination_[to] = id;
  at->second.link.start(now, output(out));
  touched(at, now);
}

void broker_pool::touched(connection_map::iterator at, instant now) {
  const auto& link = at->second.link;
  if (link.state() == link::client_connection::phase::closed) return closed(at, now);
  if (link.ready()) {
    last_failure_.reset();
    unreachable_.erase(at->second.to.node);
    if (!std::exchange(at->second.heard, true)) features_.heard(link.broker());
    if (auto* known = find_broker(at->second.to.node)) known->retry.succeeded();
  }
  deadlines_.set(at->first, link.deadline());
}

void broker_pool::closed(connection_map::iterator at, instant now) {
  const auto to = at->second.to;
  const auto& link = at->second.link;
  if (!link.idle()) {
    ++at->second.traffic.counts.disconnects;
    trouble_ = true;
    last_failure_ = unreachable(link.to(), link.closed_because());
    if (to.node.value >= 0) unreachable_.insert_or_assign(to.node, last_failure_->message);
    if (auto* known = find_broker(to.node)) known->retry.failed(options_.reconnect, random_, now.steady);
    if (log_.wants(log_level::info))
      log_.write(log_level::info, "connection",
                 fmt::format("{}:{} (node {}) is gone: {}", link.to().host, link.to().port, to.node.value,
                             link.closed_because().message));
    if (const auto calls = waiting_.find(to); calls != waiting_.end()) fail(calls->second, *last_failure_);
    const auto anywhere = waiting_.find(any_broker);
    if (is_refusal(last_failure_->code) && anywhere != waiting_.end()) fail(anywhere->second, *last_failure_);
  }
  deadlines_.erase(at->first);
  by_destination_.erase(to);
  connections_.erase(at);
}

void broker_pool::close_where(auto condition, const error& why, instant now, link::net_effects& out) {
  for (auto at = connections_.begin(); at != connections_.end();) {
    const auto current = at++;
    if (!condition(current->second)) continue;
    const auto before = settled_.size();
    current->second.link.close(why, now, output(out));
    count_settled(current->second, before, now);
    deadlines_.erase(current->first);
    by_destination_.erase(current->second.to);
    connections_.erase(current);
  }
}

void broker_pool::want(destination to) {
  const auto at = std::ranges::lower_bound(wanted_, to);
  if (at == wanted_.end() || *at != to) wanted_.insert(at, to);
}

void broker_pool::make_wanted(instant now, link::net_effects& out) {
  for (const auto to : wanted_) {
    if (const auto* open = find(to)) {
      if (open->link.muted_until() > now.steady) wait_until(open->link.muted_until());
      continue;
    }
    const auto* known = find_broker(to.node);
    if (!known) continue;
    if (known->retry.due(now.steady))
      connect(to, now, out);
    else
      wait_until(known->retry.at());
  }
  wanted_.clear();
}

void broker_pool::serve(destination to, std::deque<pending_call>& calls, instant now,
                        link::net_effects& out) {
  if (calls.empty()) return;
  auto* open = find(to);
  if (!open) {
    const auto* known = find_broker(to.node);
    if (!known)
      fail(calls,
           {error_code::connect_failed, fmt::format("no address is known for broker {}", to.node.value)});
    else if (known->retry.due(now.steady))
      connect(to, now, out);
    else
      wait_until(known->retry.at());
    return;
  }
  while (!calls.empty() && open->link.can_send(now)) send_front(*open, calls, now, out);
  if (!calls.empty() && open->link.muted_until() > now.steady) wait_until(open->link.muted_until());
}

void broker_pool::serve_any(std::deque<pending_call>& calls, instant now, link::net_effects& out) {
  while (!calls.empty()) {
    auto* open = least_busy(now.steady);
    if (!open) return try_next_broker(now, out);
    send_front(*open, calls, now, out);
  }
}

void broker_pool::send_front(open_connection& on, std::deque<pending_call>& calls, instant now,
                             link::net_effects& out) {
  auto call = std::move(calls.front());
  calls.pop_front();
  auto refuse = [&](const error& why) { settled_.push_back({std::move(call.done), {why, false, {}}}); };
  const auto version = on.link.version_of(call.key, call.cap);
  if (!version) return refuse(version.failure());
  auto body = call.encode(*version);
  if (!body) return refuse(body.failure());
  // Only a frame beyond 2 GiB could be refused here, and requests are bounded far below.
  const auto sent =
      on.link.send_encoded(call.key, *version, body->body, {call.deadline - now.steady, body->expects_reply},
                           std::move(call.done), now, output(out));
  assert(sent);
  static_cast<void>(sent);
  ++on.traffic.counts.requests;
  ++on.traffic.requests[call.key];
  deadlines_.set(on.link.id(), on.link.deadline());
}

broker_pool::open_connection* broker_pool::least_busy(time_point now) {
  open_connection* best = nullptr;
  for (auto& [id, open] : connections_) {
    if (open.to.lane != lane::data || !open.link.can_send({now, {}})) continue;
    if (!best || open.link.in_flight() < best->link.in_flight()) best = &open;
  }
  return best;
}

void broker_pool::try_next_broker(instant now, link::net_effects& out) {
  auto newest = time_point::min();
  for (const auto& [id, open] : connections_)
    if (open.to.lane == lane::data && !open.link.ready()) newest = std::max(newest, open.since);
  if (newest != time_point::min() && now.steady - newest < any_stagger)
    return wait_until(after(newest, any_stagger));

  auto& candidates = brokers_.empty() ? seeds_ : brokers_;
  std::vector<node_id> free;
  for (const auto& [node, known] : candidates) {
    if (find({node, lane::data})) continue;
    if (known.retry.due(now.steady))
      free.push_back(node);
    else
      wait_until(known.retry.at());
  }
  if (free.empty()) return;
  connect({free[random_.below(free.size())], lane::data}, now, out);
  wait_until(after(now.steady, any_stagger));
}

void broker_pool::drop_overdue(std::deque<pending_call>& calls, time_point now) {
  const auto is_overdue = [&](const pending_call& call) { return call.deadline <= now; };
  if (std::ranges::none_of(calls, is_overdue)) return;
  const auto why = overdue("no connection to send the request on became ready in time");
  for (auto& call : calls)
    if (is_overdue(call)) settled_.push_back({std::move(call.done), {why, false, {}}});
  std::erase_if(calls, is_overdue);
}

void broker_pool::fail(std::deque<pending_call>& calls, const error& why) {
  for (auto& call : calls) settled_.push_back({std::move(call.done), {why, false, {}}});
  calls.clear();
}

bool broker_pool::run_handlers(instant now) {
  bool any = false;
  while (!settled_.empty()) {
    any = true;
    for (auto& [handler, reply] : std::exchange(settled_, {})) handler(std::move(reply), now);
  }
  return any;
}

}  // namespace klamm::client
