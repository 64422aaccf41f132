#include "key_vectors.hpp"

#include <doctest/doctest.h>

#include "vector_file.hpp"

using namespace klamm::wire_test;

TEST_CASE("keys hash to what Kafka's producer makes of them, and go to the same partitions") {
  int keys = 0;
  for (const auto& line : read_lines(KLAMM_VECTORS "/murmur2.tsv.gz")) {
    if (line.starts_with('#')) continue;
    CAPTURE(line);
    CHECK(check_key_vector(line) == "");
    ++keys;
  }
  CHECK(keys == 581);
}

TEST_CASE("a row that differs, or is none, fails") {
  CHECK(check_key_vector("\t275646681\t275646681\t0\t1\t0\t3\t2\t9\t31\t81\t681") == "");
  CHECK(check_key_vector("\t275646680\t275646681\t0\t1\t0\t3\t2\t9\t31\t81\t681") ==
        "murmur2: 275646681 instead of 275646680");
  CHECK(check_key_vector("\t275646681\t275646681\t0\t1\t0\t3\t2\t9\t31\t81\t680") ==
        "partition of 1000: 681 instead of 680");
  CHECK(check_key_vector("a row") == "neither JSON nor a row of a key and its partitions");
}
