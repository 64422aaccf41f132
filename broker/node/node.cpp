#include "broker/node/node.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "broker/meta/config_view.hpp"
#include "broker/node/connection.hpp"

namespace klamm::broker::node {
namespace {

/// This node's own configuration, before there is an image.
struct own_configs {
  explicit own_configs(const meta::config_map& own) : view(image, own, node_id()) {}
  meta::image image;
  meta::config_view view;
};

link::server_connection_options connection_options(const meta::config_map& own) {
  const own_configs configs(own);
  link::server_connection_options options;
  options.serves = &api::client_listener();
  options.max_frame = static_cast<std::size_t>(configs.view.broker_number("socket.request.max.bytes"));
  if (const auto idle = configs.view.broker_number("connections.max.idle.ms"); idle >= 0)
    options.idle_timeout = millis(idle);
  return options;
}

}  // namespace

node::node(node_options options, node_environment environment)
    : options_(std::move(options)),
      environment_(environment),
      self_(static_cast<std::int32_t>(own_configs(options_.configs).view.broker_number("node.id"))),
      random_(options_.seed),
      tail_(options_.tail_memory),
      logs_{port_, tail_, compressor_, environment.sink, random_, environment.faults},
      disk_(port_) {}

node::~node() = default;

void node::say(log_level level, const std::string& what) const {
  if (environment_.sink.wants(level)) environment_.sink.write(level, "node", what);
}

void node::fail(error why) {
  if (state_ == state::failed || state_ == state::stopped) return;
  state_ = state::failed;
  why_ = std::move(why);
  say(log_level::error, why_.message);
}

void node::advertise(std::optional<link::endpoint> at) {
  options_.advertised = at;
  if (data_) data_->services().advertised = std::move(at);
}

// Connections

mutable_bytes node::read_buffer(link::connection_id id) { return connections_.at(id)->link.read_buffer(); }

/// Calls and then looks at what came of it: requests, a deadline, the end of the connection.
template <class Call>
void node::with_connection(link::connection_id id, Call call) {
  const auto found = connections_.find(id);
  if (found == connections_.end()) return;
  auto& link = found->second->link;
  std::vector<link::incoming> requests;
  call(link, link::server_output{out_ ? *out_ : held_, requests});
  for (auto& request : requests) inbox_.emplace_back(id, std::move(request));
  if (link.open()) return connection_deadlines_.set(id, link.deadline());
  if (link.closed_because().code != error_code::none)
    say(log_level::info, fmt::format("closed the connection of {}:{}: {}", found->second->peer.host,
                                     found->second->peer.port, link.closed_because().message));
  connection_deadlines_.erase(id);
  connections_.erase(found);
}

void node::handle(const link::event::accepted& event) {
  connections_.emplace(event.id,
                       std::make_unique<connection>(event, connection_options(options_.configs), now_));
  with_connection(event.id, [](auto&, auto) {});
}

void node::handle(const link::event::received& event) {
  with_connection(event.id, [&](auto& link, auto out) { link.on_received(event.count, now_, out); });
}

void node::handle(const link::event::sent& event) {
  with_connection(event.id, [&](auto& link, auto out) { link.on_sent(event.count, now_, out); });
}

void node::handle(const link::event::closed& event) {
  connection_deadlines_.erase(event.id);
  connections_.erase(event.id);
}

void node::handle(const link::event::tick&) {
  while (const auto due = connection_deadlines_.pop_due(now_.steady))
    with_connection(*due, [&](auto& link, auto out) { link.on_tick(now_, out); });
  if (quorum_) quorum_->tick();
  if (data_) data_->tick();
}

void node::respond(link::connection_id id, link::request_number number, const result<byte_chain>& body) {
  with_connection(id, [&](auto& link, auto out) {
    if (!body)
      link.close(body.failure(), out);
    else if (body->empty())
      link.no_reply(number, now_, out);
    else
      link.reply_encoded(number, *body, now_, out);
  });
}

void node::serve(connection& from, link::incoming request) {
  const auto id = from.link.id();
  const auto number = request.number;
  api::request asked{
      request.key(),
      {request.version(), request.header.client_id.value_or(std::string_view()), from.peer, from.local},
      std::move(request.frame),
      std::move(request.body)};
  const auto served = data_->serve(
      std::move(asked), [this, id, number](result<byte_chain> body) { respond(id, number, body); });
  if (served) return;
  with_connection(id, [&](auto& link, auto out) { link.close(served.failure(), out); });
}

// Events

void node::on(const link::net_event& event, instant now, link::net_effects& out) {
  now_ = now;
  out_ = &out;
  std::visit([this](const auto& e) { handle(e); }, event);
  settle();
}

void node::complete(log::disk_completion done, instant now, link::net_effects& out) {
  now_ = now;
  out_ = &out;
  port_.complete(std::move(done));
  settle();
}

/// Delivers everything that this event brought forth, until the node is at rest.
void node::settle() {
  do {
    deliver_messages();
    for (auto requests = std::exchange(inbox_, {}); auto& [id, request] : requests) {
      const auto from = connections_.find(id);
      if (from != connections_.end() && state_ == state::serving) serve(*from->second, std::move(request));
    }
    if (data_) data_->run();
  } while (!inbox_.empty() || !to_quorum_.empty() || !to_data_.empty());
  std::move(held_.begin(), held_.end(), std::back_inserter(*out_));
  held_.clear();
  out_ = nullptr;
}

void node::deliver_messages() {
  for (auto messages = std::exchange(to_quorum_, {}); auto& message : messages)
    quorum_->on(std::move(message));
  for (auto messages = std::exchange(to_data_, {}); auto& message : messages) {
    if (auto* const lost = std::get_if<failed>(&message))
      fail(lost->why);
    else
      data_->on(std::move(std::get<published>(message)));
  }
  if (!to_data_.empty() || registered_ || state_ != state::starting || !quorum_ ||
      !quorum_->quorum().leading())
    return;
  registered_ = true;
  register_self();
}

time_point node::deadline() const {
  auto first = connection_deadlines_.next();
  if (quorum_) first = std::min(first, quorum_->deadline());
  if (data_) first = std::min(first, data_->deadline());
  return first;
}

// The end

void node::stop(instant now, link::net_effects& out) {
  if (state_ != state::starting && state_ != state::serving) return;
  now_ = now;
  out_ = &out;
  state_ = state::stopping;
  std::vector<link::connection_id> ids;
  for (const auto& [id, open] : connections_) ids.push_back(id);
  std::sort(ids.begin(), ids.end());
  for (const auto id : ids) with_connection(id, [&](auto& link, auto to) { link.finish(now_, to); });
  if (!data_)
    state_ = state::stopped;
  else
    data_->close([this](result<void> closed) {
      if (!closed) say(log_level::error, closed.failure().message);
      if (!quorum_) return finish_stop();
      quorum_->close([this] { finish_stop(); });
    });
  settle();
}

void node::finish_stop() {
  if (state_ == state::stopping) state_ = state::stopped;
}

}  // namespace klamm::broker::node
