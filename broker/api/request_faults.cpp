#include "broker/api/request_faults.hpp"

#include "broker/api/dispatch.hpp"

namespace klamm::broker::api {

result<void> faulty_service::serve(request asked, send_response send) {
  auto fault = faults_.judge(asked, node_);
  if (fault.lose_reply)
    send = [send = std::move(send)](const result<byte_chain>&) {
      send(error(error_code::network_exception, "a test wants this answer to be lost"));
    };
  if (fault.delay > duration::zero()) send = later(std::move(send), fault.delay);
  if (!fault.answer) return dispatch(std::move(asked), node_, std::move(send));
  send(std::move(*fault.answer));
  return {};
}

send_response faulty_service::later(send_response send, duration delay) {
  return [this, send = std::move(send), delay](result<byte_chain> body) {
    const auto number = next_++;
    delayed_[number] =
        timers_.call_at(clock_.steady + delay, [this, number, send, body = std::move(body)]() mutable {
          send(std::move(body));
          delayed_.erase(number);
        });
  };
}

}  // namespace klamm::broker::api
