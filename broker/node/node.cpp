#include "broker/node/node.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "broker/node/connection.hpp"
#include "broker/node/own_configs.hpp"

namespace klamm::broker::node {
namespace {

link::server_connection_options connection_options(const meta::config_map& own, const link::api_set& serves,
                                                   listener_memory& memory) {
  const own_configs configs(own);
  link::server_connection_options options;
  options.serves = &serves;
  options.memory = &memory.requests;
  options.replies = &memory.replies;
  options.max_frame = static_cast<std::size_t>(configs.view.broker_number("socket.request.max.bytes"));
  if (const auto idle = configs.view.broker_number("connections.max.idle.ms"); idle >= 0)
    options.idle_timeout = millis(idle);
  return options;
}

std::size_t memory_limit(const meta::config_map& own, std::string_view key) {
  const auto most = own_configs(own).view.broker_number(key);
  return most <= 0 ? std::numeric_limits<std::size_t>::max() : static_cast<std::size_t>(most);
}

}  // namespace

listener_memory::listener_memory(const meta::config_map& own)
    : requests(memory_limit(own, "queued.max.request.bytes")),
      replies(memory_limit(own, "queued.max.response.bytes")) {}

node::node(node_options options, node_environment environment)
    : options_(std::move(options)),
      environment_(environment),
      self_(static_cast<std::int32_t>(own_configs(options_.configs).view.broker_number("node.id"))),
      random_(options_.seed),
      client_memory_(options_.configs),
      controller_memory_(options_.configs),
      tail_(options_.tail_memory),
      logs_{port_,
            tail_,
            compressor_,
            environment.sink,
            random_,
            environment.faults,
            log::open_readers(fires(environment.faults, "log.keep_readers_open") ? SIZE_MAX
                                                                                 : options_.open_readers)},
      disk_(port_),
      links_({fmt::format("klamm-node-{}", self_.value)}, random_.fork(), environment.sink),
      peers_(
          links_, identity_, now_,
          millis(own_configs(options_.configs).view.broker_number("controller.quorum.request.timeout.ms"))) {}

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

mutable_bytes node::read_buffer(link::connection_id id) {
  if (links_.owns(id)) return links_.read_buffer(id);
  return connections_.at(id)->link.read_buffer();
}

/// Calls and then looks at what came of it: requests, a deadline, the end of the connection.
template <class Call>
void node::with_connection(link::connection_id id, Call call) {
  const auto found = connections_.find(id);
  if (found == connections_.end()) return;
  auto& link = found->second->link;
  std::vector<link::incoming> requests;
  call(link, link::server_output{effects(), requests});
  for (auto& request : requests) inbox_.push_back({id, std::move(request)});
  if (link.open()) {
    if (!link.reading()) full_.push_back(id);
    return connection_deadlines_.set(id, link.deadline());
  }
  if (link.closed_because().code != error_code::none)
    say(log_level::info, fmt::format("closed the connection of {}:{}: {}", found->second->peer.host,
                                     found->second->peer.port, link.closed_because().message));
  connection_deadlines_.erase(id);
  connections_.erase(found);
  ended_.push_back(id);
}

void node::handle(const link::event::accepted& event) {
  const bool controller = event.listener == options_.controller_listener;
  const auto& serves = controller ? controller_api::controller_listener() : api::client_listener();
  auto& memory = controller ? controller_memory_ : client_memory_;
  connections_.emplace(event.id, std::make_unique<connection>(
                                     event, connection_options(options_.configs, serves, memory), now_));
  with_connection(event.id, [](auto&, auto) {});
}

void node::handle(const link::event::connected& event) { links_.on(event, now_, effects()); }

void node::handle(const link::event::received& event) {
  if (links_.owns(event.id)) return links_.on(event, now_, effects());
  with_connection(event.id, [&](auto& link, auto out) { link.on_received(event.count, now_, out); });
}

void node::handle(const link::event::sent& event) {
  if (links_.owns(event.id)) return links_.on(event, now_, effects());
  with_connection(event.id, [&](auto& link, auto out) { link.on_sent(event.count, now_, out); });
}

void node::handle(const link::event::closed& event) {
  if (links_.owns(event.id)) return links_.on(event, now_, effects());
  connection_deadlines_.erase(event.id);
  if (connections_.erase(event.id) > 0) ended_.push_back(event.id);
}

void node::handle(const link::event::tick&) {
  while (const auto due = connection_deadlines_.pop_due(now_.steady))
    with_connection(*due, [&](auto& link, auto out) { link.on_tick(now_, out); });
  for (auto* const memory : {&client_memory_, &controller_memory_}) judge(*memory);
  links_.tick(now_, effects());
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
      {request.version(), request.header.client_id.value_or(std::string_view()), from.peer, from.local, id},
      std::move(request.frame),
      std::move(request.body)};
  auto send = [this, id, number](result<byte_chain> body) { respond(id, number, body); };
  const auto served = from.listener == options_.controller_listener
                          ? quorum_->serve(std::move(asked), std::move(send))
                          : data_->serve(std::move(asked), std::move(send));
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
  bool busy = true;
  while (busy) {
    deliver_messages();
    serve_received();
    for (auto* const memory : {&client_memory_, &controller_memory_}) hand_out(memory->requests);
    tell_of_connections();
    if (data_) data_->run();
    if (quorum_) quorum_->settle();
    busy = links_.pump(now_, effects());
    busy |= !inbox_.empty() || !full_.empty() || !ended_.empty() || !to_quorum_.empty() || !to_data_.empty();
  }
  std::move(held_.begin(), held_.end(), std::back_inserter(*out_));
  held_.clear();
  out_ = nullptr;
}

