#include "broker/node/controller_channel.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include "wire/messages/create_topics.hpp"
#include "wire/messages/default_principal_data.hpp"
#include "wire/messages/envelope.hpp"
#include "wire/messages/response_header.hpp"
#include "wire/versioned.hpp"

namespace klamm::broker::node {
namespace {

constexpr millis forwarding_timeout(30'000);
constexpr millis forwarding_backoff(50);

buffer_slice joined(const byte_chain& bytes) { return buffer_slice::own(bytes.flatten()); }

error no_controller() {
  return {error_code::request_timed_out, "no controller has answered in time: is a majority of them alive?"};
}

/// Nobody is authenticated yet: everybody is Kafka's anonymous user.
std::vector<std::byte> principal() {
  wire::default_principal_data data;
  data.type = "User";
  data.name = "ANONYMOUS";
  return wire::encode_versioned(data, 0);
}

/// The four bytes of the address; loopback for what is none.
std::array<std::byte, 4> address_of(const std::string& host) {
  std::array<std::byte, 4> bytes{std::byte{127}, std::byte{0}, std::byte{0}, std::byte{1}};
  std::array<unsigned, 4> parts{};
  if (std::sscanf(host.c_str(), "%3u.%3u.%3u.%3u", &parts[0], &parts[1], &parts[2], &parts[3]) == 4)
    std::ranges::transform(parts, bytes.begin(), [](unsigned part) { return static_cast<std::byte>(part); });
  return bytes;
}

/// The body of an answer that has its header, as Envelope carries it.
result<byte_chain> body_in(const wire::envelope_response& envelope, const api::request& asked) {
  if (envelope.error_code != error_code::none) return {envelope.error_code};
  const auto frame = buffer_slice::copy(envelope.response_data.value_or(wire::bytes_ref()));
  wire::reader from(frame);
  wire::response_header header;
  decode(from, header, wire::find_api(asked.key)->response_header_version(asked.from.version));
  if (!from.ok()) return error(error_code::malformed_response, from.failure());
  return byte_chain(frame.part(from.position(), frame.size() - from.position()));
}

/// Whether another try may find a controller that decides. A lost answer is one, as for Kafka's brokers: who made the topic
/// before may be told that it exists.
bool worth_another_try(error_code why) {
  return why == error_code::not_controller || why == error_code::connect_failed ||
         why == error_code::disconnected;
}

}  // namespace

void controller_channel::on(leads message) {
  if (message.controller == controller_) return;
  controller_ = message.controller;
  if (controller_.value < 0) return;
  for (auto waiting = std::exchange(waiting_, {}); auto& one : waiting) pass(std::move(one));
  for (auto parked = std::exchange(parked_, {}); auto& one : parked) pass(std::move(one));
}

// The broker's own requests

void controller_channel::pass(question asked) {
  if (controller_.value < 0) return waiting_.push_back(std::move(asked));
  if (controller_ == self_) return ask_here(std::move(asked));
  asked.what.timeout = asked.deadline - clock_.steady;
  links_.send({controller_, asked.by}, std::move(asked.what), clock_.steady);
}

void controller_channel::ask_here(question asked) {
  const auto version = wire::find_api(asked.what.key)->latest_stable;
  wire::writer to;
  asked.what.encode(to, version);
  const auto body = joined(to.finish());
  auto then = std::make_shared<unique_function<void(result<link::response>)>>(std::move(asked.what.then));
  out_.push_back(node::asked{{asked.what.key, {version, {}, {}, {}}, body, body},
                             [then, version](result<byte_chain> came) {
                               if (!came) return (*then)(came.failure());
                               const auto frame = joined(*came);
                               (*then)(link::response{version, frame, frame});
                             }});
}

// Requests of others

void controller_channel::forward(api::request in, api::send_response send) {
  pass(std::make_shared<forwarded>(
      forwarded{std::move(in), std::move(send), after(clock_.steady, forwarding_timeout)}));
}

void controller_channel::create(std::shared_ptr<meta::topic_creation> wanted, unique_function<void()> then) {
  auto held = std::make_shared<unique_function<void()>>(std::move(then));
  ask(peer::lane::forwarding, wanted->request, forwarding_timeout,
      [wanted, held](const result<wire::create_topics_response>&) { (*held)(); });
}

void controller_channel::pass(forwarded_ptr one) {
  if (controller_.value < 0) return parked_.push_back(std::move(one));
  auto then = [this, one](result<byte_chain> body) { on_answer(one, std::move(body)); };
  if (controller_ == self_) return out_.push_back(asked{one->in, std::move(then)});
  links_.send({controller_, peer::lane::forwarding},
              envelope_of(one, one->deadline - clock_.steady, std::move(then)), clock_.steady);
}

peer::request controller_channel::envelope_of(const forwarded_ptr& one, duration timeout,
                                              unique_function<void(result<byte_chain>)> then) {
  return {wire::envelope_request::api,
          [one](wire::writer& to, api_version version) {
            const auto who = principal();
            const auto address = address_of(one->in.from.peer.host);
            wire::envelope_request envelope;
            envelope.request_data = one->in.frame.view();
            envelope.request_principal = bytes_view(who);
            envelope.client_host_address = bytes_view(address);
            encode(to, envelope, version);
          },
          timeout,
          [one, then = std::move(then)](result<link::response> came) mutable {
            const auto envelope = peer::decoded<wire::envelope_response>(came);
            if (!envelope) return then(envelope.failure());
            then(body_in(*envelope, one->in));
          }};
}

void controller_channel::on_answer(const forwarded_ptr& one, result<byte_chain> body) {
  if (body || !worth_another_try(body.code())) return one->send(std::move(body));
  one->try_at = after(clock_.steady, forwarding_backoff);
  parked_.push_back(one);
}

// Time

void controller_channel::tick() {
  const auto now = clock_.steady;
  for (auto parked = std::exchange(parked_, {}); auto& one : parked) {
    if (one->deadline <= now)
      one->send(no_controller());
    else if (one->try_at <= now)
      pass(std::move(one));
    else
      parked_.push_back(std::move(one));
  }
  for (auto waiting = std::exchange(waiting_, {}); auto& one : waiting) {
    if (one.deadline <= now)
      one.what.then(no_controller());
    else
      waiting_.push_back(std::move(one));
  }
}

time_point controller_channel::deadline() const {
  auto first = never;
  for (const auto& one : parked_)
    first = std::min(first, controller_.value < 0 ? one->deadline : std::min(one->deadline, one->try_at));
  for (const auto& one : waiting_) first = std::min(first, one.deadline);
  return first;
}

}  // namespace klamm::broker::node
