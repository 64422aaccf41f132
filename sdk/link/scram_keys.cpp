#include "link/scram_keys.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <new>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace klamm::link {
namespace {

const EVP_MD* digest_of(scram_hash hash) { return hash == scram_hash::sha256 ? EVP_sha256() : EVP_sha512(); }

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

// The library fails at this only where it has no memory.
void require(bool done) {
  if (!done) throw std::bad_alloc();
}

}  // namespace

std::string salted_password(scram_hash hash, std::string_view password, std::string_view salt,
                            int iterations) {
  const auto* digest = digest_of(hash);
  std::string out(static_cast<std::size_t>(EVP_MD_size(digest)), '\0');
  require(PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()), bytes_of(salt),
                            static_cast<int>(salt.size()), iterations, digest, static_cast<int>(out.size()),
                            bytes_of(out)) == 1);
  return out;
}

std::string scram_hmac(scram_hash hash, std::string_view key, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
  unsigned size = 0;
  require(HMAC(digest_of(hash), key.data(), static_cast<int>(key.size()), bytes_of(text), text.size(),
               out.data(), &size) != nullptr);
  return {out.begin(), out.begin() + size};
}

std::string scram_digest(scram_hash hash, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
  unsigned size = 0;
  require(EVP_Digest(text.data(), text.size(), out.data(), &size, digest_of(hash), nullptr) == 1);
  return {out.begin(), out.begin() + size};
}

std::string exclusive_or(std::string_view a, std::string_view b) {
  assert(a.size() == b.size());
  std::string out(a.size(), '\0');
  std::ranges::transform(a, b, out.begin(), [](char x, char y) { return static_cast<char>(x ^ y); });
  return out;
}

bool equal_secrets(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace klamm::link