/// A controller answers while the node still starts, and while it stops: others elect and fetch meanwhile.
void node::serve_received() {
  for (auto requests = std::exchange(inbox_, {}); auto& [id, request] : requests) {
    const auto found = connections_.find(id);
    if (found == connections_.end()) continue;
    const bool for_controller = found->second->listener == options_.controller_listener;
    if (for_controller ? quorum_ != nullptr : serves_clients())
      serve(*found->second, std::move(request));
    else
      turn_away(id, request.number);
  }
}

/// Nobody is there to answer it: its connection ends, once what came before it is answered.
void node::turn_away(link::connection_id id, link::request_number number) {
  with_connection(id, [&](auto& link, auto out) {
    link.no_reply(number, now_, out);
    link.finish(now_, out);
  });
}

/// One that is not read from cannot be seen to end, so that nothing of it may wait for long.
void node::tell_of_connections() {
  const auto full = std::exchange(full_, {}), ended = std::exchange(ended_, {});
  if (!data_) return;
  for (const auto id : full) data_->on_takes_no_more(id);
  for (const auto id : ended) data_->on_ended(id);
}

void node::hand_out(link::frame_memory& memory) {
  for (const auto id : memory.take_readable())
    with_connection(id, [&](auto& link, auto out) { link.on_memory(now_, out); });
}

void node::judge(listener_memory& memory) {
  for (const auto id : memory.requests.take_too_large(now_.steady))
    with_connection(id, [&](auto& link, auto out) {
      link.close(
          error(error_code::invalid_request,
                fmt::format("of requests that were not whole, this one held the most while all held {} "
                            "bytes (queued.max.request.bytes)",
                            memory.requests.limit())),
          out);
    });
  if (memory.replies.deadline() > now_.steady) return;
  if (data_) data_->on_memory_short();
  for (const auto id : memory.replies.take_slow(now_.steady))
    with_connection(id, [&](auto& link, auto out) {
      link.abort(error(error_code::request_timed_out,
                       fmt::format("it was slow to read its answers while all that were not read held {} "
                                   "bytes of {} (queued.max.response.bytes)",
                                   memory.replies.held(), memory.replies.limit())),
                 out);
    });
}

void node::deliver_messages() {
  for (auto messages = std::exchange(to_quorum_, {}); auto& message : messages)
    quorum_->on(std::move(message));
  for (auto messages = std::exchange(to_data_, {}); auto& message : messages)
    std::visit([this](auto& one) { deliver(std::move(one)); }, message);
}

/// A controller alone is of use from here on.
void node::deliver(leads message) {
  if (data_) return data_->on(message);
  if (message.controller.value >= 0) finish_start();
}

/// They are reached where the log says; one that is gone may still be asked for the leader.
void node::deliver(voting message) {
  for (const auto& voter : message.voters)
    if (voter.id != self_) links_.learn_controller(voter.id, {voter.host, voter.port});
  if (data_) data_->services().kraft_version = message.kraft_version;
}

time_point node::deadline() const {
  auto first = std::min({connection_deadlines_.next(), links_.deadline(), client_memory_.deadline(),
                         controller_memory_.deadline()});
  if (quorum_) first = std::min(first, quorum_->deadline());
  if (data_) first = std::min(first, data_->deadline());
  return first;
}

// The end

void node::stop(instant now, link::net_effects& out, others rest) {
  if (state_ != state::starting && state_ != state::serving && state_ != state::left) return;
  now_ = now;
  out_ = &out;
  const auto before = std::exchange(state_, state::stopping);
  stays_controller_ = rest == others::stop_too;
  leaving_ = before == state::serving && data_;
  if (before == state::left)
    close_quorum();
  else if (leaving_)
    data_->leave([this] { close_machines(); });
  else
    close_machines();
  settle();
}

/// Those of one side end as their requests are answered: fetches at once, as of any that is not read from; others in their time.
void node::close_connections(bool of_controllers) {
  std::vector<link::connection_id> ids;
  ids.reserve(connections_.size());
  for (const auto& [id, open] : connections_)
    if ((open->listener == options_.controller_listener) == of_controllers) ids.push_back(id);
  std::sort(ids.begin(), ids.end());
  for (const auto id : ids) with_connection(id, [&](auto& link, auto to) { link.finish(now_, to); });
}

void node::close_machines() {
  leaving_ = false;
  close_connections(false);
  if (!data_) return on_left();
  data_->close([this](result<void> closed) {
    if (!closed) say(log_level::error, closed.failure().message);
    on_left();
  });
}

void node::on_left() {
  if (!stays_controller_) return close_quorum();
  if (state_ == state::stopping) state_ = state::left;
}

void node::close_quorum() {
  close_connections(true);
  if (!quorum_) return finish_stop();
  quorum_->close([this] { finish_stop(); });
}

void node::finish_stop() {
  if (state_ != state::stopping) return;
  links_.close(now_, effects());
  state_ = state::stopped;
}

}  // namespace klamm::broker::node
