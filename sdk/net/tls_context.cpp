#include "net/tls_context.hpp"

#include <fstream>
#include <iterator>
#include <memory>

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include "net/openssl_ptr.hpp"

namespace klamm::net {
namespace {

using context_ptr = openssl_ptr<SSL_CTX, SSL_CTX_free>;
using bio_ptr = openssl_ptr<BIO, BIO_free_all>;
using certificate_ptr = openssl_ptr<X509, X509_free>;
using key_ptr = openssl_ptr<EVP_PKEY, EVP_PKEY_free>;

class tls_category final : public std::error_category {
 public:
  const char* name() const noexcept override { return "TLS"; }
  std::string message(int code) const override {
    const auto* reason = ERR_reason_error_string(static_cast<unsigned>(code));
    return reason ? reason : "no reason was given";
  }
};

error fault(std::string_view option, std::string_view what) {
  return {error_code::invalid_options, fmt::format("tls.{}: {}", option, what)};
}
error complaint(std::string_view option, std::string_view what) {
  return fault(option, fmt::format("{}: {}", what, take_tls_failure().message()));
}

result<std::string> pem_of(std::string_view option, const std::string& given) {
  if (given.find("-----BEGIN ") != std::string::npos) return given;
  std::ifstream file(given, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!file.is_open() || file.bad())
    return fault(option, fmt::format("the file \"{}\" cannot be read", given));
  if (text.find("-----BEGIN ") == std::string::npos)
    return fault(option, fmt::format("the file \"{}\" has nothing in PEM form", given));
  return text;
}

bio_ptr reading(const std::string& pem) {
  return bio_ptr(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
}

// The end of the text is told as an error, which is none.
certificate_ptr next_certificate(BIO* from) {
  certificate_ptr found(PEM_read_bio_X509_AUX(from, nullptr, nullptr, nullptr));
  if (!found) ERR_clear_error();
  return found;
}

int give_password(char* to, int room, int, void* password) {
  const auto& text = *static_cast<const std::string*>(password);
  if (text.size() > static_cast<std::size_t>(room)) return -1;
  text.copy(to, text.size());
  return static_cast<int>(text.size());
}

result<void> trust(SSL_CTX* context, const std::string& ca) {
  if (ca.empty()) {
    if (SSL_CTX_set_default_verify_paths(context) == 1) return {};
    return complaint("ca", "the system's store of authorities cannot be read");
  }
  const auto pem = pem_of("ca", ca);
  if (!pem) return pem.failure();
  const auto from = reading(*pem);
  int count = 0;
  while (const auto authority = next_certificate(from.get())) {
    if (X509_STORE_add_cert(SSL_CTX_get_cert_store(context), authority.get()) != 1)
      return complaint("ca", "an authority cannot be trusted");
    ++count;
  }
  if (count == 0) return fault("ca", "it holds no certificate");
  return {};
}

result<void> identify(SSL_CTX* context, const tls_options& options) {
  if (options.certificate.empty()) {
    if (options.key.empty()) return {};
    return fault("key", "a key without a certificate");
  }
  const auto pem = pem_of("certificate", options.certificate);
  if (!pem) return pem.failure();
  const auto from = reading(*pem);
  const auto own = next_certificate(from.get());
  if (!own) return fault("certificate", "it holds no certificate");
  if (SSL_CTX_use_certificate(context, own.get()) != 1) return complaint("certificate", "it cannot be used");
  while (const auto signer = next_certificate(from.get()))
    if (SSL_CTX_add1_chain_cert(context, signer.get()) != 1)
      return complaint("certificate", "its chain cannot be used");

  const auto key_pem = options.key.empty() ? pem : pem_of("key", options.key);
  if (!key_pem) return key_pem.failure();
  const auto key_from = reading(*key_pem);
  const key_ptr key(PEM_read_bio_PrivateKey(key_from.get(), nullptr, give_password,
                                            const_cast<std::string*>(&options.key_password)));
  if (!key) return complaint("key", "no private key can be read; is key_password right?");
  if (SSL_CTX_use_PrivateKey(context, key.get()) != 1) return complaint("key", "it is not the certificate's");
  return {};
}

}  // namespace

std::error_code take_tls_failure() {
  static const tls_category category;
  const auto code = ERR_get_error();
  ERR_clear_error();
  return {static_cast<int>(code), category};
}

result<std::shared_ptr<const tls_context>> tls_context::make(const tls_options& options) {
  ERR_clear_error();
  context_ptr context(SSL_CTX_new(TLS_client_method()));
  if (!context) return complaint("", "TLS cannot be used");
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  // Renegotiation would have a write wait for a read.
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                      SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_read_ahead(context.get(), 1);  // a system call for several records
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  if (auto trusted = trust(context.get(), options.ca); !trusted) return trusted.failure();
  if (auto identified = identify(context.get(), options); !identified) return identified.failure();
  return std::shared_ptr<const tls_context>(new tls_context(context.release(), options.verify_host));
}

tls_context::~tls_context() { SSL_CTX_free(context_); }

}  // namespace klamm::net
