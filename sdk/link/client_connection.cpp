#include <algorithm>
#include <cassert>

#include <fmt/format.h>

#include "link/client_connection_script.hpp"
#include "wire/messages/api_versions.hpp"
#include "wire/messages/response_header.hpp"
#include "wire/reader.hpp"

namespace klamm::link {
namespace {

const wire::api_info& info(wire::api_key key) {
  const auto* api = wire::find_api(key);
  assert(api);
  return *api;
}

std::string text(wire::version_range range) {
  return range.empty() ? "none" : fmt::format("{} to {}", range.min, range.max);
}

error too_late(wire::api_key key, const endpoint& to) {
  return error(error_code::timed_out,
               fmt::format("{} to {}:{} had no answer in time", name_of(key), to.host, to.port));
}

broker_capabilities owned(const wire::api_versions_response& said) {
  broker_capabilities broker;
  for (const auto& api : said.api_keys) broker.apis.set(api.api_key, {api.min_version, api.max_version});
  for (const auto& f : said.supported_features)
    broker.supported.push_back({std::string(f.name), f.min_version, f.max_version});
  for (const auto& f : said.finalized_features)
    broker.finalized.push_back({std::string(f.name), f.min_version_level, f.max_version_level});
  broker.finalized_epoch = said.finalized_features_epoch;
  return broker;
}

}  // namespace

client_connection::client_connection(connection_id id, endpoint to, client_connection_options options)
    : id_(id), to_(std::move(to)), options_(std::move(options)), frames_(options_.max_frame) {}

void client_connection::start(instant now, client_output out) {
  step_deadline_ = after(now.steady, options_.setup_timeout);
  out.net.push_back(effect::connect{id_, to_});
}

// ---- handshake

void client_connection::on_connected(instant now, client_output out) {
  if (phase_ != phase::connecting) return;
  phase_ = phase::negotiating;
  ask_versions(info(wire::api_key::api_versions).versions.max, now, out);
}

void client_connection::ask_versions(api_version version, instant now, client_output& out) {
  asked_version_ = version;
  wire::api_versions_request question{
      options_.software_name, options_.software_version, std::nullopt, node_id(-1), {}};
  if (options_.expected) {
    question.cluster_id = options_.expected->cluster_id;
    question.node_id = options_.expected->node;
  }
  ask(question, version, now, out);
}

// A broker that does not know the version asked answers error 35 in version 0's form: since 2.4 with the range that it has
// (KIP-511), before without. What some make of it cannot be read (librdkafka's mock cluster): no range, then.
void client_connection::on_versions(const buffer_slice& body, instant now, client_output& out) {
  wire::reader peek(body);
  error_code code{};
  peek.get<std::int16_t>(code, "error_code");
  wire::api_versions_response said;
  wire::reader from(body);
  const bool refused = code == error_code::unsupported_version;
  decode(from, said, refused ? api_version{0} : asked_version_);
  if (!from.ok() && refused) return on_versions_refused({}, now, out);
  if (!from.ok()) return end(error(error_code::malformed_response, from.failure()), true, now, out);
  broker_ = owned(said);
  if (refused) return on_versions_refused(broker_.apis.of(wire::api_key::api_versions), now, out);
  if (code != error_code::none)
    return end(
        error(code, fmt::format("{}:{} refused the connection: {}", to_.host, to_.port, describe(code))),
        true, now, out);
  throttle(said.throttle_time_ms, now);
  if (options_.sasl) return authenticate(now, out);
  become_ready(now);
}

void client_connection::on_versions_refused(wire::version_range has, instant now, client_output& out) {
  const auto common = wire::intersect(has, info(wire::api_key::api_versions).versions);
  if (asked_version_ == 0)
    return end(error(error_code::unsupported_version,
                     fmt::format("{}:{} speaks no version of ApiVersions that we do", to_.host, to_.port)),
               true, now, out);
  // One that offers again what it has just refused is asked for the oldest.
  ask_versions(common.empty() || common.max >= asked_version_ ? api_version{0} : common.max, now, out);
}

void client_connection::become_ready(instant now) {
  phase_ = phase::ready;
  step_deadline_ = never;
  last_active_ = now.steady;
}

// ---- requests

result<api_version> client_connection::version_of(wire::api_key key, api_version cap) const {
  assert(ready());
  return common_version(key, cap);
}

result<api_version> client_connection::common_version(wire::api_key key, api_version cap) const {
  auto ours = api_set::ours().of(key);
  ours.max = std::min(ours.max, cap);
  const auto theirs = broker_.apis.of(key);
  const auto common = wire::intersect(ours, theirs);
  if (!common.empty()) return common.max;
  return error(error_code::unsupported_version,
               fmt::format("{} with {}:{}: the broker has versions {}, we have {}", name_of(key), to_.host,
                           to_.port, text(theirs), text(ours)));
}

bool client_connection::can_send(instant now) const {
  return ready() && in_flight() < options_.max_in_flight && muted_until_ <= now.steady &&
         !must_authenticate(now.steady);
}

frame_writer client_connection::begin(wire::api_key key, api_version version) {
  return frame_writer::request(info(key), version, correlation_id(next_correlation_), options_.client_id);
}

result<void> client_connection::send_encoded(wire::api_key key, api_version version, const byte_chain& body,
                                             request_options how, reply_handler handler, instant now,
                                             client_output out) {
  auto frame = begin(key, version);
  frame.body().put_chain(body);
  return finish(std::move(frame), {key, version, how}, std::move(handler), now, out);
}

result<void> client_connection::finish(frame_writer frame, description what, reply_handler handler,
                                       instant now, client_output& out) {
  auto bytes = frame.finish();
  if (!bytes) return bytes.failure();
  queued_bytes_ += bytes->size();
  auto& queue = what.how.expects_reply ? outstanding_ : silent_;
  queue.push_back({correlation_id(next_correlation_), what, queued_bytes_, now.steady,
                   after(now.steady, what.how.timeout), std::move(handler)});
  // Wraps as Java's does; there are never so many outstanding that two share one.
  next_correlation_ =
      static_cast<std::int32_t>((static_cast<std::uint32_t>(next_correlation_) + 1) & 0x7fffffffU);
  request_deadline_ = std::min(request_deadline_, queue.back().deadline);
  last_active_ = now.steady;
  out.net.push_back(effect::send{id_, *std::move(bytes)});
  return {};
}

void client_connection::throttle(millis how_long, instant now) {
  if (how_long <= millis(0)) return;
  const auto silent_from = std::max(now.steady, muted_until_);
  const auto silent_until = std::max(after(now.steady, how_long), muted_until_);
  muted_until_ = silent_until;
  for (auto& waits : outstanding_) waits.deadline = after(waits.deadline, silent_until - silent_from);
  for (auto& waits : silent_) waits.deadline = after(waits.deadline, silent_until - silent_from);
  refresh_deadline();
}

// ---- bytes

void client_connection::on_received(std::size_t count, instant now, client_output out) {
  if (phase_ == phase::closed) return;
  frames_.received(count);
  last_active_ = now.steady;
  while (phase_ != phase::closed) {
    const auto frame = frames_.next();
    if (!frame) return end(frame.failure(), true, now, out);
    if (!*frame) break;
    on_frame(**frame, now, out);
  }
  if (ready() && in_flight() == 0 && must_authenticate(now.steady)) authenticate(now, out);
}

void client_connection::on_frame(const buffer_slice& frame, instant now, client_output& out) {
  if (outstanding_.empty())
    return end(error(error_code::malformed_response, "a response that nothing was asked for"), true, now,
               out);
  const auto what = outstanding_.front().what;
  wire::response_header header;
  wire::reader from(frame);
  decode(from, header, info(what.key).response_header_version(what.version));
  if (!from.ok()) return end(error(error_code::malformed_response, from.failure()), true, now, out);
  const auto expected = outstanding_.front().correlation_id;
  if (header.correlation_id != expected)
    return end(error(error_code::malformed_response,
                     fmt::format("a response with correlation id {} where {} ({}) is next",
                                 header.correlation_id.value, expected.value, name_of(what.key))),
               true, now, out);
  auto oldest = std::move(outstanding_.front());
  outstanding_.pop_front();
  if (oldest.deadline == request_deadline_) refresh_deadline();
  const auto body = frame.part(from.position(), frame.size() - from.position());
  if (phase_ == phase::negotiating) return on_versions(body, now, out);
  if (phase_ == phase::authenticating) return on_authentication(what, body, now, out);
  settle(std::move(oldest), response{what.version, frame, body}, now, out);
}

void client_connection::on_sent(std::size_t count, instant now, client_output out) {
  sent_bytes_ += count;
  while (!silent_.empty() && silent_.front().end <= sent_bytes_) {
    auto done = std::move(silent_.front());
    silent_.pop_front();
    if (done.deadline == request_deadline_) refresh_deadline();
    const auto version = done.what.version;
    settle(std::move(done), response{version, {}, {}}, now, out);
  }
}

// ---- ends

void client_connection::on_closed(const error& why, instant now, client_output out) {
  if (phase_ == phase::closed) return;
  phase_ = phase::closed;
  why_closed_ = why;
  fail_all(why, now, out);
}

void client_connection::close(const error& why, instant now, client_output out) {
  end(why, in_flight() > 0, now, out);
}

// Bytes may leave after the end only where no request hangs on them: what has failed is not to be carried out later.
void client_connection::end(const error& why, bool abort, instant now, client_output& out) {
  if (phase_ == phase::closed) return;
  out.net.push_back(effect::close{id_, abort});
  on_closed(why, now, out);
}

void client_connection::fail_all(const error& why, instant now, client_output& out) {
  request_deadline_ = step_deadline_ = never;
  for (auto* queue : {&outstanding_, &silent_}) {
    auto failed = std::exchange(*queue, {});
    for (auto& one : failed) {
      if (!one.handler) continue;  // a question of the script's own
      const bool late = one.deadline <= now.steady;
      settle(std::move(one), late ? too_late(one.what.key, to_) : why, now, out);
    }
  }
}

void client_connection::settle(outstanding&& what, result<response> answer, instant now, client_output& out) {
  if (!answer) {
    auto why = answer.failure();
    why.broker = broker_name(to_, options_.expected ? options_.expected->node : node_id());
    answer = std::move(why);
  }
  out.settled.push_back({std::move(what.handler), {std::move(answer), true, now.steady - what.sent_at}});
}

// ---- time

void client_connection::on_tick(instant now, client_output out) {
  if (phase_ == phase::closed) return;
  if (muted_until_ <= now.steady) muted_until_ = {};
  if (step_deadline_ <= now.steady) {
    const auto* step = phase_ == phase::connecting    ? "connecting"
                       : phase_ == phase::negotiating ? "asking for versions"
                                                      : "authenticating";
    return end(error(error_code::timed_out,
                     fmt::format("{}:{}: {} took longer than setup_timeout", to_.host, to_.port, step)),
               true, now, out);
  }
  if (request_deadline_ <= now.steady) return time_out(now, out);
  if (ready() && in_flight() == 0 && must_authenticate(now.steady)) return authenticate(now, out);
  if (ready() && in_flight() == 0 && after(last_active_, options_.idle_timeout) <= now.steady) {
    idle_ = true;
    end(error(error_code::disconnected, "the connection was idle"), false, now, out);
  }
}

void client_connection::time_out(instant now, client_output& out) {
  const auto late = [&](const outstanding& one) { return one.deadline <= now.steady; };
  const auto at = std::ranges::find_if(outstanding_, late);
  const auto key = at != outstanding_.end() ? at->what.key : silent_.front().what.key;
  end(error(error_code::disconnected, fmt::format("closed because {} had no answer in time", name_of(key))),
      true, now, out);
}

time_point client_connection::deadline() const {
  if (phase_ == phase::closed) return never;
  auto next = std::min(step_deadline_, request_deadline_);
  if (ready() && in_flight() == 0)
    next = std::min({next, session_ends_, after(last_active_, options_.idle_timeout)});
  if (muted_until_ != time_point{}) next = std::min(next, muted_until_);
  return next;
}

void client_connection::refresh_deadline() {
  request_deadline_ = never;
  for (const auto* queue : {&outstanding_, &silent_})
    for (const auto& waits : *queue) request_deadline_ = std::min(request_deadline_, waits.deadline);
}

}  // namespace klamm::link
