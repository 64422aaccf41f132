// Brokers that answer clients with errors that they need not: any that a broker of Apache Kafka may answer to such a request for a
// while, without doing what is asked; and answers that come late, or are lost though it is done.
#pragma once

#include <optional>

#include "base/rng.hpp"
#include "broker/api/request_faults.hpp"
#include "tests/sim/cluster/coverage.hpp"

namespace klamm::sim {

class wrong_answers final : public broker::api::request_faults {
 public:
  /// Of its own luck, so that a seed without it is as it was.
  wrong_answers(std::uint64_t seed, coverage& seen) : random_(seed ^ 0x3770a25e), seen_(seen) {}

  /// How many requests of producers and members meet one, from 0 to 1.
  double share = 0;

  broker::api::request_fault judge(const broker::api::request& asked,
                                   const broker::api::services& node) override;

 private:
  std::optional<result<byte_chain>> error_for(const broker::api::request& asked);

  rng random_;
  coverage& seen_;
};

}  // namespace klamm::sim
