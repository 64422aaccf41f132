#include "broker/peer/links.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace klamm::broker::peer {
namespace {

constexpr int max_in_flight = 100;

error unreachable(const link::endpoint& at, const error& why) {
  return {error_code::connect_failed,
          fmt::format("no connection to {}:{}: {}", at.host, at.port, why.message)};
}

}  // namespace

links::links(links_options options, rng random, log_sink& sink)
    : options_(std::move(options)), random_(random), sink_(sink) {}

// Addresses

void links::set_controllers(std::map<node_id, link::endpoint> at) {
  controllers_ = std::move(at);
  forget_moved();
}

void links::set_brokers(std::map<node_id, link::endpoint> at) {
  brokers_ = std::move(at);
  forget_moved();
}

void links::learn_controller(node_id who, link::endpoint at) {
  auto& known = controllers_[who];
  if (known == at) return;
  known = std::move(at);
  forget_moved();
}

const link::endpoint* links::address_of(destination to) const {
  const auto& of = to.by == lane::records ? brokers_ : controllers_;
  const auto found = of.find(to.node);
  return found == of.end() ? nullptr : &found->second;
}

void links::forget_moved() {
  for (const auto& [id, open] : connections_) {
    const auto* const at = address_of(open.to);
    if (!at || *at != open.link.to()) moved_.push_back(id);
  }
}

// Requests

void links::send(destination to, request what, time_point now) {
  const auto until = after(now, what.timeout);
  queues_[to].requests.push_back({std::move(what), until});
  due_.push_back(to);
}

bool links::pump(instant now, link::net_effects& out) {
  for (const auto id : std::exchange(moved_, {})) close_moved(id, now, out);
  for (const auto to : std::exchange(due_, {}))
    if (const auto found = queues_.find(to); found != queues_.end()) serve(to, found->second, now, out);
  return run_handlers(now);
}

/// The new address has done nothing that would make it wait.
void links::close_moved(link::connection_id id, instant now, link::net_effects& out) {
  const auto at = connections_.find(id);
  if (at == connections_.end()) return;
  const auto to = at->second.to;
  with_connection(id, now, out, [&](auto& link, auto effects) {
    link.close({error_code::disconnected, "the node is no longer at this address"}, now, effects);
  });
  queues_.at(to).retry.succeeded();
}

void links::serve(destination to, queue& waiting, instant now, link::net_effects& out) {
  fail_overdue(waiting, now.steady);
  queue_deadlines_.erase(to);
  if (waiting.requests.empty()) return;
  auto wake = std::ranges::min_element(waiting.requests, {}, &waiting_request::deadline)->deadline;
  if (!waiting.connected) {
    if (!address_of(to))
      return fail(waiting, {error_code::connect_failed,
                            fmt::format("no address is known for node {}", to.node.value)});
    if (waiting.retry.due(now.steady))
      connect(to, waiting, now, out);
    else
      wake = std::min(wake, waiting.retry.at());
    return queue_deadlines_.set(to, wake);
  }
  auto& by = connections_.at(waiting.connection);
  while (!waiting.requests.empty() && by.link.can_send(now)) send_front(by, waiting, now, out);
  connection_deadlines_.set(waiting.connection, by.link.deadline());
  if (!waiting.requests.empty()) queue_deadlines_.set(to, wake);
}

void links::connect(destination to, queue& waiting, instant now, link::net_effects& out) {
  link::client_connection_options how;
  how.client_id = options_.client_id;
  how.max_in_flight = max_in_flight;
  how.setup_timeout = options_.connect_timeout;
  const link::connection_id id(next_id_++);
  waiting.connection = id;
  waiting.connected = true;
  const auto [at, fresh] = connections_.emplace(
      id, open_connection{to, link::client_connection(id, *address_of(to), std::move(how))});
  at->second.link.start(now, {out, settled_});
  look_at(at, now);
}

void links::send_front(open_connection& by, queue& waiting, instant now, link::net_effects& out) {
  auto [what, deadline] = std::move(waiting.requests.front());
  waiting.requests.pop_front();
  const auto version = by.link.version_of(what.key);
  if (!version) return refuse(std::move(what), version.failure());
  wire::writer to;
  what.encode(to, *version);
  if (!to.ok()) return refuse(std::move(what), error(error_code::invalid_request, to.failure()));
  auto handler = [then = std::move(what.then)](link::reply&& came, instant) mutable {
    then(std::move(came.answer));
  };
  const auto sent = by.link.send_encoded(what.key, *version, to.finish(),
                                         {.timeout = deadline - now.steady, .expects_reply = true},
                                         std::move(handler), now, {out, settled_});
  // Only a frame beyond 2 GiB is refused, and none of ours comes near.
  static_cast<void>(sent);
}

