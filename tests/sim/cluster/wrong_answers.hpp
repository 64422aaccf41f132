// Brokers that answer clients with errors that they need not: any that a broker of Apache Kafka may answer to such a request,
// without doing what is asked; and answers that come late, or are lost though it is done.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "base/rng.hpp"
#include "broker/api/request_faults.hpp"
#include "tests/sim/cluster/client_errors.hpp"
#include "tests/sim/cluster/coverage.hpp"

namespace klamm::sim {

/// How the counts of coverage that say which error answered which API begin.
inline constexpr std::string_view answered_with = "answered: ";
std::string answer_of(wire::api_key api, error_code code);

class wrong_answers final : public broker::api::request_faults {
 public:
  /// Of its own luck, so that a seed without it is as it was.
  wrong_answers(std::uint64_t seed, coverage& seen) : random_(seed ^ 0x3770a25e), seen_(seen) {}

  /// How many requests of producers and members meet one, from 0 to 1.
  double share = 0;

  broker::api::request_fault judge(const broker::api::request& asked,
                                   const broker::api::services& node) override;

  /// A broker may tell the client this in earnest, and it lasts.
  void may_be_told(std::string_view client, error_code code) { lasting_[std::string(client)].insert(code); }
  /// Whether the client was told this, and it lasts: then its application may hear of it.
  bool told_lasting(std::string_view client, error_code code) const;
  /// Whether it was told anything that lasts since it was last forgiven, so that it may never go on by itself.
  bool needs_a_new_life(std::string_view client) const { return lasting_.contains(client); }
  void forgive(std::string_view client);

 private:
  std::optional<result<byte_chain>> error_for(const broker::api::request& asked);

  rng random_;
  coverage& seen_;
  std::map<std::string, std::set<error_code>, std::less<>> lasting_;
};

}  // namespace klamm::sim
