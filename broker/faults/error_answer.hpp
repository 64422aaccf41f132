// Answers that say an error of everything that was asked, for any API and version.
#pragma once

#include "broker/api/serve.hpp"
#include "wire/json/catalog.hpp"

namespace klamm::broker::faults {

/// The response of a broker that could do nothing of `asked`, a request's JSON: `code` wherever the response says an error, once
/// for each item that was asked for. Fails where it says none, as to a Produce request with acks=0.
result<byte_chain> error_answer(wire::api_key api, api_version version, const wire::json& asked,
                                error_code code);

}  // namespace klamm::broker::faults
