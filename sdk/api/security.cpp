#include "api/security.hpp"

#include <array>
#include <exception>
#include <utility>

#include <asio/post.hpp>
#include <fmt/format.h>

#include "base/base64.hpp"
#include "net/io_threads.hpp"
#include "net/system.hpp"

namespace klamm::api {
namespace {

net::tls_options machine_options(const Tls& tls) {
  return {.ca = tls.ca,
          .certificate = tls.certificate,
          .key = tls.key,
          .key_password = tls.key_password,
          .verify_host = tls.verify_host};
}

// 144 bits: printable, and without a comma.
std::string fresh_nonce() {
  std::array<std::byte, 18> random{};
  net::system_entropy().fill(random);
  return base64_encode(random, base64_alphabet::url_unpadded);
}

bearer_tokens::surroundings with_a_thread() {
  auto thread = std::make_shared<net::io_threads>(1);
  return {.now = [] { return net::system_now().wall; },
          .elsewhere = [thread](std::function<void()> task) { asio::post(thread->next(), std::move(task)); }};
}

template <class... Cases>
struct overloaded : Cases... {
  using Cases::operator()...;
};

}  // namespace

std::shared_ptr<const net::tls_context> tls_of(const ClientOptions& options) {
  if (!options.tls) return nullptr;
  return *net::tls_context::make(machine_options(*options.tls));
}

std::optional<std::string> fault_of(const Tls& tls) {
  const auto made = net::tls_context::make(machine_options(tls));
  return made ? std::nullopt : std::optional(made.failure().message);
}

link::sasl_source sasl_of(const ClientOptions& options) {
  using source = link::sasl_source;
  return std::visit(
      overloaded{
          [](const std::monostate&) { return source(); },
          [](const Plain& as) { return source([=] { return link::plain_exchange(as.user, as.password); }); },
          [](const Scram& as) {
            const auto hash = as.hash == Scram::sha256 ? link::scram_hash::sha256 : link::scram_hash::sha512;
            const auto exchange = as.delegation_token ? link::token_exchange : link::scram_exchange;
            return source([=] { return exchange(hash, as.user, as.password, fresh_nonce()); });
          },
          [](const OAuthBearer& as) {
            auto tokens = std::make_shared<bearer_tokens>(as.token, with_a_thread());
            tokens->ask();
            return source([tokens] { return tokens->exchange(); });
          }},
      options.sasl);
}

result<std::unique_ptr<link::sasl_exchange>> bearer_tokens::exchange() {
  std::unique_lock lock(lock_);
  const auto now = with_.now();
  const bool good = token_ && now.value < token_->expires.time_since_epoch().count();
  if (good) {
    auto made = link::bearer_exchange(token_->value, token_->extensions);
    lock.unlock();
    if (now >= renew_at_) ask();
    return made;
  }
  const auto failure = std::exchange(failure_, std::nullopt);
  lock.unlock();
  ask();
  if (!failure) return error(error_code::connect_failed, "the bearer token has not come yet");
  return error(failure->code, "there is no bearer token: " + failure->message);
}

void bearer_tokens::ask() {
  {
    const std::lock_guard lock(lock_);
    if (std::exchange(asking_, true)) return;
  }
  with_.elsewhere([self = shared_from_this()] { self->answer(); });
}

void bearer_tokens::answer() {
  constexpr auto refused = error_code::sasl_authentication_failed;
  try {
    take(source_(), std::nullopt);
  } catch (const Exception& thrown) {
    take(std::nullopt,
         error(thrown.error().retriable() ? error_code::connect_failed : refused, thrown.what()));
  } catch (const std::exception& thrown) {
    take(std::nullopt, error(refused, thrown.what()));
  } catch (...) {
    take(std::nullopt, error(refused, "the application threw what is no std::exception"));
  }
}

void bearer_tokens::take(std::optional<OAuthToken> token, std::optional<error> failure) {
  const std::lock_guard lock(lock_);
  asking_ = false;
  const auto now = with_.now();
  if (token && token->expires.time_since_epoch().count() <= now.value)
    failure = error(error_code::sasl_authentication_failed, "the one that was given has ended");
  failure_ = std::move(failure);
  if (!token || failure_) return;  // the one that there is may still be good
  const auto life = token->expires.time_since_epoch().count() - now.value;
  renew_at_ = timestamp(now.value + life / 5 * 4);
  token_ = std::move(token);
}

}  // namespace klamm::api
