// Log files as JSON lines: batches, records, what Kafka's own logs say, indexes, damage.
#include <filesystem>
#include <fstream>
#include <unistd.h>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <klamm/inspect.hpp>

#include "inspect/record_json.hpp"
#include "wire/batch_builder.hpp"
#include "wire/endian.hpp"
#include "wire/messages/offset_commit_record.hpp"
#include "wire/messages/topic_record.hpp"
#include "wire/writer.hpp"

using namespace klamm;
using wire::json;

namespace {

struct text_record {
  std::optional<std::string> key, value;
};

buffer_slice batch_of(const std::vector<text_record>& records, klamm::offset base,
                      wire::codec codec = wire::codec::none) {
  wire::batch_builder builder;
  wire::compressor contexts;
  const auto bytes = [](const std::optional<std::string>& text) {
    return text ? wire::nullable_bytes(as_bytes_view(*text)) : std::nullopt;
  };
  for (const auto& record : records)
    builder.append({timestamp(1'000), bytes(record.key), bytes(record.value), {}});
  const auto sealed = builder.seal({codec, {}}, contexts);
  return buffer_slice::own(wire::stamped(sealed, {.base_offset = base}).flatten());
}

std::vector<json> dumped(const buffer_slice& bytes,
                         klamm::dump::log_content content = klamm::dump::log_content::application) {
  std::vector<json> lines;
  klamm::dump::dump_batches(bytes, content, true, [&](const json& line) { lines.push_back(line); });
  return lines;
}

// The bytes of a message behind what stands in front of it in a record.
template <class Message, class Prefix>
std::string framed(const Message& message, api_version version, Prefix prefix) {
  wire::writer to;
  prefix(to);
  encode(to, message, version);
  return std::string(as_text(to.finish().flatten()));
}

}  // namespace

TEST_CASE("a batch is a line with its header and its records, null distinct from empty") {
  const auto lines = dumped(
      batch_of({{"k", std::string(1'000, 'v')}, {std::nullopt, ""}}, klamm::offset(40), wire::codec::zstd));
  REQUIRE(lines.size() == 1);
  const auto& batch = lines[0];
  CHECK(batch["base_offset"] == 40);
  CHECK(batch["last_offset"] == 41);
  CHECK(batch["codec"] == "zstd");
  CHECK(batch["crc_valid"] == true);
  CHECK(batch["records"][0]["key"] == "k");
  CHECK(batch["records"][1]["key"] == nullptr);
  CHECK(batch["records"][1]["value"] == "");
  CHECK(batch["records"][1]["offset"] == 41);
}

TEST_CASE("bytes that are not UTF-8 come in Base64") {
  const auto line = dumped(batch_of({{"\xff\xfe", "v"}}, klamm::offset(0)))[0];
  CHECK(line["records"][0]["key"]["base64"] == "//4=");
}

TEST_CASE("damage is a line with an error, after what is sound") {
  const auto whole = batch_of({{"k", "v"}}, klamm::offset(0));
  std::vector<std::byte> cut(whole.view().begin(), whole.view().end());
  cut.insert(cut.end(), whole.data(), whole.data() + 30);
  const auto lines = dumped(buffer_slice::own(std::move(cut)));
  REQUIRE(lines.size() == 2);
  CHECK(!lines[0].contains("error"));
  CHECK(lines[1]["error"] == "a batch that is cut off");
  CHECK(lines[1]["position"] == whole.size());
}

TEST_CASE("records of the metadata log say what they are") {
  wire::topic_record topic;
  topic.name = "orders";
  const auto value = framed(topic, 0, [](wire::writer& to) {
    to.put_uvarint(1);
    to.put_uvarint(2);
    to.put_uvarint(0);
  });
  const auto line =
      dumped(batch_of({{std::nullopt, value}}, klamm::offset(0)), klamm::dump::log_content::metadata)[0];
  CHECK(line["records"][0]["value"]["type"] == "TopicRecord");
  CHECK(line["records"][0]["value"]["data"]["name"] == "orders");
}

TEST_CASE("records of __consumer_offsets say what they are") {
  wire::offset_commit_key key;
  key.group = "g";
  key.topic = "t";
  wire::offset_commit_value value;
  value.offset = klamm::offset(7);
  const auto version = [](std::int16_t number) {
    return [number](wire::writer& to) { to.put<std::int16_t>(number, "version"); };
  };
  const auto line =
      dumped(batch_of({{framed(key, 0, version(1)), framed(value, 3, version(3))}}, klamm::offset(0)),
             klamm::dump::log_content::group_offsets)[0];
  CHECK(line["records"][0]["key"]["data"]["group"] == "g");
  CHECK(line["records"][0]["value"]["data"]["offset"] == 7);
}

TEST_CASE("an index whose entries are no rising numbers is damaged, and one that ends in zeros is not") {
  const auto path =
      std::filesystem::temp_directory_path() / ("klamm-index-" + std::to_string(::getpid()) + ".index");
  const auto dump = [&](const std::vector<std::int32_t>& numbers, std::size_t cut_off = 0) {
    std::vector<std::byte> bytes(numbers.size() * 4);
    for (std::size_t i = 0; i < numbers.size(); ++i)
      wire::store<std::int32_t>(bytes.data() + i * 4, numbers[i]);
    std::ofstream(path, std::ios::binary) << as_text(bytes_view(bytes).first(bytes.size() - cut_off));
    std::vector<std::string> lines;
    const auto outcome = klamm::inspect::dump_file(path.string(), {},
                                                   [&](std::string_view text) { lines.emplace_back(text); });
    if (!outcome) CHECK(outcome.error() == errc::corrupt_message);
    return std::pair(bool(outcome), lines);
  };
  using lines = std::vector<std::string>;
  const std::string first = R"({"offset":5,"position":4096})";
  CHECK(dump({5, 4096, 0, 0, 0, 0}) == std::pair(true, lines{first}));
  CHECK(dump({0, 0, 5, 4096}) == std::pair(true, lines{R"({"offset":0,"position":0})", first}));
  CHECK(dump({-3, 4096}).first == false);
  CHECK(dump({5, -1}).first == false);
  CHECK(
      dump({5, 4096, 4, 5000}) ==
      std::pair(false, lines{first, R"({"position":8,"error":"an entry that is below the one before it, or )"
                                    R"(below 0","bytes":8})"}));
  CHECK(dump({5, 4096, 6, 5000}, 1).second.back() ==
        R"({"position":8,"error":"an entry that is cut off","bytes":7})");
  std::filesystem::remove(path);
}

TEST_CASE("a file's name says what is in it; other kinds are refused by name") {
  const auto folder = std::filesystem::temp_directory_path() / ("klamm-dump-" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  const auto write = [&](const char* name, bytes_view bytes) {
    const auto path = folder / name;
    std::ofstream(path, std::ios::binary) << as_text(bytes);
    return path.string();
  };
  std::vector<std::byte> entry(8);
  wire::store<std::int32_t>(entry.data(), 5);
  wire::store<std::int32_t>(entry.data() + 4, 4096);
  std::string line;
  const auto keep = [&](std::string_view text) { line = text; };
  CHECK(bool(klamm::inspect::dump_file(write("00000000000000000100.index", entry), {}, keep)));
  CHECK(line == R"({"offset":105,"position":4096})");
  const auto log = write("00000000000000000000.log", batch_of({{"k", "v"}}, klamm::offset(3)).view());
  CHECK(bool(klamm::inspect::dump_file(log, {}, keep)));
  CHECK(json::parse(line)["base_offset"] == 3);
  const auto refused = klamm::inspect::dump_file(write("notes.txt", {}), {}, keep);
  REQUIRE(!refused);
  CHECK(refused.error() == errc::invalid_request);
  CHECK(!klamm::inspect::dump_file((folder / "missing.log").string(), {}, keep));
  std::filesystem::remove_all(folder);
}
