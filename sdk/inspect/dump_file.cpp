// inspect::dump_file: which kind of file it is, and its lines.
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>

#include <fmt/format.h>

#include <klamm/inspect.hpp>

#include "api/error_details.hpp"
#include "inspect/record_json.hpp"
#include "wire/endian.hpp"

namespace klamm {
inline namespace v1 {
namespace inspect {
namespace {

using wire::json;
using line_sink = std::function<void(const json&)>;

result<std::vector<std::byte>> read_all(const std::string& path) {
  if (std::filesystem::is_directory(path))
    return error(error_code::io_error, fmt::format("{} is a directory: name the files in it", path));
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  const auto failed = [&] {
    return error(error_code::io_error, fmt::format("{}: {}", path, std::generic_category().message(errno)));
  };
  if (!file) return failed();
  std::vector<std::byte> bytes(static_cast<std::size_t>(file.tellg()));
  file.seekg(0);
  if (!file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size())))
    return failed();
  return bytes;
}

// The file's name begins with the offset that the entries' offsets count from.
std::int64_t base_offset_of(const std::string& path) {
  const auto name = path.substr(path.rfind('/') + 1);
  return std::strtoll(name.c_str(), nullptr, 10);
}

// Entries of a relative offset (int32) and a position in the segment (int32).
void dump_index(bytes_view bytes, std::int64_t base, const line_sink& line) {
  constexpr std::size_t entry = 8;
  for (std::size_t at = 0; at + entry <= bytes.size(); at += entry)
    line({{"offset", base + wire::load<std::int32_t>(bytes.data() + at)},
          {"position", wire::load<std::int32_t>(bytes.data() + at + 4)}});
}

// Entries of a timestamp (int64) and a relative offset (int32).
void dump_time_index(bytes_view bytes, std::int64_t base, const line_sink& line) {
  constexpr std::size_t entry = 12;
  for (std::size_t at = 0; at + entry <= bytes.size(); at += entry)
    line({{"timestamp", wire::load<std::int64_t>(bytes.data() + at)},
          {"offset", base + wire::load<std::int32_t>(bytes.data() + at + 8)}});
}

}  // namespace

Result<void> dump_file(const std::string& path, const DumpOptions& options,
                       const std::function<void(std::string_view line)>& line) {
  const auto failed = [](const klamm::error& why) {
    return api::to_error(why, {.operation = "dump a file"});
  };
  bool damaged = false;
  const auto print = [&](const json& object) {
    damaged = damaged || object.contains("error");
    line(object.dump(-1, ' ', false, json::error_handler_t::replace));
  };
  auto bytes = read_all(path);
  if (!bytes) return failed(bytes.failure());
  if (path.ends_with(".index")) {
    dump_index(*bytes, base_offset_of(path), print);
  } else if (path.ends_with(".timeindex")) {
    dump_time_index(*bytes, base_offset_of(path), print);
  } else if (path.ends_with(".log") || path.ends_with(".checkpoint")) {
    klamm::dump::dump_batches(buffer_slice::own(*std::move(bytes)), dump::content_of(path), options.records,
                              print);
  } else {
    return failed({error_code::invalid_request,
                   fmt::format("{} is none of .log, .checkpoint, .index and .timeindex", path)});
  }
  if (damaged)
    return failed({error_code::corrupt_message,
                   fmt::format("{} is damaged: the line with \"error\" says where", path)});
  return {};
}

}  // namespace inspect
}  // namespace v1
}  // namespace klamm