void links::refuse(request what, error why) {
  settled_.push_back(
      {[then = std::move(what.then)](link::reply&& came, instant) mutable { then(std::move(came.answer)); },
       {std::move(why), false, {}}});
}

void links::fail(queue& waiting, const error& why) {
  for (auto failed = std::exchange(waiting.requests, {}); auto& one : failed)
    refuse(std::move(one.what), why);
}

void links::fail_overdue(queue& waiting, time_point now) {
  auto all = std::exchange(waiting.requests, {});
  for (auto& one : all) {
    if (one.deadline > now)
      waiting.requests.push_back(std::move(one));
    else
      refuse(std::move(one.what), {error_code::request_timed_out, "no connection became ready in time"});
  }
}

bool links::run_handlers(instant now) {
  bool any = false;
  while (!settled_.empty()) {
    any = true;
    for (auto settled = std::exchange(settled_, {}); auto& one : settled)
      one.handler(std::move(one.reply), now);
  }
  return any;
}

// Connections

template <class Call>
void links::with_connection(link::connection_id id, instant now, link::net_effects& out, Call call) {
  const auto at = connections_.find(id);
  if (at == connections_.end()) return;
  call(at->second.link, link::client_output{out, settled_});
  look_at(at, now);
}

mutable_bytes links::read_buffer(link::connection_id id) { return connections_.at(id).link.read_buffer(); }

void links::on(const link::event::connected& event, instant now, link::net_effects& out) {
  with_connection(event.id, now, out, [&](auto& link, auto to) { link.on_connected(now, to); });
}

void links::on(const link::event::received& event, instant now, link::net_effects& out) {
  with_connection(event.id, now, out, [&](auto& link, auto to) { link.on_received(event.count, now, to); });
}

void links::on(const link::event::sent& event, instant now, link::net_effects& out) {
  with_connection(event.id, now, out, [&](auto& link, auto to) { link.on_sent(event.count, now, to); });
}

void links::on(const link::event::closed& event, instant now, link::net_effects& out) {
  with_connection(event.id, now, out, [&](auto& link, auto to) { link.on_closed(event.why, now, to); });
}

void links::tick(instant now, link::net_effects& out) {
  while (const auto due = connection_deadlines_.pop_due(now.steady))
    with_connection(*due, now, out, [&](auto& link, auto to) { link.on_tick(now, to); });
  while (const auto due = queue_deadlines_.pop_due(now.steady)) due_.push_back(*due);
}

/// After each call: what it changed is looked at here.
void links::look_at(connection_map::iterator at, instant now) {
  const auto& link = at->second.link;
  if (link.state() == link::client_connection::phase::closed) return on_lost(at, now);
  if (link.ready()) queues_.at(at->second.to).retry.succeeded();
  if (link.can_send(now)) due_.push_back(at->second.to);
  connection_deadlines_.set(at->first, link.deadline());
}

void links::on_lost(connection_map::iterator at, instant now) {
  const auto to = at->second.to;
  const auto& link = at->second.link;
  auto& waiting = queues_.at(to);
  waiting.connected = false;
  if (!link.idle()) {
    const auto why = unreachable(link.to(), link.closed_because());
    if (waiting.retry.failures() == 0 && sink_.wants(log_level::info))
      sink_.write(log_level::info, "peer", fmt::format("node {}: {}", to.node.value, why.message));
    waiting.retry.failed(options_.reconnect, random_, now.steady);
    fail(waiting, why);
  }
  due_.push_back(to);
  connection_deadlines_.erase(at->first);
  connections_.erase(at);
}

time_point links::deadline() const {
  if (!due_.empty() || !settled_.empty() || !moved_.empty()) return {};  // at once
  return std::min(connection_deadlines_.next(), queue_deadlines_.next());
}

void links::close(instant now, link::net_effects& out) {
  const error why{error_code::disconnected, "the node is being stopped"};
  for (auto& [to, waiting] : queues_) fail(waiting, why);
  for (auto& [id, open] : std::exchange(connections_, {})) open.link.close(why, now, {out, settled_});
  for (auto& [to, waiting] : queues_) waiting.connected = false;
  connection_deadlines_ = {};
  queue_deadlines_ = {};
  run_handlers(now);
}

}  // namespace klamm::broker::peer
