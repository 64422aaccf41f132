// What a test wants to go wrong with requests (klamm/testing.hpp): asked before one is served. No broker has any otherwise.
#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "broker/api/context.hpp"

namespace klamm::broker::api {

struct request_fault {
  /// Sent instead of doing what is asked; of an error the connection is closed.
  std::optional<result<byte_chain>> answer;
  /// How much later the answer is sent.
  duration delay{};
  /// What is asked is done, and the connection is closed instead of an answer.
  bool lose_reply = false;
};

class request_faults {
 public:
  virtual ~request_faults() = default;
  /// On the node's thread, once for each request of its clients' listener.
  virtual request_fault judge(const request& asked, const services& node) = 0;
};

/// Serves requests as the faults have it.
class faulty_service {
 public:
  /// The faults, the clock and the timers outlive it. What is parked may be answered when the rest of the node is gone.
  faulty_service(request_faults& faults, services& node)
      : faults_(faults), node_(node), clock_(node.clock), timers_(node.clockwork) {}

  result<void> serve(request asked, send_response send);

 private:
  send_response later(send_response send, duration delay);

  request_faults& faults_;
  services& node_;
  const instant& clock_;
  timers& timers_;
  std::uint64_t next_ = 0;
  std::map<std::uint64_t, timers::handle> delayed_;
};

}  // namespace klamm::broker::api
