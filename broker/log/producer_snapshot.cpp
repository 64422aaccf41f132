#include <fmt/format.h>

#include "broker/log/producer_state.hpp"
#include "wire/crc32c.hpp"
#include "wire/endian.hpp"
#include "wire/versioned.hpp"

namespace klamm::broker::log {
namespace {

constexpr api_version snapshot_version = 1, aborted_version = 0;
constexpr std::size_t crc_at = sizeof(api_version), crc_covers_from = crc_at + sizeof(std::uint32_t);

error unreadable(std::string_view what, std::string_view why) {
  return error(error_code::kafka_storage_error, fmt::format("{}: {}", what, why));
}

api_version take_version(wire::reader& from) {
  api_version version = 0;
  from.get<std::int16_t>(version, "version");
  return version;
}

}  // namespace

std::vector<std::byte> write_producer_snapshot(const std::vector<producer_snapshot_entry>& entries) {
  wire::producer_snapshot snapshot;
  snapshot.producer_entries = entries;
  auto out = wire::encode_versioned(snapshot, snapshot_version);
  wire::store(out.data() + crc_at, wire::crc32c(bytes_view(out).subspan(crc_covers_from)));
  return out;
}

result<std::vector<producer_snapshot_entry>> read_producer_snapshot(bytes_view bytes) {
  constexpr std::string_view what = "producer snapshot";
  wire::reader from(bytes);
  if (take_version(from) != snapshot_version) return unreadable(what, "its version is unknown");
  wire::producer_snapshot snapshot;
  decode(from, snapshot, snapshot_version);
  if (!from.ok()) return unreadable(what, from.failure());
  if (snapshot.crc != wire::crc32c(bytes.subspan(crc_covers_from)))
    return unreadable(what, "its CRC does not match");
  if (from.left() != 0) return unreadable(what, "something follows its last entry");
  return std::move(snapshot.producer_entries);
}

std::vector<std::byte> write_aborted(const std::vector<aborted_transaction>& transactions) {
  wire::writer to;
  for (const auto& transaction : transactions) {
    to.put<std::int16_t>(aborted_version, "version");
    encode(to, transaction, aborted_version);
  }
  return to.finish().flatten();
}

result<std::vector<aborted_transaction>> read_aborted(bytes_view bytes) {
  constexpr std::string_view what = "transaction index";
  std::vector<aborted_transaction> out;
  for (wire::reader from(bytes); from.left() != 0;) {
    const auto version = take_version(from);
    if (from.ok() && version != aborted_version) return unreadable(what, "an entry's version is unknown");
    decode(from, out.emplace_back(), aborted_version);
    if (!from.ok()) return unreadable(what, from.failure());
  }
  return out;
}

}  // namespace klamm::broker::log
