// The end marker of a transaction in a control batch.
#pragma once

#include <optional>

#include "wire/batch_reader.hpp"
#include "wire/control_record.hpp"

namespace klamm::broker::log {

/// Null for a batch that is not control, and for control records of the quorum.
std::optional<wire::transaction_marker> read_marker(const wire::batch_view& batch);

}  // namespace klamm::broker::log
