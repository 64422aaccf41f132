// The client's half of SASL exchanges (RFC 4422): what to say to the broker, and whether it has to be believed.
//
//   mechanism               first                    challenge             next
//   ---------------------   ----------------------   -------------------   ------------------------------------------------
//   PLAIN (RFC 4616)        user and password        anything              complete
//   SCRAM (RFC 5802, 7677)  user and a nonce         salt, iterations,     the proof that the password is known
//                                                    the nonce, longer
//                                                    the signature         complete, if the broker knows the password too
//   OAUTHBEARER (RFC 7628)  token and extensions     nothing               complete
//                                                    why it was refused    a byte that asks for the broker's own error
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace klamm::link {

/// One exchange. Used once.
class sasl_exchange {
 public:
  virtual ~sasl_exchange() = default;
  virtual std::string_view mechanism() const = 0;
  virtual std::string first() = 0;
  /// What to answer a challenge with; nothing: the exchange is complete, and the broker has proven what it had to.
  /// Errors: SASL_AUTHENTICATION_FAILED, where the broker cannot be trusted or makes no sense.
  virtual result<std::optional<std::string>> next(std::string_view challenge) = 0;
};

/// Makes an exchange for each connection, and each time that one authenticates again (KIP-368). Errors end the connection.
using sasl_source = std::function<result<std::unique_ptr<sasl_exchange>>()>;

std::unique_ptr<sasl_exchange> plain_exchange(std::string user, std::string password);

enum class scram_hash { sha256, sha512 };
/// `nonce`: printable characters without a comma that nobody can guess, fresh for each exchange. User and password go as they are,
/// in UTF-8: Kafka does not prepare them (RFC 4013) either.
std::unique_ptr<sasl_exchange> scram_exchange(scram_hash hash, std::string user, std::string password,
                                              std::string nonce);
/// By a delegation token (KIP-48), which the broker looks for among its tokens and not among its users.
std::unique_ptr<sasl_exchange> token_exchange(scram_hash hash, std::string token_id, std::string hmac,
                                              std::string nonce);

/// `extensions` as in KIP-342.
std::unique_ptr<sasl_exchange> bearer_exchange(const std::string& token,
                                               const std::map<std::string, std::string>& extensions);

}  // namespace klamm::link
