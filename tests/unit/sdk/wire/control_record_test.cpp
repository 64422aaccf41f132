#include "wire/control_record.hpp"

#include <doctest/doctest.h>

#include "batches.hpp"

using namespace klamm;
using namespace klamm::wire;
using namespace klamm::wire_test;

namespace {

record_view first_record(const batch_view& batch) {
  compressor contexts;
  auto reader = *record_reader::open(batch, contexts, no_limit);
  record_view r;
  REQUIRE(reader.next(r) == record_reader::step::record);
  return r;
}

}  // namespace

TEST_CASE("a transaction marker says how it ended and who says so") {
  for (const bool committed : {false, true}) {
    const auto bytes =
        encoded(make_transaction_marker({committed, 9}, timestamp(5)),
                {.producer_id = klamm::producer_id(4001), .transactional = true, .control = true});
    const auto batch = only_batch(bytes);
    CHECK((batch.attributes().control() && batch.attributes().transactional() && batch.crc_valid()));
    const auto marker = read_transaction_marker(first_record(batch));
    REQUIRE(marker.has_value());
    CHECK((marker->committed == committed && marker->coordinator_epoch == 9));
  }
}

TEST_CASE("control types of later versions keep their number, short keys have none") {
  const auto later =
      encoded(make_control_batch(static_cast<control_type>(99), as_bytes_view(""), timestamp(0)));
  CHECK(read_control_type(first_record(only_batch(later)).key) == static_cast<control_type>(99));
  CHECK_FALSE(read_control_type({}).has_value());
  CHECK_FALSE(read_control_type(as_bytes_view(std::string_view("\0\0\0", 3))).has_value());
  CHECK_FALSE(read_control_type(as_bytes_view(std::string_view("\xff\xff\0\1", 4))).has_value());
}

TEST_CASE("what is no whole marker is none") {
  const auto of = [](control_type type, std::string_view value) {
    const auto bytes = encoded(make_control_batch(type, as_bytes_view(value), timestamp(0)));
    return read_transaction_marker(first_record(only_batch(bytes)));
  };
  CHECK_FALSE(of(control_type::commit, "12345").has_value());
  CHECK_FALSE(of(control_type::leader_change, "123456").has_value());
}
