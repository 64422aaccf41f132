#include "api/instance_id.hpp"

#include "api/operation.hpp"

namespace klamm::api {

detail::Deferred<std::string> defer_instance_id(std::shared_ptr<engine> of, Millis timeout) {
  return defer<std::string, uuid>(
      std::move(of), instance_id_of_client,
      [timeout = to_duration(timeout)](client::client_core& core, client::completion<uuid> done, instant now,
                                       link::net_effects& out) {
        core.client_instance_id(timeout, std::move(done), now, out);
      },
      [](const result<uuid>& id) { return to_string(*id); });
}

}  // namespace klamm::api
