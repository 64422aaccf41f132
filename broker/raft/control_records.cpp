#include "broker/raft/control_records.hpp"

#include <array>

#include <fmt/format.h>

#include "wire/batch_builder.hpp"
#include "wire/batch_reader.hpp"
#include "wire/endian.hpp"
#include "wire/messages/kraft_version_record.hpp"
#include "wire/messages/leader_change_message.hpp"
#include "wire/messages/snapshot_footer_record.hpp"
#include "wire/messages/snapshot_header_record.hpp"
#include "wire/messages/voters_record.hpp"
#include "wire/reader.hpp"
#include "wire/record_reader.hpp"
#include "wire/writer.hpp"

namespace klamm::broker::raft {
namespace {

constexpr std::size_t key_size = 4;  // version int16, 0 | type int16

template <class Message>
control_values value_of(wire::control_type type, const Message& message) {
  wire::writer to;
  wire::encode(to, message, 0);
  return {{type, to.finish().flatten()}};
}

template <class Message>
bool decode_value(const wire::record_view& record, Message& to) {
  if (!record.value) return false;
  wire::reader from(*record.value);
  wire::decode(from, to, 0);
  return from.ok();
}

void add_endpoint(std::string_view name, std::string_view host, std::uint16_t port, auto& to) {
  auto& endpoint = to.emplace_back();
  endpoint.name = name;
  endpoint.host = host;
  endpoint.port = port;
}

wire::voters_record to_record(std::span<const voter> voters) {
  wire::voters_record record;
  for (const auto& v : voters) {
    auto& to = record.voters.emplace_back();
    to.voter_id = v.id;
    to.voter_directory_id = v.directory;
    add_endpoint(v.listener, v.host, v.port, to.endpoints);
    for (const auto& other : v.others) add_endpoint(other.name, other.host, other.port, to.endpoints);
    to.k_raft_version_feature.min_supported_version = v.kraft_versions.min;
    to.k_raft_version_feature.max_supported_version = v.kraft_versions.max;
  }
  return record;
}

std::vector<voter> from_record(const wire::voters_record& record) {
  std::vector<voter> voters;
  for (const auto& from : record.voters) {
    voter v{from.voter_id, from.voter_directory_id, {}, {}};
    v.kraft_versions = {from.k_raft_version_feature.min_supported_version,
                        from.k_raft_version_feature.max_supported_version};
    for (const auto& endpoint : from.endpoints) {
      listener_address at{std::string(endpoint.name), std::string(endpoint.host), endpoint.port};
      v.add_listener(std::move(at));
    }
    voters = with_voter(voters, std::move(v));
  }
  return voters;
}

/// False: the record is damaged.
bool read_record(const wire::record_view& record, offset at, voter_history& to) {
  const auto type = wire::read_control_type(record.key);
  if (type == wire::control_type::kraft_version) {
    wire::kraft_version_record version;
    if (!decode_value(record, version)) return false;
    to.set_version(at, version.k_raft_version);
  } else if (type == wire::control_type::voters) {
    wire::voters_record voters;
    if (!decode_value(record, voters)) return false;
    to.set_voters(at, from_record(voters));
  }
  return true;
}

}  // namespace

control_values leader_change(node_id leader, std::span<const voter> voters,
                             std::span<const node_id> granting) {
  wire::leader_change_message message;
  message.leader_id = leader;
  for (const auto& v : voters) message.voters.emplace_back().voter_id = v.id;
  for (const auto id : granting) message.granting_voters.emplace_back().voter_id = id;
  return value_of(wire::control_type::leader_change, message);
}

control_values voters_value(std::span<const voter> voters) {
  return value_of(wire::control_type::voters, to_record(voters));
}

control_values voting_values(const voter_history::state& said) {
  wire::kraft_version_record version;
  version.k_raft_version = said.version;
  auto values = value_of(wire::control_type::kraft_version, version);
  if (!said.voters.empty()) values.push_back(voters_value(said.voters).front());
  return values;
}

control_values snapshot_header(timestamp last_appended) {
  wire::snapshot_header_record header;
  header.last_contained_log_timestamp = last_appended;
  return value_of(wire::control_type::snapshot_header, header);
}

control_values snapshot_footer() {
  return value_of(wire::control_type::snapshot_footer, wire::snapshot_footer_record{});
}

byte_chain control_batch(const control_values& values, const batch_place& where, timestamp at) {
  wire::batch_builder builder;
  for (const auto& [type, value] : values) {
    std::array<std::byte, key_size> key{};
    wire::store(key.data() + 2, static_cast<std::int16_t>(type));
    builder.append({.timestamp = at, .key = bytes_view(key), .value = bytes_view(value), .headers = {}});
  }
  wire::compressor none;
  return wire::stamped(builder.seal({}, none),
                       {.base_offset = where.base, .partition_leader_epoch = where.epoch, .control = true});
}

result<void> read_voting(const buffer_slice& batches, std::optional<offset> as_of, voter_history& to) {
  wire::compressor unused;  // control batches are not compressed
  wire::batch_reader reader(batches);
  wire::batch_view batch;
  while (reader.next(batch) == wire::batch_reader::step::batch) {
    if (!batch.attributes().control()) continue;
    auto records = wire::record_reader::open(batch, unused, 0);
    if (!records) return records.failure();
    wire::record_view record;
    while (records->next(record) == wire::record_reader::step::record)
      if (!read_record(record, as_of.value_or(record.offset), to))
        return error(
            error_code::corrupt_message,
            fmt::format("the control record at {} of the metadata log is damaged", record.offset.value));
  }
  return {};
}

}  // namespace klamm::broker::raft
