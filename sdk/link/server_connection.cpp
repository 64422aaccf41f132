#include "link/server_connection.hpp"

#include <algorithm>
#include <cassert>

#include <fmt/format.h>

#include "wire/endian.hpp"
#include "wire/messages/api_versions.hpp"
#include "wire/reader.hpp"

namespace klamm::link {
namespace {

// Most of a large frame that one read brings: what many connections bring at once has to stay little.
constexpr std::size_t largest_read = 256 * 1024;

// A frame that trickles in slower than this many bytes per idle_timeout does not keep its connection.
constexpr std::size_t progress = 16 * 1024;

}  // namespace

server_connection::server_connection(connection_id id, server_connection_options options, instant now)
    : id_(id),
      options_(options),
      frames_(options.max_frame, error_code::invalid_request),
      last_active_(now.steady) {
  if (options.replies) unread_.emplace(*options.replies, id);
}

// ---- requests

mutable_bytes server_connection::read_buffer() {
  const auto room = frames_.buffer();
  return room.first(std::min(room.size(), largest_read));
}

void server_connection::on_received(std::size_t count, instant now, server_output out) {
  if (!open_) return;
  frames_.received(count);
  if ((trickle_ += count) >= progress) {
    trickle_ = 0;
    last_active_ = now.steady;
  }
  cut(now, out);
  if (open_ && full()) pause(out);
}

void server_connection::cut(instant now, server_output& out) {
  while (open_ && !held_back() && !full()) {
    auto frame = frames_.next();
    if (!frame) return close(frame.failure(), out);
    if (!*frame) return weigh(now, out);
    large_.reset();
    trickle_ = 0;
    last_active_ = now.steady;
    take(**std::move(frame), now, out);
  }
}

/// What has come of a large frame.
void server_connection::weigh(instant now, server_output& out) {
  if (frames_.large() == 0 || !options_.memory) return;
  if (!large_) large_.emplace(*options_.memory, id_);
  large_->hold(frames_.pending(), now.steady);
  if (large_->may_read()) return;
  awaits_memory_ = true;
  large_->wait();
  pause(out);
}

void server_connection::on_memory(instant now, server_output out) {
  if (!std::exchange(awaits_memory_, false)) return;
  go_on(now, out);
}

void server_connection::take(buffer_slice frame, instant now, server_output& out) {
  constexpr std::size_t key_and_version = 4;
  if (frame.size() < key_and_version)
    return close(error(error_code::invalid_request, "a request without a header"), out);
  const auto key = static_cast<wire::api_key>(wire::load<std::int16_t>(frame.data()));
  const auto version = wire::load<std::int16_t>(frame.data() + 2);
  const auto served = options_.serves->of(key);
  const auto* api = served.empty() ? nullptr : wire::find_api(key);
  if (!api || (key != wire::api_key::api_versions && !served.contains(version)))
    return close(error(error_code::unsupported_version,
                       fmt::format("{} version {} is not served here", name_of(key), version)),
                 out);
  wire::reader from(frame);
  incoming request{first_ + slots_.size(), {}, {}, {}};
  decode(from, request.header, api->request_header_version(version));
  if (!from.ok()) return close(error(error_code::invalid_request, from.failure()), out);
  slots_.push_back({key, version, request.header.correlation_id, frame.size(), false, {}});
  held_bytes_ += frame.size();
  if (!served.contains(version)) return refuse_version(now, out);
  request.body = frame.part(from.position(), frame.size() - from.position());
  request.frame = std::move(frame);
  out.requests.push_back(std::move(request));
}

// Who asks in a version from the future can read version 0 for certain, and learns there what to ask in.
void server_connection::refuse_version(instant now, server_output& out) {
  auto& asked = slots_.back();
  asked.version = 0;
  const auto served = options_.serves->of(wire::api_key::api_versions);
  wire::api_versions_response refusal;
  refusal.error_code = error_code::unsupported_version;
  refusal.api_keys.push_back({wire::api_key::api_versions, served.min, served.max, {}});
  reply(first_ + slots_.size() - 1, refusal, now, out);
}

// ---- replies

server_connection::slot* server_connection::waiting(request_number number) {
  if (!open_ || number < first_ || number - first_ >= slots_.size()) return nullptr;
  auto& found = slots_[number - first_];
  return found.answered ? nullptr : &found;
}

frame_writer server_connection::begin(const slot& to) const {
  return frame_writer::response(*wire::find_api(to.key), to.version, to.correlation_id);
}

void server_connection::reply_encoded(request_number number, const byte_chain& body, instant now,
                                      server_output out) {
  const auto* to = waiting(number);
  if (!to) return;
  auto frame = begin(*to);
  frame.body().put_chain(body);
  settle(number, frame.finish(), now, out);
}

void server_connection::no_reply(request_number number, instant now, server_output out) {
  if (waiting(number)) settle(number, byte_chain(), now, out);
}

void server_connection::settle(request_number number, result<byte_chain> frame, instant now,
                               server_output& out) {
  auto& answered = slots_[number - first_];
  if (!frame) return close(frame.failure(), out);
  held_bytes_ += frame->size() - answered.bytes;
  answered.bytes = frame->size();
  if (unread_) unread_->add(frame->size(), now.steady);
  answered.answered = true;
  answered.reply = *std::move(frame);
  for (; !slots_.empty() && slots_.front().answered; slots_.pop_front(), ++first_)
    if (!slots_.front().reply.empty()) out.net.push_back(effect::send{id_, std::move(slots_.front().reply)});
  last_active_ = now.steady;
  go_on(now, out);
}

void server_connection::on_sent(std::size_t count, instant now, server_output out) {
  if (!open_) return;
  assert(held_bytes_ >= count);
  held_bytes_ -= count;
  if (unread_) unread_->take(count);
  last_active_ = now.steady;
  go_on(now, out);
}

// ---- holding back

void server_connection::pause(server_output& out) {
  if (std::exchange(paused_, true)) return;
  out.net.push_back(effect::pause_reading{id_});
}

// What was received before the pause comes first; only when that did not fill the pipeline again does the socket.
void server_connection::go_on(instant now, server_output& out) {
  if (finishing_ && slots_.empty()) return close(error(error_code::none), out);
  if (!paused_ || held_back() || !drained() || cutting_) return;
  cutting_ = true;
  cut(now, out);
  cutting_ = false;
  if (!open_ || held_back() || full()) return;
  paused_ = false;
  out.net.push_back(effect::resume_reading{id_});
}

void server_connection::mute(time_point until, instant now, server_output out) {
  if (!open_ || until <= now.steady) return;
  muted_until_ = muted_until_ == never ? until : std::max(until, muted_until_);
  pause(out);
}

void server_connection::finish(instant now, server_output out) {
  if (!open_) return;
  finishing_ = true;
  pause(out);
  go_on(now, out);
}

// ---- ends

void server_connection::end(const error& why, bool abort, server_output& out) {
  if (!open_) return;
  why_closed_ = why;
  on_closed();
  out.net.push_back(effect::close{id_, abort});
}

void server_connection::on_closed() {
  open_ = false;
  awaits_memory_ = false;
  slots_.clear();
  large_.reset();
  unread_.reset();
}

// ---- time

void server_connection::on_tick(instant now, server_output out) {
  if (!open_) return;
  if (muted_until_ <= now.steady) {
    muted_until_ = never;
    go_on(now, out);
  }
  if (open_ && deadline() <= now.steady && slots_.empty())
    close(error(error_code::none, "the connection was idle"), out);
}

time_point server_connection::deadline() const {
  if (!open_) return never;
  if (muted_until_ != never) return muted_until_;
  return slots_.empty() ? after(last_active_, options_.idle_timeout) : never;
}

}  // namespace klamm::link
