#include "broker/api/handlers.hpp"

namespace klamm::broker::api {

/// As SaslHandshake: nothing is to be authenticated once a request comes as far as here.
void sasl_authenticate(const wire::sasl_authenticate_request&, const caller&, services&,
                       reply<wire::sasl_authenticate_response> answer) {
  wire::sasl_authenticate_response refused;
  refused.error_code = error_code::illegal_sasl_state;
  refused.error_message =
      "this listener asks for no authentication (security.protocol is to be PLAINTEXT or SSL)";
  answer(refused);
}

}  // namespace klamm::broker::api
