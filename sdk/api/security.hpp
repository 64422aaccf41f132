// Who the client is and whom it trusts: the public options as the connections' own.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include <klamm/options.hpp>

#include "base/time.hpp"
#include "link/sasl.hpp"
#include "net/tls_context.hpp"

namespace klamm::api {

/// Null: no TLS. Precondition: the options were checked.
std::shared_ptr<const net::tls_context> tls_of(const ClientOptions& options);
/// What cannot be used of it; nothing: all can.
std::optional<std::string> fault_of(const Tls& tls);

/// Null: no SASL.
link::sasl_source sasl_of(const ClientOptions& options);

/// An application's bearer tokens, kept until they end.
///
///   exchange wanted    the token is good    it is used; past 4/5 of its life the next is asked for besides
///                      there is none        one is asked for. CONNECT_FAILED: it has not come yet, and who tries again finds it;
///                                           SASL_AUTHENTICATION_FAILED, with what the application threw: it does not come. CONNECT_FAILED
///                      with it, if that was a retriable klamm::Exception: it may come next time
class bearer_tokens : public std::enable_shared_from_this<bearer_tokens> {
 public:
  struct surroundings {
    std::function<timestamp()> now;
    /// Runs it on another thread: an answer may take its time.
    std::function<void(std::function<void()>)> elsewhere;
  };

  bearer_tokens(std::function<OAuthToken()> source, surroundings with)
      : source_(std::move(source)), with_(std::move(with)) {}

  result<std::unique_ptr<link::sasl_exchange>> exchange();
  /// Unless that was done and is not answered yet.
  void ask();

 private:
  void answer();
  void take(std::optional<OAuthToken> token, std::optional<error> failure);

  const std::function<OAuthToken()> source_;
  const surroundings with_;
  std::mutex lock_;
  std::optional<OAuthToken> token_;
  timestamp renew_at_{};
  bool asking_ = false;
  std::optional<error> failure_;  // of the last one asked for
};

}  // namespace klamm::api
