// Schema files: what they become, and what is said of those that are wrong.
#include "wire/codegen/schema_file.hpp"

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <unistd.h>

#include <doctest/doctest.h>

#include "wire/codegen/emit.hpp"

namespace klamm::codegen {
namespace {

/// A schema file of its own, gone at the end.
class written {
 public:
  explicit written(const std::string& text) { std::ofstream(path_) << text; }
  ~written() { std::filesystem::remove(path_); }
  written(const written&) = delete;
  written& operator=(const written&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_ =
      std::filesystem::temp_directory_path() / ("schema_" + std::to_string(::getpid()) + ".json");
};

/// A message with these fields.
std::string data_with(const std::string& fields) {
  return R"({"data": "Probe", "versions": "0-3", "flexible": "none", "fields": [)" + fields + "]}";
}

/// What is said of the file after its name; empty where it is taken.
std::string refusal(const std::string& text) {
  const written file(text);
  try {
    static_cast<void>(read_schema(file.path()));
    return {};
  } catch (const std::runtime_error& refused) {
    const std::string what = refused.what(), begin = file.path().string() + ": ";
    REQUIRE_MESSAGE(what.starts_with(begin), what);
    return what.substr(begin.size());
  }
}

}  // namespace

TEST_CASE("a schema becomes a struct with its defaults, versions and domain types") {
  const written file(data_with(R"("group_id: string", "leader: int32 1+ = -1 as node_id",
    {"parts: [part]? 2+": ["next: int64 as offset"]})"));
  const auto read = read_schema(file.path());
  REQUIRE(read.messages.size() == 1);
  const auto& fields = read.messages[0].root().fields;
  REQUIRE(fields.size() == 3);
  CHECK(fields[0].json_name == "groupId");
  CHECK(fields[1].versions.low == 1);
  CHECK(fields[1].versions.high == 3);
  CHECK(fields[2].array);
  const auto header = message_header(read);
  for (const auto* line : {"std::string_view group_id", "klamm::node_id leader{-1};",
                           "klamm::offset next{0};", "std::optional<std::vector<"})
    CHECK_MESSAGE(header.find(line) != std::string::npos, line, " in ", header);
}

TEST_CASE("a field that is wrong is named with its line and what is wrong with it") {
  CHECK(refusal(data_with(R"("x: int32")")).empty());
  CHECK(refusal(data_with(R"("x int32")")) == R"("x int32": a field needs 'name: type')");
  CHECK(refusal(data_with(R"("x: int32 as ofset")")) ==
        R"("x: int32 as ofset": no domain type is called ofset)");
  CHECK(refusal(data_with(R"("x: int32 as offset")")) ==
        R"("x: int32 as offset": offset does not travel in this type)");
  CHECK(refusal(data_with(R"("x: int32 ignoreable")")) ==
        R"("x: int32 ignoreable": 'ignoreable' means nothing here)");
  CHECK(refusal(data_with(R"("x: int32 tag")")) == R"("x: int32 tag": nothing after 'tag')");
  CHECK(refusal(data_with(R"("x: int32 tag one")")) == R"("x: int32 tag one": 'one' is no number)");
  CHECK(refusal(data_with(R"("x: int32 nullable some")")) ==
        R"("x: int32 nullable some": 'some' is no number)");
  CHECK(refusal(data_with(R"("x: int32 1..2")")) == R"("x: int32 1..2": '1..2' is no range of versions)");
  CHECK(refusal(data_with(R"("x: int32 7+")")) == R"("x: int32 7+": the field is in no version)");
  CHECK(refusal(data_with(R"("x: string = null")")) ==
        R"("x: string = null": a null default needs a type with '?')");
}

TEST_CASE("structures that are wrong together are named") {
  CHECK(refusal(data_with(R"("x: int32", "x: int16")")) == "two fields are called x");
  CHECK(refusal(data_with(R"("x: [nothing]")")).find("nothing") != std::string::npos);
  CHECK(refusal(data_with(R"({"x: int32": ["y: int32"]})")) ==
        R"("x: int32" has fields, and is no structure)");
  CHECK(refusal(data_with(R"({"x: [one]": ["y: int32"]}, {"z: [one]": ["y: int32"]})")) ==
        "two structures are called one");
  CHECK(refusal(data_with(R"({"x: [one]": [{"y: [two]": ["z: [one]"]}]})")) == "a structure holds itself");
}

TEST_CASE("a file that is no JSON is named with the line, and what it lacks by its key") {
  CHECK(refusal("{\n  \"data\": \"Probe\",\n  oops\n}").find("line 3") != std::string::npos);
  CHECK(refusal(R"({"data": "Probe", "flexible": "none", "fields": []})").find("'versions'") !=
        std::string::npos);
  CHECK(!refusal("").empty());
}

}  // namespace klamm::codegen
