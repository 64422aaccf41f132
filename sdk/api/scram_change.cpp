#include "api/scram_change.hpp"

#include <array>

#include <fmt/format.h>

#include "link/scram_keys.hpp"
#include "net/system.hpp"

namespace klamm::api {
namespace {

/// About 0.2 s of the calling thread's time; brokers take 16,384.
constexpr int most_iterations = 1'000'000;

std::string random_salt() {
  std::array<std::byte, 32> bytes;
  net::system_entropy().fill(bytes);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::optional<error> fault_of(const ScramCredentialChange& change) {
  if (change.mechanism != ScramMechanism::sha256 && change.mechanism != ScramMechanism::sha512)
    return error(error_code::unsupported_sasl_mechanism,
                 fmt::format("there is no SCRAM mechanism {}: it is sha256 or sha512",
                             static_cast<int>(change.mechanism)));
  if (change.iterations < 1 || change.iterations > most_iterations)
    return error(error_code::unacceptable_credential,
                 fmt::format("{} iterations: brokers take 4096 to 16384", change.iterations));
  if (change.password->empty())
    return error(error_code::unacceptable_credential,
                 "the password is empty: to delete the credential, give none");
  return std::nullopt;
}

}  // namespace

client::admin::scram_change derived(const ScramCredentialChange& change) {
  client::admin::scram_change to{.user = change.user,
                                 .mechanism = static_cast<std::int8_t>(change.mechanism),
                                 .remove = !change.password};
  if (to.remove) return to;
  to.unacceptable = fault_of(change);
  if (to.unacceptable) return to;
  const auto hash =
      change.mechanism == ScramMechanism::sha256 ? link::scram_hash::sha256 : link::scram_hash::sha512;
  to.iterations = change.iterations;
  to.salt = change.salt.empty() ? random_salt() : change.salt;
  to.salted_password = link::salted_password(hash, *change.password, to.salt, to.iterations);
  return to;
}

}  // namespace klamm::api
