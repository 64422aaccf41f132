#include <limits>
#include <stdexcept>
#include <utility>

#include <klamm/record.hpp>

#include "wire/varint.hpp"

namespace klamm {
inline namespace v1 {
namespace {

constexpr Timestamp no_timestamp{Millis(-1)};
constexpr std::size_t longest = std::numeric_limits<std::int32_t>::max();

// A length as records have it: a zigzag varint, -1 for null.
const char* get_length(const char* at, std::int32_t& length) {
  const auto* from = reinterpret_cast<const std::byte*>(at);
  std::uint32_t coded = 0;
  const auto* next = wire::get_uvarint(from, from + wire::max_varint_size<std::uint32_t>, coded);
  length = wire::unzigzag(coded);
  return reinterpret_cast<const char*>(next);
}

void put_length(std::string& to, std::size_t length, bool null) {
  std::byte coded[wire::max_varint_size<std::uint32_t>];
  const auto* end = wire::put_varint(coded, null ? -1 : static_cast<std::int32_t>(length));
  to.append(reinterpret_cast<const char*>(coded), static_cast<std::size_t>(end - coded));
}

std::optional<std::string> owned(BytesView bytes) {
  return bytes.is_null() ? std::nullopt : std::optional<std::string>(bytes.text());
}

Record copy_of(const detail::RecordFields& fields) {
  Record copy({.topic = fields.topic,
               .key = fields.key,
               .value = fields.value,
               .headers = fields.headers,
               .partition = fields.partition,
               .timestamp = fields.timestamp});
  copy.offset = fields.offset;
  return copy;
}

template <class View>
TopicPartitionOffset place_after(const View& record) {
  return {.at = {std::string(record.topic()), record.partition()},
          .next = Offset(record.offset().value + 1),
          .leader_epoch = record.leader_epoch()};
}

}  // namespace

namespace detail {
const char* next_header(const char* at, HeaderRef& to) noexcept {
  std::int32_t size = 0;
  at = get_length(at, size);
  to.key = {at, static_cast<std::size_t>(size)};
  at = get_length(at + size, size);
  to.value = size < 0 ? BytesView() : BytesView(at, static_cast<std::size_t>(size));
  return at + (size < 0 ? 0 : size);
}
}  // namespace detail

BytesView HeadersView::last(std::string_view key) const noexcept {
  BytesView found;
  for (const auto header : *this)
    if (header.key == key) found = header.value;
  return found;
}

Headers::Headers(HeadersView headers) {
  for (const auto header : headers) add(header.key, header.value);
}

void Headers::add(std::string_view key, BytesView value) {
  if (key.size() > longest || value.size() > longest) throw std::length_error("a header holds at most 2 GiB");
  put_length(encoded_, key.size(), false);
  encoded_ += key;
  put_length(encoded_, value.size(), value.is_null());
  encoded_ += value.text();
  ++count_;
}

Record::Record(const RecordRef& from)
    : topic(from.topic),
      key(owned(from.key)),
      value(owned(from.value)),
      partition(from.partition),
      timestamp(from.timestamp.value_or(no_timestamp)) {
  from.headers.for_each([this](const HeaderRef& header) { headers.add(header.key, header.value); });
}

Record::operator RecordRef() const {
  return {.topic = topic,
          .key = key,
          .value = value,
          .headers = headers,
          .partition = partition,
          .timestamp = timestamp == no_timestamp ? std::nullopt : std::optional(timestamp)};
}

Record RecordView::to_record() const { return copy_of(*fields_); }
Record SharedRecord::to_record() const { return copy_of(fields()); }

TopicPartitionOffset after(const RecordView& record) { return place_after(record); }
TopicPartitionOffset after(const SharedRecord& record) { return place_after(record); }

}  // namespace v1
}  // namespace klamm
