#include "broker/meta/record.hpp"

#include <cassert>
#include <type_traits>

#include "wire/reader.hpp"
#include "wire/writer.hpp"

namespace klamm::broker::meta {
namespace {

constexpr std::uint32_t frame_version = 1;

/// The record's key in the log, and the version that we write.
struct record_type {
  std::uint32_t key;
  api_version version;
};

template <class Record>
constexpr record_type type_of = {0, 0};
template <>
constexpr record_type type_of<wire::register_broker_record> = {0, 4};
template <>
constexpr record_type type_of<wire::unregister_broker_record> = {1, 0};
template <>
constexpr record_type type_of<wire::topic_record> = {2, 0};
template <>
constexpr record_type type_of<wire::partition_record> = {3, 2};
template <>
constexpr record_type type_of<wire::config_record> = {4, 0};
template <>
constexpr record_type type_of<wire::partition_change_record> = {5, 2};
template <>
constexpr record_type type_of<wire::fence_broker_record> = {7, 0};
template <>
constexpr record_type type_of<wire::unfence_broker_record> = {8, 0};
template <>
constexpr record_type type_of<wire::remove_topic_record> = {9, 0};
template <>
constexpr record_type type_of<wire::feature_level_record> = {12, 0};
template <>
constexpr record_type type_of<wire::producer_ids_record> = {15, 0};
template <>
constexpr record_type type_of<wire::broker_registration_change_record> = {17, 3};
template <>
constexpr record_type type_of<wire::no_op_record> = {20, 0};
template <>
constexpr record_type type_of<wire::begin_transaction_record> = {23, 0};
template <>
constexpr record_type type_of<wire::end_transaction_record> = {24, 0};
template <>
constexpr record_type type_of<wire::register_controller_record> = {27, 0};
template <>
constexpr record_type type_of<wire::clear_elr_record> = {28, 0};
template <>
constexpr record_type type_of<wire::unregister_controller_record> = {29, 0};

template <class Record>
bool decode_if(std::uint32_t key, std::uint32_t version, wire::reader& from, metadata_record& to) {
  if constexpr (std::is_same_v<Record, std::monostate>) {
    return false;
  } else {
    if (key != type_of<Record>.key) return false;
    if (version > static_cast<std::uint32_t>(type_of<Record>.version))
      return true;  // a newer one: passed over
    wire::decode(from, to.emplace<Record>(), static_cast<api_version>(version));
    return true;
  }
}

template <class... Records>
void decode_any(std::uint32_t key, std::uint32_t version, wire::reader& from, std::variant<Records...>& to) {
  (decode_if<Records>(key, version, from, to) || ...);
}

}  // namespace

std::vector<std::byte> encode_record(const metadata_record& record) {
  wire::writer to(256);
  std::visit(
      [&]<class Record>(const Record& r) {
        if constexpr (!std::is_same_v<Record, std::monostate>) {
          constexpr auto type = type_of<Record>;
          to.put_uvarint(frame_version);
          to.put_uvarint(type.key);
          to.put_uvarint(static_cast<std::uint32_t>(type.version));
          wire::encode(to, r, type.version);
        }
      },
      record);
  assert(to.ok());
  return to.finish().flatten();
}

result<metadata_record> decode_record(bytes_view value) {
  wire::reader from(value);
  const auto frame = from.get_uvarint("frame version");
  const auto key = from.get_uvarint("record key");
  const auto version = from.get_uvarint("record version");
  if (from.ok() && frame != frame_version) from.fail("frame version", "an unknown frame version");
  metadata_record record;
  if (from.ok()) decode_any(key, version, from, record);
  if (!from.ok()) return error(error_code::invalid_record, "a metadata record is damaged: " + from.failure());
  return record;
}

}  // namespace klamm::broker::meta
