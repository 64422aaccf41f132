#include "handoff/snapshot_board.hpp"

#include <thread>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "handoff/one_shot.hpp"

namespace klamm::handoff {
namespace {

client::snapshot_ptr knows(std::string topic, error_code why = error_code::none) {
  auto view = std::make_shared<client::topic_view>();
  view->name = std::move(topic);
  view->error = why;
  auto snapshot = std::make_shared<client::metadata_snapshot>();
  snapshot->version = 1;
  snapshot->topics.push_back(std::move(view));
  return snapshot;
}

}  // namespace

TEST_CASE("who waits for a topic goes on when a snapshot has it") {
  snapshot_board board;
  std::shared_ptr<const client::topic_view> found;
  std::thread waiting([&] { found = board.wait_for("orders", duration::max()); });
  board.publish(knows("audit"));
  board.publish(knows("orders"));
  waiting.join();
  REQUIRE(found);
  CHECK(found->name == "orders");
}

TEST_CASE("a topic that is being created is waited for, one that may not be used is not") {
  snapshot_board board;
  board.publish(knows("secret", error_code::topic_authorization_failed));
  CHECK(board.wait_for("secret", duration::max())->error == error_code::topic_authorization_failed);

  board.publish(knows("orders", error_code::unknown_topic_or_partition));
  CHECK(board.wait_for("orders", {})->error == error_code::unknown_topic_or_partition);
  std::shared_ptr<const client::topic_view> found;
  std::thread waiting([&] { found = board.wait_for("orders", duration::max()); });
  board.publish(knows("orders", error_code::leader_not_available));
  board.publish(knows("orders"));
  waiting.join();
  CHECK(found->error == error_code::none);
}

TEST_CASE(
    "what is to happen once a topic is known happens before anybody sees it, in the order of asking, or at "
    "the end") {
  snapshot_board board;
  std::string story;
  const auto note = [&](std::string_view what) {
    return [&story, &board, what](const std::shared_ptr<const client::topic_view>& topic) {
      story += fmt::format("{}:{}{} ", what, topic ? topic->name : "closed", board.find("orders") ? "!" : "");
    };
  };
  board.when_settled("orders", note("a"));
  board.when_settled("orders", note("b"));
  board.when_settled("audit", note("c"));
  board.publish(knows("orders", error_code::unknown_topic_or_partition));
  CHECK(story.empty());
  board.publish(knows("audit"));
  CHECK(story == "c:audit! ");
  board.publish(knows("orders"));
  CHECK(story == "c:audit! a:orders b:orders ");
  board.when_settled("orders", note("d"));
  board.when_settled("more", note("e"));
  board.close();
  CHECK(story == "c:audit! a:orders b:orders d:orders! e:closed! ");
}

TEST_CASE("a view outlives the snapshot that it came with") {
  snapshot_board board;
  board.publish(knows("orders"));
  const auto found = board.find("orders");
  board.publish(knows("audit"));
  CHECK(found->name == "orders");
  CHECK(!board.find("orders"));
}

TEST_CASE("without patience, or after the end, nobody waits") {
  snapshot_board board;
  CHECK(!board.wait_for("orders", {}));
  std::thread waiting([&] { CHECK(!board.wait_for("orders", duration::max())); });
  board.close();
  waiting.join();
}

TEST_CASE("a value goes from one thread to the other") {
  one_shot<int> value;
  std::thread giving([&] { value.set(3); });
  CHECK(value.wait() == 3);
  giving.join();
}

}  // namespace klamm::handoff
