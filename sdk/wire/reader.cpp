#include "wire/reader.hpp"

namespace klamm::wire {
namespace {

const char* const count_too_large = "a count beyond what the bytes that are left can hold";
const char* const array_too_long = "an array of more than 1,000,000 elements";
/// Kafka takes no longer text, in compact form either.
constexpr std::int64_t max_text = 32767;

}  // namespace

const char* const reader::too_short = "the message ends too early";
const char* const reader::null_not_allowed = "null in a field that is not nullable in this version";
const char* const reader::too_much_memory = "arrays that take more memory than a message may";

void reader::fail(const char* field, const char* what) {
  if (!ok()) return;
  failed_at_ = position();
  field_ = field;
  what_ = what;
  at_ = end_;
}

std::string reader::failure() const {
  if (ok()) return {};
  std::string text(message_);
  if (!text.empty()) text += '.';
  return text.append(field_)
      .append(" at byte ")
      .append(std::to_string(failed_at_))
      .append(": ")
      .append(what_);
}

std::uint32_t reader::get_uvarint(const char* field) {
  if (at_ != end_ && std::to_integer<std::uint8_t>(*at_) < 0x80) [[likely]]
    return std::to_integer<std::uint32_t>(*at_++);
  std::uint32_t value = 0;
  const auto* next = wire::get_uvarint(at_, end_, value);
  if (next == nullptr) return fail(field, at_ == end_ ? too_short : "not a varint of 32 bits"), 0;
  at_ = next;
  return value;
}

std::int64_t reader::take_length(bool compact, bool text, const char* field) {
  const std::int64_t length = compact ? std::int64_t{get_uvarint(field)} - 1
                              : text  ? std::int64_t{take<std::int16_t>(field)}
                                      : std::int64_t{take<std::int32_t>(field)};
  if (!ok()) return 0;
  if (text && length > max_text) return fail(field, "text of more than 32,767 bytes"), 0;
  if (length > static_cast<std::int64_t>(left()))
    return fail(field, "a length beyond the end of the message"), 0;
  return length < 0 ? -1 : length;
}

std::int64_t reader::take_count(bool compact, std::size_t element_size, std::size_t memory,
                                const char* field) {
  const std::int64_t count =
      compact ? std::int64_t{get_uvarint(field)} - 1 : std::int64_t{take<std::int32_t>(field)};
  if (!ok()) return 0;
  if (count > static_cast<std::int64_t>(left() / element_size)) return fail(field, count_too_large), 0;
  if (count > max_array_elements) return fail(field, array_too_long), 0;
  if (count < 0) return -1;
  return take_memory(static_cast<std::size_t>(count), memory, field) ? count : 0;
}

void reader::get_string(std::string_view& to, bool compact, const char* field) {
  const auto length = take_length(compact, true, field);
  to = {};
  if (length < 0) return fail_null(field);
  to = as_text(get_raw(static_cast<std::size_t>(length), field));
}

void reader::get_string(std::optional<std::string_view>& to, bool compact, const char* field) {
  const auto length = take_length(compact, true, field);
  to.reset();
  if (length >= 0) to = as_text(get_raw(static_cast<std::size_t>(length), field));
}

void reader::get_bytes(bytes_ref& to, bool compact, const char* field) {
  const auto length = take_length(compact, false, field);
  to = {};
  if (length < 0) return fail_null(field);
  to = get_raw(static_cast<std::size_t>(length), field);
}

void reader::get_bytes(std::optional<bytes_ref>& to, bool compact, const char* field) {
  const auto length = take_length(compact, false, field);
  to.reset();
  if (length >= 0) to = get_raw(static_cast<std::size_t>(length), field);
}

void reader::get_records(records_field& to, bool compact, const char* field) {
  bytes_ref bytes;
  get_bytes(bytes, compact, field);
  to = buffer_slice(frame_.owner(), bytes);
}

void reader::get_records(std::optional<records_field>& to, bool compact, const char* field) {
  std::optional<bytes_ref> bytes;
  get_bytes(bytes, compact, field);
  to.reset();
  if (bytes) to.emplace(buffer_slice(frame_.owner(), *bytes));
}

bool tag_cursor::next() {
  if (left_ == 0 || !reader_.ok()) return false;
  --left_;
  tag_ = reader_.get_uvarint("tag");
  size_ = reader_.get_uvarint("tagged field's size");
  return reader_.ok();
}

}  // namespace klamm::wire
