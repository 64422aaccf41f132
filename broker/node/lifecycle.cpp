#include "broker/node/lifecycle.hpp"

#include <utility>

#include <fmt/format.h>

#include "broker/meta/features.hpp"
#include "wire/messages/broker_heartbeat.hpp"
#include "wire/messages/broker_registration.hpp"

namespace klamm::broker::node {
namespace {

constexpr millis leaving_interval(20);
constexpr backoff_options retry_backoff{millis(20), millis(1000)};

wire::broker_registration_request request_of(const lifecycle_options& options) {
  wire::broker_registration_request request;
  request.broker_id = options.self.id;
  request.cluster_id = options.cluster_id;
  request.incarnation_id = options.self.incarnation;
  for (const auto& endpoint : options.self.endpoints) {
    auto& listener = request.listeners.emplace_back();
    listener.name = endpoint.name;
    listener.host = endpoint.host;
    listener.port = endpoint.port;
    listener.security_protocol = endpoint.security_protocol;
  }
  for (const auto& feature : meta::features) {
    auto& supported = request.features.emplace_back();
    supported.name = feature.name;
    supported.min_supported_version = feature.min;
    supported.max_supported_version = feature.max;
  }
  request.rack = options.self.rack;  // null where there is none: the empty text is a rack
  request.log_dirs = options.self.log_dirs;
  request.previous_broker_epoch = options.previous_epoch;
  return request;
}

}  // namespace

void lifecycle::begin(lifecycle_options options, unique_function<void()> serving) {
  options_ = std::move(options);
  serving_ = std::move(serving);
  enroll();
}

void lifecycle::enroll() {
  state_ = state::registering;
  epoch_ = -1;
  asking_ = true;
  next_at_ = never;
  channel_.ask(peer::lane::liveness, request_of(options_), options_.request_timeout,
               [this](result<wire::broker_registration_response> came) {
                 if (!came) return on_registered(came.failure());
                 if (const auto code = came->error_code; code != error_code::none)
                   return on_registered(error(code, std::string(describe(code))));
                 on_registered(came->broker_epoch);
               });
}

void lifecycle::on_registered(result<std::int64_t> epoch) {
  asking_ = false;
  if (state_ != state::registering) return;
  if (!epoch) {
    if (std::exchange(refused_with_, epoch.code()) != epoch.code() && sink_.wants(log_level::warning))
      sink_.write(log_level::warning, "lifecycle",
                  fmt::format("cannot register yet: {}", epoch.failure().message));
    return try_again();
  }
  retry_.succeeded();
  refused_with_ = error_code::none;
  epoch_ = *epoch;
  options_.previous_epoch = epoch_;
  state_ = state::fenced;
  heartbeat();
}

void lifecycle::try_again() {
  retry_.failed(retry_backoff, random_, clock_.steady);
  next_at_ = retry_.at();
}

void lifecycle::on_applied(const meta::image& metadata) {
  applied_ = metadata.last_offset;
  const auto* const self = metadata.broker(options_.self.id);
  if (state_ == state::fenced && self && self->epoch == epoch_ && !self->fenced) {
    state_ = state::serving;
    if (serving_) std::exchange(serving_, nullptr)();
  }
  if (epoch_ >= 0 && applied_ > told_) heartbeat();
}

void lifecycle::heartbeat() {
  if (asking_ || epoch_ < 0 || state_ == state::gone) return;
  wire::broker_heartbeat_request request;
  request.broker_id = options_.self.id;
  request.broker_epoch = epoch_;
  request.current_metadata_offset = applied_;
  request.want_shut_down = state_ == state::leaving;
  asking_ = true;
  told_ = applied_;
  next_at_ = after(clock_.steady, request.want_shut_down ? leaving_interval : options_.heartbeat_interval);
  channel_.ask(peer::lane::liveness, request, options_.request_timeout,
               [this](const result<wire::broker_heartbeat_response>& came) {
                 on_heartbeat(came ? came->error_code : came.code(), came && came->should_shut_down);
               });
}

void lifecycle::on_heartbeat(error_code failure, bool may_go) {
  asking_ = false;
  if (state_ == state::gone) return;
  const bool unknown =
      failure == error_code::stale_broker_epoch || failure == error_code::broker_id_not_registered;
  if (unknown && state_ == state::leaving) return finish();
  if (failure != error_code::none) {
    if (std::exchange(refused_with_, failure) != failure && unknown && sink_.wants(log_level::warning))
      sink_.write(log_level::warning, "lifecycle",
                  "the controller does not know this broker any more: it was unregistered, or another one "
                  "came with its node.id; started again, it registers again");
    told_ = offset();
    return try_again();
  }
  refused_with_ = error_code::none;
  retry_.succeeded();
  if (may_go && state_ == state::leaving) return finish();
  if (applied_ > told_ || (state_ == state::leaving && next_at_ == never)) heartbeat();
}

void lifecycle::leave(unique_function<void()> gone) {
  gone_ = std::move(gone);
  if (epoch_ < 0) return finish();
  state_ = state::leaving;
  leave_by_ = after(clock_.steady, options_.leave_timeout);
  if (asking_)
    next_at_ = never;  // the answer brings the next one
  else
    heartbeat();
}

void lifecycle::tick() {
  const auto now = clock_.steady;
  if (state_ == state::leaving && leave_by_ <= now) return finish();
  if (next_at_ > now || asking_) return;
  state_ == state::registering ? enroll() : heartbeat();
}

void lifecycle::finish() {
  state_ = state::gone;
  next_at_ = leave_by_ = never;
  if (gone_) std::exchange(gone_, nullptr)();
}

}  // namespace klamm::broker::node
