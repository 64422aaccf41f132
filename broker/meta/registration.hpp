// Whether a broker may register, and as what; and the controllers of the quorum, which only say what they can do.
#pragma once

#include "broker/meta/decision.hpp"
#include "wire/messages/broker_registration.hpp"
#include "wire/messages/controller_registration.hpp"

namespace klamm::broker::meta {

/// The directories and the features: INVALID_REGISTRATION, UNSUPPORTED_VERSION.
result<void> check_registration(const wire::broker_registration_request& request, const image& state);

/// The broker as it asks to be, fenced and without an epoch.
broker_image requested_broker(const wire::broker_registration_request& request);

wire::controller_registration_response register_controller(
    const wire::controller_registration_request& request, decision& d);

}  // namespace klamm::broker::meta
