// What is owed to one request.
#pragma once

#include <cassert>
#include <functional>
#include <memory>
#include <utility>

namespace klamm::broker::coordinator {

/// Answers one request, now or later, once. Copies share the one answer.
///
/// While a reply lives, so does the frame of its request: the strings and bytes that the decoded request
/// views stay valid until the last copy is gone. The response is encoded before the call returns, so it may
/// view anything that lives that long. Answering a request whose connection has closed does nothing.
template <class Response>
class reply {
 public:
  using send_function = std::function<void(const Response&)>;

  reply() = default;
  explicit reply(send_function send) : send_(std::make_shared<send_function>(std::move(send))) {}

  /// Whether the request still waits for its answer.
  bool pending() const { return send_ && *send_; }

  void operator()(const Response& response) const {
    assert(pending());
    std::exchange(*send_, nullptr)(response);
  }

 private:
  std::shared_ptr<send_function> send_;
};

}  // namespace klamm::broker::coordinator
