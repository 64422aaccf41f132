#include "client/telemetry.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace klamm::client {
namespace {

constexpr duration default_interval = millis(300'000);
/// Apache Kafka allows no shorter one, and nobody has metrics as often.
constexpr duration least_interval = millis(100);
/// How long a close waits for the answer to the last push: metrics are not worth more.
constexpr duration last_push_takes = millis(1000);

duration interval_of(millis said) {
  return said <= millis(0) ? default_interval : std::max<duration>(said, least_interval);
}

/// The first that there is, since brokers name what they like best first.
wire::codec codec_of(const std::vector<std::int8_t>& accepted) {
  const auto known = std::ranges::find_if(
      accepted, [](std::int8_t type) { return type >= 0 && type <= static_cast<int>(wire::codec::zstd); });
  return known == accepted.end() ? wire::codec::none : wire::codec(*known);
}

/// How long after an error of a push the subscription is asked for again; nothing: never.
std::optional<duration> wait_after(error_code code, duration interval) {
  switch (code) {
    case error_code::unknown_subscription_id:
    case error_code::unsupported_compression_type: return duration::zero();
    case error_code::telemetry_too_large:
    case error_code::throttling_quota_exceeded: return interval;
    default: return std::nullopt;
  }
}

}  // namespace

telemetry::telemetry(const connection_options& options, broker_pool& pool, completion_queue& completions,
                     source of, rng random, log_sink& log)
    : options_(options),
      pool_(pool),
      completions_(completions),
      source_(std::move(of)),
      random_(random),
      log_(log) {}

void telemetry::pump(instant now) {
  if (!waiting_.empty()) drop_overdue(now);
  if (!due(now) || !find_broker(now)) return;
  if (state_ == state::ask)
    ask(now);
  else
    push(false, now);
}

bool telemetry::due(instant now) const {
  return (state_ == state::ask || state_ == state::push) && now.steady >= next_;
}

time_point telemetry::deadline() const {
  const bool waits = state_ == state::ask || state_ == state::push || state_ == state::ending;
  auto at = waits ? next_ : never;
  for (const auto& w : waiting_) at = std::min(at, w.deadline);
  return at;
}

/// Who was asked last, if the connection lasts; else whichever is ready. False: nobody, for now or for good.
bool telemetry::find_broker(instant now) {
  constexpr auto key = wire::get_telemetry_subscriptions_request::api;
  if (to_ && pool_.version_of(*to_, key)) return true;
  to_ = pool_.ready_broker(now.steady);
  if (!to_) return false;
  const auto version = pool_.version_of(*to_, key);
  if (!version) turn_off(version.failure());
  return version.has_value();
}

template <class Request, class Make>
void telemetry::call(Make make, void (telemetry::*answered)(const typename Request::response&, instant),
                     instant now) {
  using response = typename Request::response;
  auto done = [this, answered, turn = ++turn_](answer<response> came, instant at) {
    if (turn != turn_) return;
    if (came.got) return (this->*answered)(*came.got, at);
    wait_as(state::ask, default_interval, at);
  };
  pool_.call(*to_, make_call<Request>(std::move(make), std::move(done),
                                      after(now.steady, options_.request_timeout)));
}

void telemetry::ask(instant now) {
  state_ = state::asked;
  auto make = [id = id_](api_version) {
    wire::get_telemetry_subscriptions_request out;
    out.client_instance_id = id;
    return out;
  };
  call<wire::get_telemetry_subscriptions_request>(make, &telemetry::on_subscription, now);
}

void telemetry::on_subscription(const wire::get_telemetry_subscriptions_response& said, instant now) {
  pool_.throttle(*to_, said.throttle_time_ms, now);
  interval_ = interval_of(said.push_interval_ms);
  if (said.error_code != error_code::none) return on_error(said.error_code, now);
  if (id_.is_zero()) id_ = said.client_instance_id;
  subscription_ = said.subscription_id;
  codec_ = codec_of(said.accepted_compression_types);
  most_bytes_ = static_cast<std::size_t>(std::max(said.telemetry_max_bytes, 0));
  delta_ = said.delta_temporality;
  wanted_.assign(said.requested_metrics.begin(), said.requested_metrics.end());
  if (!id_.is_zero()) tell_id(id_);
  if (wanted_.empty()) return wait_as(state::ask, interval_, now);
  const auto jittered = static_cast<double>(interval_.count()) * (0.5 + random_.unit());
  wait_as(state::push, duration(static_cast<std::int64_t>(jittered)), now);
}

void telemetry::push(bool terminating, instant now) {
  state_ = terminating ? state::ending : state::pushed;
  const auto taken = source_.measure(now);
  pushed_ = {now, taken.brokers.traffic.connects};
  auto make = [this, terminating, content = pack(taken)](api_version) {
    wire::push_telemetry_request out;
    out.client_instance_id = id_;
    out.subscription_id = subscription_;
    out.terminating = terminating;
    out.compression_type = static_cast<std::int8_t>(content.codec);
    out.metrics = bytes_view(content.bytes);
    return out;
  };
  call<wire::push_telemetry_request>(std::move(make), &telemetry::on_pushed, now);
}

/// As many metrics as the broker takes at once, the first ones.
telemetry::payload telemetry::pack(const measurements& of) const {
  const otlp::frame frame{source_.labels(), delta_ ? last_.at.wall : began_.wall, of.taken.wall, delta_};
  auto metrics = standard_metrics(of, last_, delta_, wanted_);
  for (;;) {
    auto out = compressed(otlp::encode(frame, metrics));
    if (out.bytes.size() <= most_bytes_) return out;
    metrics.resize(metrics.size() / 2);
  }
}

telemetry::payload telemetry::compressed(std::vector<std::byte> bytes) const {
  if (codec_ == wire::codec::none || bytes.empty()) return {wire::codec::none, std::move(bytes)};
  const auto packed =
      compressor_.compress({codec_, std::nullopt}, byte_chain(buffer_slice::own(std::move(bytes))));
  return {codec_, {packed.view().begin(), packed.view().end()}};
}

void telemetry::on_pushed(const wire::push_telemetry_response& said, instant now) {
  pool_.throttle(*to_, said.throttle_time_ms, now);
  if (state_ == state::ending) {
    state_ = state::ended;
    return;
  }
  if (said.error_code != error_code::none) return on_error(said.error_code, now);
  last_ = pushed_;
  wait_as(state::push, interval_, now);
}

void telemetry::on_error(error_code code, instant now) {
  auto wait = wait_after(code, interval_);
  if (!wait) return turn_off(error(code));
  // A broker that refuses to say what it wants is not asked in a hot loop.
  if (state_ == state::asked) wait = interval_;
  wait_as(state::ask, *wait, now);
}

void telemetry::wait_as(state next, duration how_long, instant now) {
  state_ = next;
  next_ = after(now.steady, how_long);
}

void telemetry::turn_off(const error& why) {
  state_ = state::off;
  why_off_ = {why.code, "no metrics are pushed: " + why.message};
  if (why.code != error_code::unsupported_version && log_.wants(log_level::warning))
    log_.write(log_level::warning, "telemetry", why_off_->message);
  if (id_.is_zero()) tell_id(*why_off_);
}

void telemetry::instance_id(time_point deadline, completion<uuid> done) {
  if (!id_.is_zero()) return completions_.post(std::move(done), {id_});
  if (why_off_) return completions_.post(std::move(done), {*why_off_});
  waiting_.push_back({deadline, std::move(done)});
}

void telemetry::tell_id(const result<uuid>& outcome) {
  for (auto& w : std::exchange(waiting_, {})) completions_.post(std::move(w.done), result<uuid>(outcome));
}

void telemetry::drop_overdue(instant now) {
  for (auto& w : waiting_)
    if (now.steady >= w.deadline)
      completions_.post(std::move(w.done),
                        {pool_.overdue("no broker has given the client an instance id in time")});
  std::erase_if(waiting_, [&](const auto& w) { return now.steady >= w.deadline; });
}

bool telemetry::finish(instant now) {
  const bool subscribed = state_ == state::push || state_ == state::pushed;
  if (subscribed && find_broker(now)) {
    push(true, now);
    next_ = after(now.steady, last_push_takes);
  } else if (state_ != state::ending || now.steady >= next_) {
    state_ = state::ended;
  }
  return state_ == state::ended;
}

void telemetry::shut(const error& why) {
  state_ = state::ended;
  ++turn_;
  tell_id(why);
}

}  // namespace klamm::client
