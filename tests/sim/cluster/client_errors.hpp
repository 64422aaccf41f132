// The errors that a broker of Apache Kafka may answer a producer's or a group member's request with.
//
// Left out is what a broker says of a log or a membership only where it is true, and what a client has to believe therefore:
// OFFSET_OUT_OF_RANGE, DUPLICATE_SEQUENCE_NUMBER, OUT_OF_ORDER_SEQUENCE_NUMBER, UNKNOWN_PRODUCER_ID, INVALID_PRODUCER_EPOCH,
// FENCED_INSTANCE_ID, MEMBER_ID_REQUIRED.
#pragma once

#include <map>
#include <vector>

#include "base/error.hpp"
#include "wire/api_key.hpp"

namespace klamm::sim {

struct errors_of_api {
  /// Nothing is wrong with the request, and the next one may succeed.
  std::vector<error_code> passing;
  /// Until somebody changes something: the application is told, and may have to begin anew.
  std::vector<error_code> lasting;
};

const std::map<wire::api_key, errors_of_api>& client_errors();

}  // namespace klamm::sim
