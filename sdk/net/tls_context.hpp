// What a client's TLS connections have in common: whom to trust, and who the client is.
#pragma once

#include <memory>
#include <string>
#include <system_error>

#include "base/result.hpp"

struct ssl_ctx_st;

namespace klamm::net {

/// Each is PEM text or the path of a PEM file.
struct tls_options {
  /// Who may sign brokers' certificates. Empty: whom the system trusts.
  std::string ca;
  /// The client's own certificate, with its chain. Empty: none.
  std::string certificate;
  /// Of the certificate. Empty: it stands with the certificate.
  std::string key;
  std::string key_password;
  /// Whether the certificate has to be for the name or address that was connected to (RFC 6125).
  bool verify_host = true;
};

class tls_context {
 public:
  /// TLS 1.2 and 1.3. Errors: INVALID_OPTIONS, naming what cannot be read or does not fit.
  static result<std::shared_ptr<const tls_context>> make(const tls_options& options);
  ~tls_context();
  tls_context(const tls_context&) = delete;
  tls_context& operator=(const tls_context&) = delete;

  ssl_ctx_st* native() const { return context_; }
  bool verifies_host() const { return verify_host_; }

 private:
  tls_context(ssl_ctx_st* context, bool verify_host) : context_(context), verify_host_(verify_host) {}

  ssl_ctx_st* const context_;
  const bool verify_host_;
};

/// What the library first complained about on this thread since its memory of it was cleared, which it is now.
std::error_code take_tls_failure();

}  // namespace klamm::net
