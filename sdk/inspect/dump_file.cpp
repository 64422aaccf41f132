// inspect::dump_file: which kind of file it is, and its lines.
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

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

// An index has entries of two numbers, which rise, and zeros where Kafka made room for more: those end it.
struct index_form {
  std::size_t entry;
  const char *first, *second;
  std::pair<std::int64_t, std::int64_t> (*read)(const std::byte* at);
};

// A relative offset (int32) and a position in the segment (int32).
constexpr index_form offset_index{8, "offset", "position", [](const std::byte* at) {
                                    return std::pair<std::int64_t, std::int64_t>(
                                        wire::load<std::int32_t>(at), wire::load<std::int32_t>(at + 4));
                                  }};
// A timestamp (int64) and a relative offset (int32).
constexpr index_form time_index{12, "timestamp", "offset", [](const std::byte* at) {
                                  return std::pair<std::int64_t, std::int64_t>(
                                      wire::load<std::int64_t>(at), wire::load<std::int32_t>(at + 8));
                                }};

void dump_index(const index_form& form, bytes_view bytes, std::int64_t base, const line_sink& line) {
  const auto damaged = [&](std::size_t at, const char* what) {
    line({{"position", at}, {"error", what}, {"bytes", bytes.size() - at}});
  };
  const auto shown = [&](const char* name, std::int64_t number) {
    return std::string_view(name) == "offset" ? base + number : number;
  };
  std::pair<std::int64_t, std::int64_t> last{0, 0};
  for (std::size_t at = 0; at < bytes.size(); at += form.entry) {
    if (bytes.size() - at < form.entry) return damaged(at, "an entry that is cut off");
    const auto now = form.read(bytes.data() + at);
    if (at > 0 && now == std::pair<std::int64_t, std::int64_t>(0, 0)) return;
    if (now.first < last.first || now.second < last.second)
      return damaged(at, "an entry that is below the one before it, or below 0");
    line({{form.first, shown(form.first, now.first)}, {form.second, shown(form.second, now.second)}});
    last = now;
  }
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
    dump_index(offset_index, *bytes, base_offset_of(path), print);
  } else if (path.ends_with(".timeindex")) {
    dump_index(time_index, *bytes, base_offset_of(path), print);
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
