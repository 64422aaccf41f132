#include "broker/group/group_records.hpp"

#include "wire/endian.hpp"
#include "wire/messages/offset_commit_record.hpp"
#include "wire/versioned.hpp"

namespace klamm::broker::group {
namespace {

constexpr klamm::api_version offset_key_version = 1, group_key_version = 2;
// The versions that Kafka 4 writes: readable by every version since 2.1.
constexpr klamm::api_version offset_value_version = 3, group_value_version = 3;
/// The one that says when it expires; it has no leader epoch.
constexpr klamm::api_version expiring_value_version = 1;

std::vector<std::byte> offset_key(std::string_view group, const topic_partition& at) {
  wire::offset_commit_key key;
  key.group = group;
  key.topic = at.topic;
  key.partition = at.partition;
  return wire::encode_prefixed(offset_key_version, key, 0);
}

std::vector<std::byte> group_key(std::string_view group) {
  wire::group_metadata_key key;
  key.group = group;
  return wire::encode_prefixed(group_key_version, key, 0);
}

decoded_record decode_offset(const coordinator::replayed_record& record) {
  wire::offset_commit_key key;
  if (!wire::decode_prefixed(record.key, key, 0)) return {};
  replayed_offset replayed{key.group, {std::string(key.topic), key.partition}, std::nullopt};
  if (!record.value) return replayed;
  wire::offset_commit_value value;
  if (!wire::decode_versioned(*record.value, value, wire::newer_version::refuse)) return {};
  auto& offset = replayed.offset.emplace();
  offset.next = value.offset;
  offset.leader_epoch = value.leader_epoch;
  offset.metadata = value.metadata;
  offset.committed_at = value.commit_timestamp;
  if (value.expire_timestamp >= timestamp(0)) offset.expires_at = value.expire_timestamp;
  offset.record = record.offset;
  return replayed;
}

}  // namespace

coordinator::new_record offset_record(std::string_view group, const topic_partition& at,
                                      const committed_offset& offset) {
  wire::offset_commit_value value;
  value.offset = offset.next;
  value.leader_epoch = offset.leader_epoch;
  value.metadata = offset.metadata;
  value.commit_timestamp = offset.committed_at;
  if (!offset.expires_at) return {offset_key(group, at), wire::encode_versioned(value, offset_value_version)};
  value.expire_timestamp = *offset.expires_at;
  return {offset_key(group, at), wire::encode_versioned(value, expiring_value_version)};
}

coordinator::new_record offset_tombstone(std::string_view group, const topic_partition& at) {
  return {offset_key(group, at), std::nullopt};
}

coordinator::new_record group_record(std::string_view group, const wire::group_metadata_value& value) {
  return {group_key(group), wire::encode_versioned(value, group_value_version)};
}

coordinator::new_record group_tombstone(std::string_view group) { return {group_key(group), std::nullopt}; }

decoded_record decode(const coordinator::replayed_record& record) {
  if (record.key.size() < sizeof(klamm::api_version)) return {};
  const auto version = wire::load<klamm::api_version>(record.key.data());
  if (version == 0 || version == offset_key_version) return decode_offset(record);
  if (version != group_key_version) return {};
  wire::group_metadata_key key;
  if (!wire::decode_prefixed(record.key, key, 0)) return {};
  return replayed_group{key.group, record.value};
}

std::optional<wire::group_metadata_value> decode_group(bytes_view bytes) {
  wire::group_metadata_value value;
  if (!wire::decode_versioned(bytes, value, wire::newer_version::refuse)) return std::nullopt;
  return value;
}

}  // namespace klamm::broker::group
