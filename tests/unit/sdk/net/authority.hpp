// A certificate authority for a test, and what it issues: keys of its own making, good for a day.
#pragma once

#include <string>

#include <doctest/doctest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "net/openssl_ptr.hpp"

namespace klamm::test {

/// In PEM form.
struct identity {
  std::string certificate, key;
};

class authority {
 public:
  explicit authority(const char* name = "authority") : key_(EVP_EC_gen("P-256")), own_(X509_new()) {
    fill(own_.get(), name, key_.get(), name);
    extend(own_.get(), NID_basic_constraints, "critical,CA:TRUE");
    REQUIRE(X509_sign(own_.get(), key_.get(), EVP_sha256()) > 0);
    name_ = name;
  }

  std::string certificate() const {
    return text([&](BIO* to) { return PEM_write_bio_X509(to, own_.get()); });
  }
  /// `names` as in a certificate's subjectAltName; the key is encrypted where there is a password.
  identity issue(const char* names, const std::string& password = {}) const {
    const key_ptr key(EVP_EC_gen("P-256"));
    const certificate_ptr made(X509_new());
    fill(made.get(), "subject", key.get(), name_.c_str());
    extend(made.get(), NID_subject_alt_name, names);
    REQUIRE(X509_sign(made.get(), key_.get(), EVP_sha256()) > 0);
    return {text([&](BIO* to) { return PEM_write_bio_X509(to, made.get()); }), text([&](BIO* to) {
              return PEM_write_bio_PKCS8PrivateKey(
                  to, key.get(), password.empty() ? nullptr : EVP_aes_256_cbc(), password.data(),
                  static_cast<int>(password.size()), nullptr, nullptr);
            })};
  }

 private:
  using key_ptr = net::openssl_ptr<EVP_PKEY, EVP_PKEY_free>;
  using certificate_ptr = net::openssl_ptr<X509, X509_free>;

  static void fill(X509* to, const char* subject, EVP_PKEY* key, const char* issuer) {
    static long serial = 0;
    X509_set_version(to, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(to), ++serial);
    X509_gmtime_adj(X509_getm_notBefore(to), -3600);
    X509_gmtime_adj(X509_getm_notAfter(to), 24 * 3600);
    X509_set_pubkey(to, key);
    name(X509_get_subject_name(to), subject);
    name(X509_get_issuer_name(to), issuer);
  }
  static void name(X509_NAME* to, const char* common) {
    X509_NAME_add_entry_by_txt(to, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(common), -1, -1,
                               0);
  }
  static void extend(X509* what, int kind, const char* value) {
    auto* const extension = X509V3_EXT_conf_nid(nullptr, nullptr, kind, value);
    REQUIRE(extension);
    X509_add_ext(what, extension, -1);
    X509_EXTENSION_free(extension);
  }
  template <class Write>
  static std::string text(Write&& write) {
    auto* const to = BIO_new(BIO_s_mem());
    REQUIRE(write(to) == 1);
    char* bytes = nullptr;
    const auto size = BIO_ctrl(to, BIO_CTRL_INFO, 0, &bytes);
    std::string out(bytes, static_cast<std::size_t>(size));
    BIO_free(to);
    return out;
  }

  key_ptr key_;
  certificate_ptr own_;
  std::string name_;
};

}  // namespace klamm::test
