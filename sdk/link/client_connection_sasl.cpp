// Who the client is to the broker: SaslHandshake, then SaslAuthenticate until the exchange is complete.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "link/client_connection_script.hpp"
#include "wire/messages/sasl_authenticate.hpp"
#include "wire/messages/sasl_handshake.hpp"

namespace klamm::link {
namespace {

// Of the time that the broker gives a session. The rest is for what is outstanding and for the exchange itself.
constexpr double session_use = 0.85;

}  // namespace

void client_connection::authenticate(instant now, client_output& out) {
  phase_ = phase::authenticating;
  session_ends_ = never;
  auto exchange = options_.sasl();
  if (!exchange) return end(exchange.failure(), true, now, out);
  exchange_ = *std::move(exchange);
  const auto version = common_version(wire::api_key::sasl_handshake, INT16_MAX);
  // Version 0 goes on with bytes outside of Kafka's frames; brokers since 1.0 have version 1.
  if (!version || *version < 1)
    return end(error(error_code::unsupported_sasl_mechanism,
                     fmt::format("{}:{} does not speak SASL as we do", to_.host, to_.port)),
               true, now, out);
  ask(wire::sasl_handshake_request{exchange_->mechanism()}, *version, now, out);
}

void client_connection::on_authentication(const description& of, const buffer_slice& body, instant now,
                                          client_output& out) {
  if (of.key == wire::api_key::sasl_handshake) return on_mechanisms(body, of.version, now, out);
  on_challenge(body, of.version, now, out);
}

void client_connection::on_mechanisms(const buffer_slice& body, api_version version, instant now,
                                      client_output& out) {
  const auto said = read_step<wire::sasl_handshake_response>(body, version);
  if (!said) return end(said.failure(), true, now, out);
  if (said->error_code == error_code::unsupported_sasl_mechanism)
    return end(
        error(said->error_code, fmt::format("{}:{} does not take {}; it takes {}", to_.host, to_.port,
                                            exchange_->mechanism(), fmt::join(said->mechanisms, ", "))),
        true, now, out);
  if (said->error_code == error_code::illegal_sasl_state)
    return end(
        error(said->error_code, fmt::format("{}:{} wants no SASL on this listener", to_.host, to_.port)),
        true, now, out);
  if (said->error_code != error_code::none)
    return end(error(said->error_code, fmt::format("{}:{} refused {}: {}", to_.host, to_.port,
                                                   exchange_->mechanism(), describe(said->error_code))),
               true, now, out);
  send_token(exchange_->first(), now, out);
}

void client_connection::send_token(const std::string& token, instant now, client_output& out) {
  const auto version = common_version(wire::api_key::sasl_authenticate, INT16_MAX);
  if (!version) return end(version.failure(), true, now, out);
  ask(wire::sasl_authenticate_request{as_bytes_view(token)}, *version, now, out);
}

void client_connection::on_challenge(const buffer_slice& body, api_version version, instant now,
                                     client_output& out) {
  const auto said = read_step<wire::sasl_authenticate_response>(body, version);
  if (!said) return end(said.failure(), true, now, out);
  if (said->error_code != error_code::none)
    return end(error(said->error_code, fmt::format("{}:{} refused the credentials ({}): {}", to_.host,
                                                   to_.port, exchange_->mechanism(),
                                                   said->error_message.value_or(describe(said->error_code)))),
               true, now, out);
  const auto next = exchange_->next(as_text(said->auth_bytes));
  if (!next)
    return end(error(next.code(), fmt::format("{}:{}: {}", to_.host, to_.port, next.failure().message)), true,
               now, out);
  if (*next) return send_token(**next, now, out);
  exchange_.reset();
  become_ready(now);
  if (said->session_lifetime_ms > millis(0))
    session_ends_ =
        after(now.steady, std::chrono::duration_cast<duration>(said->session_lifetime_ms * session_use));
}

}  // namespace klamm::link
