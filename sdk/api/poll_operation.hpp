// A poll that is awaited: tries when something may be there, until it has
// records, a failure, a stop, a wakeup or its timeout.
#pragma once

#include <memory>

#include <klamm/consumer.hpp>

#include "api/engine.hpp"
#include "handoff/fetch_queue.hpp"

namespace klamm::api {

/// What a poll's answer is for the application.
Result<Records> hand_out(const std::shared_ptr<handoff::fetch_queue>& queue,
                         result<handoff::fetch_queue::leases> taken);

detail::Deferred<Records> defer_poll(std::shared_ptr<engine> on, std::shared_ptr<handoff::fetch_queue> queue,
                                     Millis timeout);

}  // namespace klamm::api
