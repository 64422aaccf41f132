#include "link/frame_writer.hpp"

#include <limits>

#include <fmt/format.h>

#include "wire/endian.hpp"
#include "wire/messages/request_header.hpp"
#include "wire/messages/response_header.hpp"

namespace klamm::link {

frame_writer frame_writer::request(const wire::api_info& api, api_version version, correlation_id id,
                                   std::string_view client_id) {
  frame_writer frame;
  const wire::request_header header{api.key, version, id, client_id, {}};
  encode(frame.to_, header, api.request_header_version(version));
  return frame;
}

frame_writer frame_writer::response(const wire::api_info& api, api_version version, correlation_id id) {
  frame_writer frame;
  encode(frame.to_, wire::response_header{id, {}}, api.response_header_version(version));
  return frame;
}

result<byte_chain> frame_writer::finish() {
  if (!to_.ok()) return error(error_code::unsupported_version, to_.failure());
  const auto size = to_.size() - size_bytes;
  if (size > static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max()))
    return error(error_code::message_too_large,
                 fmt::format("a frame of {} bytes: its size has 31 bits", size));
  wire::store(size_, static_cast<std::int32_t>(size));
  return to_.finish();
}

}  // namespace klamm::link
