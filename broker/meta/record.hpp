// The records of the metadata log: a value is a frame version (uvarint 1), the record's key and version (uvarints), then the
// record itself. Keys are null.
#pragma once

#include <cstddef>
#include <variant>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "wire/messages/begin_transaction_record.hpp"
#include "wire/messages/broker_registration_change_record.hpp"
#include "wire/messages/clear_elr_record.hpp"
#include "wire/messages/config_record.hpp"
#include "wire/messages/end_transaction_record.hpp"
#include "wire/messages/feature_level_record.hpp"
#include "wire/messages/fence_broker_record.hpp"
#include "wire/messages/no_op_record.hpp"
#include "wire/messages/partition_change_record.hpp"
#include "wire/messages/partition_record.hpp"
#include "wire/messages/producer_ids_record.hpp"
#include "wire/messages/register_broker_record.hpp"
#include "wire/messages/register_controller_record.hpp"
#include "wire/messages/remove_topic_record.hpp"
#include "wire/messages/topic_record.hpp"
#include "wire/messages/unfence_broker_record.hpp"
#include "wire/messages/unregister_broker_record.hpp"
#include "wire/messages/unregister_controller_record.hpp"

namespace klamm::broker::meta {

/// A record that the image understands. `std::monostate`: one that it passes over (security, quotas, a newer version's).
/// Text and bytes in it are views into the encoded value.
using metadata_record =
    std::variant<std::monostate, wire::register_broker_record, wire::unregister_broker_record,
                 wire::topic_record, wire::partition_record, wire::config_record,
                 wire::partition_change_record, wire::fence_broker_record, wire::unfence_broker_record,
                 wire::remove_topic_record, wire::feature_level_record, wire::producer_ids_record,
                 wire::broker_registration_change_record, wire::no_op_record, wire::begin_transaction_record,
                 wire::end_transaction_record, wire::clear_elr_record, wire::register_controller_record,
                 wire::unregister_controller_record>;

/// The value of a record of the metadata log, at the version that our metadata.version writes.
std::vector<std::byte> encode_record(const metadata_record& record);
/// INVALID_RECORD where the bytes are not a framed record.
result<metadata_record> decode_record(bytes_view value);

}  // namespace klamm::broker::meta
