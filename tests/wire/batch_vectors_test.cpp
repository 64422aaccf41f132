#include "batch_vectors.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "vector_file.hpp"

using namespace klamm::wire_test;

TEST_CASE("every record set that Kafka wrote reads as Kafka reads it, and is written as Kafka wrote it") {
  const auto lines = read_lines(KLAMM_VECTORS "/record-batches.jsonl.gz");
  CHECK(lines.size() == 168);
  for (const auto& line : lines) {
    const auto vector = nlohmann::json::parse(line);
    CAPTURE(vector.at("name").get<std::string>());
    REQUIRE(is_batch_vector(vector));
    CHECK(check_batch_vector(vector) == "");
  }
}
