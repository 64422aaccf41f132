// An answer whose parts come one by one, each to its place in the response: it leaves with the last.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>

#include "broker/api/handlers.hpp"

namespace klamm::broker::api {

template <class Response>
struct gathered {
  reply<Response> answer;
  Response response;
  std::size_t open = 1;  // whoever asks for the parts holds it open until all are asked for

  void finish_one() {
    if (--open == 0) answer(response);
  }
};

template <class Response>
std::shared_ptr<gathered<Response>> gather(reply<Response> answer) {
  return std::make_shared<gathered<Response>>(gathered<Response>{std::move(answer), {}});
}

}  // namespace klamm::broker::api
