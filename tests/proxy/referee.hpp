// Decides which frames pass, by counting them over all connections: the same traffic meets the same faults.
#pragma once

#include <cstdint>
#include <map>

#include "base/time.hpp"
#include "tests/proxy/frame_stream.hpp"
#include "wire/message.hpp"

namespace klamm::proxy {

struct rules {
  /// Of these APIs every Nth response is lost: the broker has done what was asked, the client never hears of it. Since replies
  /// are ordered, the connection ends with it.
  std::map<wire::api_key, std::uint64_t> drop_every;
  /// Every Nth frame, request or response, breaks off in its midst, and both ends see a reset. 0: none.
  std::uint64_t reset_every = 0;
  /// How much later everything arrives.
  duration delay{};
};

struct counts {
  std::uint64_t connections = 0;
  /// Connections that ended because the broker took none.
  std::uint64_t refused = 0;
  /// Frames by what they are; a response by its request.
  std::map<wire::api_key, std::uint64_t> requests, responses, dropped;
  std::uint64_t resets = 0;
  /// Requests that the broker answered a late copy of.
  std::map<wire::api_key, std::uint64_t> copied;
};

class referee {
 public:
  explicit referee(rules r) : rules_(std::move(r)) {}

  fate request(wire::api_key key);
  fate response(wire::api_key key);

  const rules& by() const { return rules_; }
  counts& so_far() { return counts_; }

 private:
  fate next_frame();

  rules rules_;
  counts counts_;
  std::uint64_t frames_ = 0;
};

}  // namespace klamm::proxy
