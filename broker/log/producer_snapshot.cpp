#include <fmt/format.h>

#include "broker/log/producer_state.hpp"
#include "wire/crc32c.hpp"
#include "wire/endian.hpp"

namespace klamm::broker::log {
namespace {

constexpr std::size_t snapshot_head = 2 + 4;  // version and CRC
constexpr std::size_t snapshot_entry_size = 8 + 2 + 4 + 8 + 4 + 8 + 4 + 8;
constexpr std::size_t aborted_entry_size = 2 + 8 + 8 + 8 + 8;
constexpr std::int16_t snapshot_version = 1;
constexpr std::int16_t aborted_version = 0;

/// Fixed-size fields one after the other. The caller has checked that they are there.
template <class Byte>
class field_cursor {
 public:
  explicit field_cursor(Byte* at) : at_(at) {}

  template <class T>
  void put(T value) {
    wire::store(at_, value);
    at_ += sizeof value;
  }
  template <class T>
  void get(T& value) {
    value = wire::load<T>(at_);
    at_ += sizeof value;
  }

 private:
  Byte* at_;
};

error unreadable(std::string_view what, std::string_view why) {
  return error(error_code::kafka_storage_error, fmt::format("{}: {}", what, why));
}

}  // namespace

std::vector<std::byte> write_producer_snapshot(const std::vector<producer_snapshot_entry>& entries) {
  std::vector<std::byte> out(snapshot_head + 4 + entries.size() * snapshot_entry_size);
  field_cursor to(out.data() + snapshot_head);
  to.put(static_cast<std::int32_t>(entries.size()));
  for (const auto& entry : entries) {
    to.put(entry.producer_id.value);
    to.put(entry.epoch.value);
    to.put(entry.last_sequence.value);
    to.put(entry.last_offset.value);
    to.put(entry.offset_delta);
    to.put(entry.timestamp.value);
    to.put(entry.coordinator_epoch);
    to.put(entry.transaction_start.value);
  }
  field_cursor head(out.data());
  head.put(snapshot_version);
  head.put(wire::crc32c(bytes_view(out).subspan(snapshot_head)));
  return out;
}

result<std::vector<producer_snapshot_entry>> read_producer_snapshot(bytes_view bytes) {
  constexpr std::string_view what = "producer snapshot";
  if (bytes.size() < snapshot_head + 4) return unreadable(what, "it is cut short");
  if (wire::load<std::int16_t>(bytes.data()) != snapshot_version)
    return unreadable(what, "its version is unknown");
  if (wire::load<std::uint32_t>(bytes.data() + 2) != wire::crc32c(bytes.subspan(snapshot_head)))
    return unreadable(what, "its CRC does not match");
  const auto count = wire::load<std::int32_t>(bytes.data() + snapshot_head);
  const auto entries = bytes.subspan(snapshot_head + 4);
  if (count < 0 || static_cast<std::size_t>(count) * snapshot_entry_size != entries.size())
    return unreadable(what, "its count is not that of its entries");
  std::vector<producer_snapshot_entry> out(static_cast<std::size_t>(count));
  field_cursor from(entries.data());
  for (auto& entry : out) {
    from.get(entry.producer_id.value);
    from.get(entry.epoch.value);
    from.get(entry.last_sequence.value);
    from.get(entry.last_offset.value);
    from.get(entry.offset_delta);
    from.get(entry.timestamp.value);
    from.get(entry.coordinator_epoch);
    from.get(entry.transaction_start.value);
  }
  return out;
}

std::vector<std::byte> write_aborted(const std::vector<aborted_transaction>& transactions) {
  std::vector<std::byte> out(transactions.size() * aborted_entry_size);
  field_cursor to(out.data());
  for (const auto& transaction : transactions) {
    to.put(aborted_version);
    to.put(transaction.producer_id.value);
    to.put(transaction.first.value);
    to.put(transaction.last.value);
    to.put(transaction.last_stable_offset.value);
  }
  return out;
}

result<std::vector<aborted_transaction>> read_aborted(bytes_view bytes) {
  if (bytes.size() % aborted_entry_size != 0) return unreadable("transaction index", "it is cut short");
  std::vector<aborted_transaction> out(bytes.size() / aborted_entry_size);
  field_cursor from(bytes.data());
  for (auto& transaction : out) {
    std::int16_t version = 0;
    from.get(version);
    if (version != aborted_version) return unreadable("transaction index", "an entry's version is unknown");
    from.get(transaction.producer_id.value);
    from.get(transaction.first.value);
    from.get(transaction.last.value);
    from.get(transaction.last_stable_offset.value);
  }
  return out;
}

}  // namespace klamm::broker::log
