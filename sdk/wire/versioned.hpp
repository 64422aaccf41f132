// Messages with an int16 in front of them: what group members tell each other, coordinators' records, files beside a log. It is
// the version that the message is in, except before the key of a coordinator's record, where it says which record it is.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "wire/message.hpp"
#include "wire/reader.hpp"
#include "wire/writer.hpp"

namespace klamm::wire {

template <class Message>
std::vector<std::byte> encode_prefixed(api_version prefix, const Message& message, api_version version) {
  writer to;
  to.put<std::int16_t>(prefix, "version");
  encode(to, message, version);
  return to.finish().flatten();
}
template <class Message>
std::vector<std::byte> encode_versioned(const Message& message, api_version version) {
  return encode_prefixed(version, message, version);
}

/// Passes the number in front, and reads what follows in `version`.
template <class Message>
bool decode_prefixed(bytes_view bytes, Message& message, api_version version) {
  reader from(bytes);
  api_version prefix = 0;
  from.get<std::int16_t>(prefix, "version");
  decode(from, message, version);
  return from.ok();
}

/// What to make of a version above those that are known.
enum class newer_version {
  refuse,
  read_as_newest,  // later ones add fields at the end only
};

template <class Message>
bool decode_versioned(bytes_view bytes, Message& message, newer_version newer) {
  reader from(bytes);
  api_version version = 0;
  from.get<std::int16_t>(version, "version");
  if (newer == newer_version::read_as_newest) version = std::min(version, Message::versions.max);
  if (!from.ok() || !Message::versions.contains(version)) return false;
  decode(from, message, version);
  return from.ok();
}

}  // namespace klamm::wire
