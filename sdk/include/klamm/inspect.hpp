// Looking under the bonnet: any request of the protocol in JSON, and Kafka's log files as JSON lines. For tools and tests; link
// klamm::inspect.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <klamm/options.hpp>

namespace klamm {
inline namespace v1 {
namespace inspect {

/// An API of the protocol, with the versions that this library encodes.
struct ApiInfo {
  std::string name;  ///< as Kafka names it: "Metadata"
  int key;
  int min_version, max_version;
};
/// All of them, by key.
std::vector<ApiInfo> apis();

/// Sends one request to the first bootstrap server that accepts a connection and returns its answer. `request` is JSON with
/// Kafka's field names, in camel case; fields that are missing get their defaults. `api` is a name in any case, or a key.
/// `version` -1: the highest that both ends have. Errors: invalid_request naming the place in the JSON, unsupported_version,
/// connect_failed, timed_out (after `client.api_timeout`), disconnected.
Result<std::string> call(const ClientOptions& client, std::string_view api, int version,
                         std::string_view request);

struct DumpOptions {
  bool records = true;  ///< with the records of each batch, not only its header
};
/// Calls `line` with one JSON object for each batch of a segment (.log) or snapshot (.checkpoint), or each entry of an index
/// (.index, .timeindex). What a batch of the metadata log or of `__consumer_offsets` says is decoded too: the folder's name
/// tells. Errors: io_error; invalid_request for a file of another kind. Damage is a line with an "error", never a failure.
Result<void> dump_file(const std::string& path, const DumpOptions& options,
                       const std::function<void(std::string_view line)>& line);

}  // namespace inspect
}  // namespace v1
}  // namespace klamm
