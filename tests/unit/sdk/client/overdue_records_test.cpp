// What is said of records whose time is up: what their leader kept answering.
#include <memory>
#include <optional>
#include <string>

#include <doctest/doctest.h>

#include "idempotent_script.hpp"

using namespace klamm;
using namespace klamm::client;

namespace {

/// A batch that keeps what is said of it.
class kept_batch final : public drained_batch {
 public:
  kept_batch(time_point opened, std::optional<error>& why) : opened_(opened), why_(why) {}
  const wire::sealed_batch& sealed() const override { return batch_; }
  time_point opened() const override { return opened_; }
  void acknowledged(offset, timestamp) override {}
  void failed(const error& why) override { why_ = why; }
  result<std::vector<batch_ptr>> split(std::size_t) override { return error(error_code::message_too_large); }

 private:
  wire::sealed_batch batch_ = test::sealed(1);
  time_point opened_;
  std::optional<error>& why_;
};

/// One record that lies at its leader.
struct overdue_script : idempotent_script {
  overdue_script() {
    establish();
    auto& queue = source.queues.at(0);
    queue.waiting.push_back(std::make_unique<kept_batch>(cluster.now.steady, why));
    queue.fresh = true;
    cluster.core.records_ready(cluster.now, cluster.out);
    cluster.settle();
  }
  std::optional<error> why;
};

bool says(const error& why, const std::string& part) { return why.message.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("records that were refused until their time was up say the last refusal, and no earlier one") {
  overdue_script f;
  f.answer(error_code::not_leader_or_follower);
  while (!f.why) {
    f.cluster.pass(2 * second);
    if (!f.cluster.held.empty()) f.answer(error_code::not_enough_replicas);
  }
  CHECK(*f.why == error_code::delivery_timeout);
  CHECK(says(*f.why, "; at last the broker broker:9092 (node 1) refused it (NOT_ENOUGH_REPLICAS): too few "));
  CHECK(!says(*f.why, "NOT_LEADER_OR_FOLLOWER"));
}

TEST_CASE("of records that nobody answered no refusal is said") {
  overdue_script f;
  f.cluster.held.clear();
  f.cluster.pass(121 * second);
  REQUIRE(f.why);
  CHECK(!says(*f.why, "refused"));
}
