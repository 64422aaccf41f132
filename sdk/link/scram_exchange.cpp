#include <charconv>
#include <vector>

#include <fmt/format.h>

#include "base/base64.hpp"
#include "base/bytes.hpp"
#include "link/scram_keys.hpp"

namespace klamm::link {
namespace {

// RFC 7677 wants no fewer. A broker that asks for more than the most would keep the thread that all connections share, here for
// some 50 ms; Kafka itself allows 16,384.
constexpr int least_iterations = 4096, most_iterations = 100'000;

error distrust(std::string what) {
  return {error_code::sasl_authentication_failed, "SCRAM: " + std::move(what)};
}

/// A user's name as the exchange has it (RFC 5802, section 5.1).
std::string escaped(std::string_view user) {
  std::string out;
  for (const char c : user) {
    if (c == '=')
      out += "=3D";
    else if (c == ',')
      out += "=2C";
    else
      out += c;
  }
  return out;
}

std::string to_base64(std::string_view bytes) {
  return base64_encode(as_bytes_view(bytes), base64_alphabet::padded);
}

std::optional<std::string> from_base64(std::string_view text) {
  const auto bytes = base64_decode(text, base64_alphabet::padded);
  return bytes ? std::optional(std::string(as_text(*bytes))) : std::nullopt;
}

/// The values of the attributes `names`, which a message begins with in this order; nothing: it does not.
std::optional<std::vector<std::string_view>> attributes(std::string_view message, std::string_view names) {
  std::vector<std::string_view> values;
  for (const char name : names) {
    if (!values.empty()) {
      if (!message.starts_with(',')) return std::nullopt;
      message.remove_prefix(1);
    }
    if (message.size() < 2 || message[0] != name || message[1] != '=') return std::nullopt;
    const auto end = std::min(message.find(','), message.size());
    values.push_back(message.substr(2, end - 2));
    message.remove_prefix(end);
  }
  return values;
}

class scram final : public sasl_exchange {
 public:
  scram(scram_hash hash, const std::string& user, std::string password, std::string nonce,
        std::string_view extensions)
      : hash_(hash),
        password_(std::move(password)),
        nonce_(std::move(nonce)),
        first_bare_(fmt::format("n={},r={}{}", escaped(user), nonce_, extensions)) {}

  std::string_view mechanism() const override {
    return hash_ == scram_hash::sha256 ? "SCRAM-SHA-256" : "SCRAM-SHA-512";
  }
  std::string first() override { return std::string(no_binding) + first_bare_; }
  result<std::optional<std::string>> next(std::string_view challenge) override {
    if (signature_.empty()) return prove(challenge);
    return check(challenge);
  }

 private:
  static constexpr std::string_view no_binding = "n,,";

  result<std::optional<std::string>> prove(std::string_view challenge) {
    const auto said = attributes(challenge, "rsi");
    if (!said) return distrust("the broker's first message is none");
    const auto nonce = said->at(0);
    // Longer, and ours in front: else somebody could answer with what an earlier exchange had (CVE-2024-56128 is its kin).
    if (!nonce.starts_with(nonce_) || nonce.size() == nonce_.size())
      return distrust("the broker's nonce does not go on from ours");
    const auto salt = from_base64(said->at(1));
    if (!salt || salt->empty()) return distrust("the broker's salt is not base64");
    int iterations = 0;
    const auto count = said->at(2);
    const auto [end, bad] = std::from_chars(count.data(), count.data() + count.size(), iterations);
    if (bad != std::errc() || end != count.data() + count.size() || iterations < least_iterations ||
        iterations > most_iterations)
      return distrust(fmt::format("the broker wants \"{}\" iterations; {} to {} are taken", count,
                                  least_iterations, most_iterations));
    return std::optional(final_message(challenge, nonce, *salt, iterations));
  }

  std::string final_message(std::string_view challenge, std::string_view nonce, std::string_view salt,
                            int iterations) {
    const auto bare = fmt::format("c={},r={}", to_base64(no_binding), nonce);
    const auto all = fmt::format("{},{},{}", first_bare_, challenge, bare);
    const auto salted = salted_password(hash_, password_, salt, iterations);
    const auto client_key = scram_hmac(hash_, salted, "Client Key");
    const auto proof = exclusive_or(client_key, scram_hmac(hash_, scram_digest(hash_, client_key), all));
    signature_ = scram_hmac(hash_, scram_hmac(hash_, salted, "Server Key"), all);
    return fmt::format("{},p={}", bare, to_base64(proof));
  }

  result<std::optional<std::string>> check(std::string_view challenge) const {
    if (const auto refused = attributes(challenge, "e")) return distrust(std::string(refused->at(0)));
    const auto said = attributes(challenge, "v");
    const auto signature = said ? from_base64(said->at(0)) : std::nullopt;
    if (!signature || !equal_secrets(*signature, signature_))
      return distrust("the broker does not know the password: its signature is wrong");
    return std::optional<std::string>();
  }

  const scram_hash hash_;
  const std::string password_, nonce_, first_bare_;
  std::string signature_;  // that the broker has to send; empty: it has not been asked for its salt yet
};

}  // namespace

std::unique_ptr<sasl_exchange> scram_exchange(scram_hash hash, std::string user, std::string password,
                                              std::string nonce) {
  return std::make_unique<scram>(hash, user, std::move(password), std::move(nonce), "");
}

std::unique_ptr<sasl_exchange> token_exchange(scram_hash hash, std::string token_id, std::string hmac,
                                              std::string nonce) {
  return std::make_unique<scram>(hash, token_id, std::move(hmac), std::move(nonce), ",tokenauth=true");
}

}  // namespace klamm::link
