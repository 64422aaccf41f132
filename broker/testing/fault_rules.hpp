// The faults of a test: which requests they meet, and how often still.
#pragma once

#include <list>
#include <mutex>
#include <string>
#include <string_view>

#include "broker/api/request_faults.hpp"
#include "wire/json/catalog.hpp"

namespace klamm::testing {

/// As whom the cluster itself asks its brokers, whom no fault meets.
inline constexpr std::string_view own_client = "klamm-testing";

struct fault_rule {
  wire::api_key api;
  int times = 1;
  std::string topic;  // empty: any
  node_id broker;     // -1: any
  error_code fail = error_code::none;
  duration delay{};
  bool lose_reply = false;
};

/// Members are safe from any thread: a test adds rules, the nodes' threads ask.
class fault_rules final : public broker::api::request_faults {
 public:
  void add(fault_rule rule);
  void clear();
  int met() const;

  broker::api::request_fault judge(const broker::api::request& asked,
                                   const broker::api::services& node) override;

 private:
  mutable std::mutex lock_;
  std::list<fault_rule> rules_;
  int met_ = 0;
};

}  // namespace klamm::testing
