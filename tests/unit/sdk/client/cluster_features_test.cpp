// Hard part 15: what is finalized is what the broker with the newest epoch says, whoever is asked after it.
#include "client/cluster_features.hpp"

#include <doctest/doctest.h>

using namespace klamm;
using namespace klamm::client;

namespace {

link::broker_capabilities says(std::int64_t epoch, std::int16_t level) {
  link::broker_capabilities out;
  out.finalized_epoch = epoch;
  out.finalized.push_back({"transaction.version", 0, level});
  return out;
}

}  // namespace

TEST_CASE("the epoch of the finalized features never goes back: a broker that lags behind is passed over") {
  cluster_features known;
  CHECK(known.level("transaction.version") == 0);
  known.heard(says(5, 2));
  known.heard(says(4, 1));
  CHECK(known.level("transaction.version") == 2);
  known.heard({});  // too old to tell
  CHECK(known.level("transaction.version") == 2);
  known.heard(says(6, 0));
  CHECK(known.level("transaction.version") == 0);
  known.heard(says(5, 2));
  CHECK(known.level("transaction.version") == 0);
}
