#include "wire/writer.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

namespace klamm::wire {
namespace {

constexpr std::size_t largest_block = 1 << 20;
/// Record data below this is copied: cheaper than one more slice for the socket.
constexpr std::size_t smallest_splice = 512;

}  // namespace

byte_chain writer::finish() {
  close_slice();
  return std::exchange(done_, {});
}

void writer::fail(const char* field, std::string_view why) {
  if (!ok()) return;
  failure_.append(message_).append(" v").append(std::to_string(version_));
  failure_.append(": ").append(field).append(": ").append(why);
}

void writer::fail_not_in_version(const char* field) {
  fail(field, "this version has no such field, and it is not at its default");
}

void writer::grow(std::size_t count) {
  close_slice();
  const auto size = std::max(count, next_block_);
  next_block_ = std::min(size * 2, std::max(largest_block, next_block_));
  block_ = std::make_shared_for_overwrite<std::byte[]>(size);
  from_ = at_ = block_.get();
  end_ = from_ + size;
}

void writer::close_slice() {
  if (pending() == 0) return;
  done_.append(buffer_slice(block_, {from_, pending()}));
  from_ = at_;
}

void writer::put_raw(bytes_view bytes) {
  if (bytes.empty()) return;
  std::memcpy(room(bytes.size()), bytes.data(), bytes.size());
  at_ += bytes.size();
}

void writer::put_chain(const byte_chain& chain) {
  for (const auto& slice : chain.slices()) {
    if (slice.size() < smallest_splice) {
      put_raw(slice.view());
    } else {
      close_slice();
      done_.append(slice);
    }
  }
}

void writer::put_string(std::string_view value, bool compact, const char* field) {
  if (value.size() > std::size_t{std::numeric_limits<std::int16_t>::max()})
    return fail(field, "text of more than 32,767 bytes");
  if (compact)
    put_uvarint(static_cast<std::uint32_t>(value.size()) + 1);
  else
    put<std::int16_t>(static_cast<std::int16_t>(value.size()), field);
  put_raw(as_bytes_view(value));
}

void writer::put_bytes(bytes_view value, bool compact, const char* field) {
  put_length(value.size(), compact, field);
  put_raw(value);
}

void writer::put_records(const records_field& value, bool compact, const char* field) {
  put_length(value.size(), compact, field);
  put_chain(value.chain());
}

void writer::put_length(std::size_t length, bool compact, const char* field) {
  if (length > std::size_t{std::numeric_limits<std::int32_t>::max()})
    return fail(field, "more than 2,147,483,647 bytes or elements");
  if (compact)
    put_uvarint(static_cast<std::uint32_t>(length) + 1);
  else
    put<std::int32_t>(static_cast<std::int32_t>(length), field);
}

void writer::put_null(bool compact) {
  if (compact)
    put_uvarint(0);
  else
    put<std::int32_t>(std::int32_t{-1}, "");
}

tag_writer::tag_writer(writer& to, const unknown_tags& unknown, std::size_t known)
    : to_(to), unknown_(unknown) {
  to_.put_uvarint(static_cast<std::uint32_t>(known + unknown.size()));
}

void tag_writer::put_unknown_before(std::uint64_t tag) {
  for (; next_ < unknown_.size() && unknown_[next_].tag < tag; ++next_) {
    const auto& field = unknown_[next_];
    if (std::int64_t{field.tag} <= last_) to_.fail("tagged fields", "unknown tags that do not rise");
    last_ = field.tag;
    to_.put_uvarint(field.tag);
    to_.put_uvarint(static_cast<std::uint32_t>(field.value.size()));
    to_.put_raw(field.value);
  }
}

void tag_writer::put(std::uint32_t tag, writer& value) {
  put_unknown_before(tag);
  if (next_ < unknown_.size() && unknown_[next_].tag == tag)
    to_.fail("tagged fields", "an unknown tag that is a known one");
  last_ = tag;
  if (!value.ok()) to_.fail_as(value);
  to_.put_uvarint(tag);
  to_.put_uvarint(static_cast<std::uint32_t>(value.size()));
  to_.put_chain(value.finish());
}

}  // namespace klamm::wire
