#include "broker/api/handlers.hpp"

namespace klamm::broker::api {

/// On a listener that authenticates, the connection answers this itself; a request that comes here was needless.
void sasl_handshake(const wire::sasl_handshake_request&, const caller&, services&,
                    reply<wire::sasl_handshake_response> answer) {
  wire::sasl_handshake_response refused;
  refused.error_code = error_code::illegal_sasl_state;
  answer(refused);
}

}  // namespace klamm::broker::api
