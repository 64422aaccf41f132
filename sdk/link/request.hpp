// The head of every request and response, and which versions of an API two ends share.
//
//   request header   v0  api key, version, correlation id                      ControlledShutdown v0 only
//                    v1  and client id: int16 length, -1 is null
//                    v2  and tags                                              every flexible version
//   response header  v0  correlation id
//                    v1  and tags                  every flexible version, but never ApiVersions (KIP-511)
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"

namespace klamm::link {

/// The number of an API on the wire. The machines above use the generated enumeration's values.
using api_key = std::int16_t;

inline constexpr api_key api_versions_key = 18;
inline constexpr api_key controlled_shutdown_key = 7;
/// One more than the highest API key that this version knows of or expects from a newer peer.
inline constexpr std::size_t api_key_limit = 128;

/// Versions of one API, both ends included; empty where `max` < `min`.
struct version_range {
  api_version min = 0, max = -1;
  bool empty() const { return max < min; }
  bool contains(api_version v) const { return min <= v && v <= max; }
  friend bool operator==(const version_range&, const version_range&) = default;
};

/// The versions that both take.
version_range intersect(version_range a, version_range b);

/// What one end serves or speaks: a range for each API key, and from which version each API is flexible.
class api_set {
 public:
  /// Every API of the protocol with all versions that this library encodes.
  static const api_set& ours();

  version_range of(api_key key) const { return known(key) ? ranges_[index(key)] : version_range{}; }
  void set(api_key key, version_range range) {
    if (known(key)) ranges_[index(key)] = range;
  }
  void remove(api_key key) { set(key, {}); }

 private:
  static bool known(api_key key) { return key >= 0 && static_cast<std::size_t>(key) < api_key_limit; }
  static std::size_t index(api_key key) { return static_cast<std::size_t>(key); }
  std::array<version_range, api_key_limit> ranges_{};
};

/// 0, 1 or 2: see above.
int request_header_version(api_key key, api_version version);
/// 0 or 1.
int response_header_version(api_key key, api_version version);

struct request_header {
  api_key key = -1;
  api_version version = -1;
  klamm::correlation_id correlation_id;
  std::optional<std::string_view> client_id;  // into the frame
  std::size_t size = 0;                       // of the header: the body begins there
};

/// The header at the front of a request's frame. Errors: INVALID_REQUEST where the bytes end before the header does.
result<request_header> decode_request_header(bytes_view frame);

/// A request's size and header, for a body of `body_size` bytes that follows.
buffer_slice encode_request_header(api_key key, api_version version, klamm::correlation_id id,
                                   std::string_view client_id, std::size_t body_size);

/// A response's size and header, for a body of `body_size` bytes that follows.
buffer_slice encode_response_header(api_key key, api_version version, klamm::correlation_id id,
                                    std::size_t body_size);

struct response_header {
  klamm::correlation_id correlation_id;
  std::size_t size = 0;
};
/// The header at the front of a response's frame.
result<response_header> decode_response_header(bytes_view frame, api_key key, api_version version);

}  // namespace klamm::link
