// The records of __consumer_offsets that the classic protocol writes and reads.
//
//   key (int16 version first)            value                       meaning
//   ----------------------------------   -------------------------   -------------------------------------
//   0, 1  group, topic, partition        offset, epoch, metadata     a committed offset; no value: forgotten
//   2     group                          members and assignments     a generation; no value: the group is gone
//   3...  of the consumer protocol       -                           not of this folder: skipped on replay
#pragma once

#include <optional>
#include <string_view>
#include <variant>

#include "broker/coordinator/partition.hpp"
#include "broker/group/committed_offsets.hpp"
#include "wire/messages/group_metadata_record.hpp"

namespace klamm::broker::group {

coordinator::new_record offset_record(std::string_view group, const topic_partition& at,
                                      const committed_offset& offset);
coordinator::new_record offset_tombstone(std::string_view group, const topic_partition& at);
coordinator::new_record group_record(std::string_view group, const wire::group_metadata_value& value);
coordinator::new_record group_tombstone(std::string_view group);

struct replayed_offset {
  std::string_view group;
  topic_partition at;
  std::optional<committed_offset> offset;  // none: a tombstone
};
struct replayed_group {
  std::string_view group;
  std::optional<bytes_view> value;  // none: a tombstone
};
/// monostate: a record of another kind, or one that does not decode.
using decoded_record = std::variant<std::monostate, replayed_offset, replayed_group>;

decoded_record decode(const coordinator::replayed_record& record);
/// The value of a group record; it refers to `bytes`. Null if it does not decode.
std::optional<wire::group_metadata_value> decode_group(bytes_view bytes);

}  // namespace klamm::broker::group
