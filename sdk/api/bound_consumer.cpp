#include "api/bound_consumer.hpp"

#include <utility>

#include "api/consumer_client.hpp"

namespace klamm::api {

bound_consumer bound_consumer::of(Consumer& consumer) {
  auto& client = detail::client_of(consumer);
  return {client.shared_engine(), client.shared_queue(), client.options().group_id};
}

void bound_consumer::ask_identity(std::function<void(client::committer)> then) const {
  on->post([then = std::move(then)](client::client_core& core, instant, link::net_effects&) {
    then(core.group_identity());
  });
}

void bound_consumer::rewind() const {
  auto back = queue->rewind();
  if (back.empty()) return;
  on->post([back = std::move(back)](client::client_core& core, instant now, link::net_effects& out) mutable {
    core.seek(std::move(back), now, out);
  });
}

}  // namespace klamm::api
