#include "wire/control_record.hpp"

#include <array>

#include "wire/batch_builder.hpp"
#include "wire/endian.hpp"

namespace klamm::wire {
namespace {

constexpr std::size_t key_size = 4, marker_size = 6;

}  // namespace

std::optional<control_type> read_control_type(const nullable_bytes& key) {
  if (!key || key->size() < key_size || load<std::int16_t>(key->data()) < 0) return {};
  return static_cast<control_type>(load<std::int16_t>(key->data() + 2));
}

std::optional<transaction_marker> read_transaction_marker(const record_view& record) {
  const auto type = read_control_type(record.key);
  if (type != control_type::abort && type != control_type::commit) return {};
  if (!record.value || record.value->size() < marker_size || load<std::int16_t>(record.value->data()) < 0)
    return {};
  return transaction_marker{type == control_type::commit, load<std::int32_t>(record.value->data() + 2)};
}

sealed_batch make_control_batch(control_type type, bytes_view value, timestamp at) {
  std::array<std::byte, key_size> key{};
  store(key.data() + 2, static_cast<std::int16_t>(type));
  batch_builder builder;
  builder.append({.timestamp = at, .key = bytes_view(key), .value = value, .headers = {}});
  compressor unused;
  return builder.seal({}, unused);
}

sealed_batch make_transaction_marker(const transaction_marker& marker, timestamp at) {
  std::array<std::byte, marker_size> value{};
  store(value.data() + 2, marker.coordinator_epoch);
  return make_control_batch(marker.committed ? control_type::commit : control_type::abort, value, at);
}

}  // namespace klamm::wire
