#include "message_vectors.hpp"

#include <set>
#include <utility>

#include <doctest/doctest.h>

#include "vector_file.hpp"

using namespace klamm;
using namespace klamm::wire_test;

namespace {

constexpr const char* files[] = {"requests",         "responses",
                                 "headers-and-data", "coordinator-records",
                                 "metadata-records", "storage-records"};

/// Newer than the release that wrote the vectors.
const std::set<std::string> without_vectors{"UnregisterControllerRecord"};

std::vector<nlohmann::json> vectors_of(const std::string& file) {
  std::vector<nlohmann::json> vectors;
  for (const auto& line : read_lines(KLAMM_VECTORS "/" + file + ".jsonl.gz"))
    vectors.push_back(nlohmann::json::parse(line));
  return vectors;
}

}  // namespace

TEST_CASE("every message that Kafka wrote reads as Kafka reads it, and is written as Kafka wrote it") {
  message_checker checker;
  for (const std::string file : files) {
    for (const auto& vector : vectors_of(file)) {
      INFO(vector.at("name").get<std::string>()
           << " v" << vector.at("version") << " " << vector.at("instance"));
      CHECK(checker.check(vector) == "");
    }
  }
}

TEST_CASE("every version of every message has its vectors") {
  std::set<std::pair<std::string, int>> covered;
  for (const std::string file : files)
    for (const auto& vector : vectors_of(file)) covered.emplace(vector.at("name"), vector.at("version"));
  for (const auto* type : wire::catalog()) {
    for (int version = type->versions.min; version <= type->versions.max; ++version) {
      INFO(std::string(type->name) << " v" << version);
      CHECK(covered.contains({std::string(type->name), version}) !=
            without_vectors.contains(std::string(type->name)));
    }
  }
}

TEST_CASE("a vector that we do not cover, or that differs, fails") {
  const auto vectors = vectors_of("requests");
  const auto altered = [&](const char* field, const nlohmann::json& value) {
    auto vector = vectors.front();
    vector[field] = value;
    return message_checker().check(vector);
  };
  REQUIRE(vectors.front().at("name") == "AddOffsetsToTxnRequest");
  CHECK(altered("name", "NoSuchRequest") == "we have no such message");
  CHECK(altered("version", 99) == "we have no such version");
  CHECK(altered("hex", "0000000000000000000000000001") != "");
  CHECK(altered("hex", "000000000000000000000000000000") == "bytes left over: 1 instead of 0");
  CHECK(altered("header_version", 2) == "header version: 1 instead of 2");
}
