// The way from a broker to the active controller, which is on this node, or another that is reached over connections.
//
//   event                     what happens
//   -----------------------   ------------------------------------------------------------------------------------------
//   ask, forward, create      goes to the controller that is known; waits where none is
//   leads(controller)         what waits goes there
//   an answer                 handed on. A forwarded request that was answered by one that is not the active controller, or by
//                             nobody, is tried again after a backoff: the client need not know
//   its time is over          REQUEST_TIMED_OUT
//
// A client's request travels to another node in an Envelope (KIP-590), byte by byte as it came.
#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "broker/api/context.hpp"
#include "broker/node/messages.hpp"
#include "broker/peer/links.hpp"

namespace klamm::broker::node {

/// How long a decision that the broker itself asks for may take.
inline constexpr millis decision_timeout(5000);

class controller_channel final : public api::controller_channel {
 public:
  controller_channel(peer::links& links, const instant& clock, node_id self, std::vector<to_quorum>& out)
      : links_(links), clock_(clock), self_(self), out_(out) {}

  /// A request of the broker's own. Its answer may be that the one asked is not the controller.
  template <class Request, class Then>
  void ask(peer::lane by, Request what, duration timeout, Then then) {
    pass({by, peer::make_request(std::move(what), timeout, std::move(then)), after(clock_.steady, timeout)});
  }
  void forward(api::request in, api::send_response send) override;
  void create(std::shared_ptr<meta::topic_creation> wanted, unique_function<void()> then) override;

  void on(leads message);
  void tick();
  time_point deadline() const;

 private:
  struct question {
    peer::lane by;
    peer::request what;
    time_point deadline;
  };
  struct forwarded {
    api::request in;
    api::send_response send;
    time_point deadline, try_at{};
  };
  using forwarded_ptr = std::shared_ptr<forwarded>;

  void pass(question asked);
  void ask_here(question asked);
  void pass(forwarded_ptr one);
  void on_answer(const forwarded_ptr& one, result<byte_chain> body);
  static peer::request envelope_of(const forwarded_ptr& one, duration timeout,
                                   unique_function<void(result<byte_chain>)> then);

  peer::links& links_;
  const instant& clock_;
  node_id self_;
  std::vector<to_quorum>& out_;
  node_id controller_;
  std::deque<question> waiting_;
  std::deque<forwarded_ptr> parked_;  // without a controller, or after a failure
};

}  // namespace klamm::broker::node
