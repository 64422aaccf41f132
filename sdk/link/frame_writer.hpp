// One frame under construction: its size (known at the end), the header, then what the caller writes.
//
//   request header   v1  api key, version, correlation id, client id       versions that are not flexible
//                    v2  and tags                                          flexible versions (KIP-482)
//   response header  v0  correlation id
//                    v1  and tags        flexible versions, but never ApiVersions: its asker may know none (KIP-511)
#pragma once

#include <string_view>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "wire/api_table.hpp"
#include "wire/writer.hpp"

namespace klamm::link {

class frame_writer {
 public:
  static frame_writer request(const wire::api_info& api, api_version version, correlation_id id,
                              std::string_view client_id);
  static frame_writer response(const wire::api_info& api, api_version version, correlation_id id);

  wire::writer& body() { return to_; }
  /// Errors: UNSUPPORTED_VERSION, naming the field that the version cannot carry; MESSAGE_TOO_LARGE beyond 2 GiB.
  result<byte_chain> finish();

 private:
  frame_writer() : size_(to_.reserve(size_bytes)) {}

  static constexpr std::size_t size_bytes = 4;
  wire::writer to_;
  std::byte* size_;
};

}  // namespace klamm::link
