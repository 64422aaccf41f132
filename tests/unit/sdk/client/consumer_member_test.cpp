// Hard part 11: a member of a KIP-848 group, against a scripted coordinator.
#include <algorithm>
#include <deque>

#include <doctest/doctest.h>

#include "client/group_protocol.hpp"
#include "consumer_script.hpp"
#include "wire/messages/consumer_group_heartbeat.hpp"
#include "wire/messages/join_group.hpp"

using namespace klamm;
using namespace klamm::client;

namespace {

using kind = rebalance_event::kind;
using partitions = std::vector<std::int32_t>;

/// What one heartbeat said; `names`, `owned`: nothing where it left them out.
struct beat {
  std::string member;
  std::int32_t epoch = 0;
  bool full = false;
  std::optional<std::string> regex;
  std::optional<std::vector<std::string>> names;
  std::optional<partitions> owned;  // of the topic "a"
};

/// A group whose coordinator gives this member what `give` says, in the epoch that the script is in.
struct member_script : consumer_script {
  explicit member_script(membership_protocol protocol = membership_protocol::consumer,
                         subscription to = {.topics = {"a"}}, std::optional<std::string> instance = {})
      : consumer_script(in_group(protocol, std::move(instance))) {
    cluster.answer<wire::consumer_group_heartbeat_request>([this](const auto& asked) { return say(asked); });
    subscribe(std::move(to));
  }
  static core_options in_group(membership_protocol protocol, std::optional<std::string> instance) {
    auto out = consuming("g");
    out.consumer->group.protocol = protocol;
    out.consumer->group.instance_id = std::move(instance);
    return out;
  }
  void subscribe(subscription to) {
    cluster.core.subscribe(std::move(to), cluster.now, cluster.out);
    cluster.settle();
  }
  wire::consumer_group_heartbeat_response say(const wire::consumer_group_heartbeat_request& asked) {
    auto& b = beats.emplace_back();
    b.member = asked.member_id;
    b.epoch = asked.member_epoch;
    b.full = asked.rebalance_timeout_ms.count() >= 0;
    if (asked.subscribed_topic_regex) b.regex = *asked.subscribed_topic_regex;
    if (asked.subscribed_topic_names)
      b.names.emplace(asked.subscribed_topic_names->begin(), asked.subscribed_topic_names->end());
    if (asked.topic_partitions) {
      b.owned.emplace();
      for (const auto& t : *asked.topic_partitions)
        for (const auto p : t.partitions) b.owned->push_back(p.value);
    }
    wire::consumer_group_heartbeat_response out;
    if (!errors.empty()) {
      out.error_code = errors.front();
      errors.pop_front();
      return out;
    }
    out.member_epoch = asked.member_epoch < 0 ? asked.member_epoch : epoch;
    out.heartbeat_interval_ms = millis(5000);
    if (give) assign(out, *std::exchange(give, {}));
    return out;
  }
  void assign(wire::consumer_group_heartbeat_response& to, const partitions& which) const {
    auto& assignment = to.assignment.emplace();
    if (which.empty()) return;
    auto& topic = assignment.topic_partitions.emplace_back();
    topic.topic_id = topic_id;
    for (const auto p : which) topic.partitions.emplace_back(p);
  }
  void callback_done() {
    cluster.core.rebalance_done(sink.events.back().id, cluster.now, cluster.out);
    cluster.settle();
  }
  /// The coordinator's next answer assigns these, and what follows happens until the application is asked.
  void reassign(std::int32_t in_epoch, partitions which) {
    epoch = in_epoch;
    give = std::move(which);
    cluster.pass(5 * second);
  }
  std::vector<kind> events() const {
    std::vector<kind> out;
    for (const auto& event : sink.events) out.push_back(event.what);
    return out;
  }

  uuid topic_id{{'a'}};
  std::int32_t epoch = 1;
  std::optional<partitions> give = partitions{0, 1};
  std::deque<error_code> errors;
  std::vector<beat> beats;
};

}  // namespace

TEST_CASE("a member joins under an id of its own, takes what it is given, and says that it has it") {
  member_script f;
  REQUIRE(f.beats.size() == 2);
  CHECK(f.beats[0].member.size() == 22);
  CHECK(f.beats[0].epoch == 0);
  CHECK(f.beats[0].full);
  CHECK(f.beats[0].names == std::vector<std::string>{"a"});
  CHECK(f.beats[0].owned == partitions{});
  CHECK(f.events() == std::vector{kind::assigned});
  CHECK(f.sink.events[0].partitions == std::vector{a0, a1});
  CHECK(f.beats[1].member == f.beats[0].member);
  CHECK(f.beats[1].epoch == 1);
  CHECK_FALSE(f.beats[1].full);
  CHECK_FALSE(f.beats[1].names);  // known already
  CHECK(f.beats[1].owned == partitions{0, 1});
  f.callback_done();
  f.cluster.pass(5 * second);
  REQUIRE(f.beats.size() == 3);
  CHECK_FALSE(f.beats[2].owned);
}

TEST_CASE("what is taken away is let go by the application before the coordinator hears of it") {
  member_script f;
  f.callback_done();
  f.reassign(2, {1});
  CHECK(f.events() == std::vector{kind::assigned, kind::revoked});
  CHECK(f.sink.events.back().partitions == std::vector{a0});
  f.cluster.pass(20 * second);
  for (const auto& b : f.beats) CHECK(b.owned.value_or(partitions{0, 1}) != partitions{1});
  CHECK(f.beats.size() >= 6);  // it is alive meanwhile
  f.callback_done();
  CHECK(f.beats.back().owned == partitions{1});
  CHECK(f.beats.back().epoch == 2);
  CHECK(f.sink.gone == std::vector{a0});
}

TEST_CASE("a member that is fenced loses what it had, and joins again when the application has heard") {
  for (const auto code : {error_code::fenced_member_epoch, error_code::unknown_member_id}) {
    member_script f;
    f.callback_done();
    f.errors = {code};
    f.cluster.pass(5 * second);
    CHECK(f.events() == std::vector{kind::assigned, kind::lost});
    CHECK(f.sink.gone == std::vector{a0, a1});
    const auto before = f.beats.size();
    f.cluster.pass(60 * second);
    CHECK(f.beats.size() == before);
    f.give = partitions{0};
    f.callback_done();
    f.cluster.pass(second);
    REQUIRE(f.beats.size() > before);
    CHECK(f.beats[before].epoch == 0);
    CHECK(f.beats[before].full);
    CHECK(f.beats[before].member == f.beats[0].member);
    CHECK(f.events().back() == kind::assigned);
  }
}

TEST_CASE("after an answer that did not come everything is said again, in the epoch that the member knows") {
  member_script f;
  f.callback_done();
  f.cluster.cut();
  f.errors = {error_code::coordinator_load_in_progress};
  f.cluster.pass(10 * second);
  CHECK(f.events() == std::vector{kind::assigned});
  const auto again =
      std::ranges::find_if(f.beats.begin() + 2, f.beats.end(), [](const beat& b) { return b.full; });
  REQUIRE(again != f.beats.end());
  CHECK(again->epoch == 1);
  CHECK(again->names == std::vector<std::string>{"a"});
  CHECK(again->owned == partitions{0, 1});
}

TEST_CASE("a coordinator that always fences is not asked in a hot loop") {
  member_script f;
  f.callback_done();
  f.errors.assign(1000, error_code::unknown_member_id);
  f.cluster.pass(5 * second);
  f.callback_done();
  const auto before = f.beats.size();
  f.cluster.pass(60 * second);
  CHECK(f.beats.size() - before > 30);
  CHECK(f.beats.size() - before < 200);
}

TEST_CASE("a pattern is the coordinator's to read, and topics that it finds are known by their ids alone") {
  subscription pattern{.passes = [](std::string_view) { return false; }, .regex = "a.*"};
  member_script f(membership_protocol::consumer, pattern);
  CHECK(f.beats.at(0).regex == "a.*");
  CHECK(f.beats[0].names == std::vector<std::string>{});
  CHECK(f.events() == std::vector{kind::assigned});
  CHECK(f.sink.events[0].partitions == std::vector{a0, a1});
  f.callback_done();
  CHECK(f.fetches().size() == 1);
}

TEST_CASE("a topic that nobody can name yet does not hold up the others") {
  member_script f;
  f.callback_done();
  f.topic_id = uuid{{'b'}};
  f.reassign(2, {0});
  // "a" is not in the target any more; "b" is asked for, and not there.
  CHECK(f.events().back() == kind::revoked);
  f.callback_done();
  CHECK(f.beats.back().owned == partitions{});
  const int asked = f.cluster.asked(wire::metadata_request::api);
  f.cluster.pass(5 * second);
  CHECK(f.cluster.asked(wire::metadata_request::api) > asked);
  CHECK(f.cluster.asked(wire::metadata_request::api) < asked + 30);
  f.cluster.topics["b"] = 1;
  f.cluster.pass(5 * second);
  CHECK(f.events().back() == kind::assigned);
  CHECK(f.sink.events.back().partitions == std::vector{topic_partition{"b", partition_id(0)}});
}

TEST_CASE("who does not poll leaves, and joins again when the application has heard of its loss") {
  member_script f;
  f.callback_done();
  f.sink.waiting = f.cluster.now.steady;
  f.cluster.pass(301 * second);
  CHECK(f.beats.back().epoch == -1);
  CHECK(f.events().back() == kind::lost);
  f.sink.waiting = never;
  f.callback_done();
  CHECK(f.beats.back().epoch == 0);
}

TEST_CASE("who does not poll for the news of its partitions leaves, and hears of the loss after that") {
  member_script f;
  f.sink.waiting = f.cluster.now.steady;
  f.cluster.pass(301 * second);
  CHECK(f.beats.back().epoch == -1);
  CHECK(f.events() == std::vector{kind::assigned});
  f.sink.waiting = never;
  f.callback_done();
  CHECK(f.events() == std::vector{kind::assigned, kind::lost});
}

TEST_CASE("closing says goodbye: for good, or as one that comes back under its instance id") {
  for (const auto& [instance, epoch] : {std::pair(std::optional<std::string>(), -1), {"i1", -2}}) {
    member_script f(membership_protocol::consumer, {.topics = {"a"}}, instance);
    f.callback_done();
    f.cluster.core.close(after(f.cluster.now.steady, second), [](auto) {}, f.cluster.now, f.cluster.out);
    f.cluster.settle();
    CHECK(f.beats.back().epoch == epoch);
  }
}

TEST_CASE("a commit is made in the epoch that holds when it is tried, while the membership lasts") {
  member_script f;
  f.callback_done();
  std::vector<std::int32_t> epochs;
  f.cluster.answer<wire::offset_commit_request>([&](const wire::offset_commit_request& asked) {
    epochs.push_back(asked.generation_id_or_member_epoch.value);
    return commit_answer(asked, epochs.back() == 1 ? error_code::stale_member_epoch : error_code::none);
  });
  std::optional<result<void>> outcome;
  f.cluster.core.commit(
      {{a0, offset(1), {}, {}}}, 30 * second, [&](auto got) { outcome = std::move(got); }, f.cluster.now,
      f.cluster.out);
  f.cluster.settle();
  CHECK(epochs == std::vector{1});
  f.epoch = 2;
  f.cluster.pass(10 * second);
  REQUIRE(outcome);
  CHECK(outcome->code() == error_code::none);
  CHECK(epochs.back() == 2);
  CHECK(epochs.size() < 20);  // it did not spin
}

TEST_CASE("a commit of a membership that is over is not made in the name of the next one") {
  member_script f;
  f.callback_done();
  f.cluster.answer<wire::offset_commit_request>(
      [](const auto& asked) { return commit_answer(asked, error_code::stale_member_epoch); });
  std::optional<result<void>> outcome;
  f.cluster.core.commit(
      {{a0, offset(1), {}, {}}}, 60 * second, [&](auto got) { outcome = std::move(got); }, f.cluster.now,
      f.cluster.out);
  f.errors = {error_code::fenced_member_epoch};
  f.cluster.pass(10 * second);
  REQUIRE(outcome);
  CHECK(outcome->code() == error_code::stale_member_epoch);
}

TEST_CASE("a coordinator without KIP-848 is joined by the classic protocol, or refused") {
  for (const auto code : {error_code::unsupported_version, error_code::group_id_not_found}) {
    for (const auto protocol : {membership_protocol::automatic, membership_protocol::consumer}) {
      member_script f(protocol, {});
      f.cluster.hold<wire::join_group_request>();
      f.errors.assign(1000, code);
      f.subscribe({.topics = {"a"}});
      f.cluster.pass(second);
      const bool falls_back = protocol == membership_protocol::automatic;
      CHECK(f.cluster.asked(wire::join_group_request::api) == (falls_back ? 1 : 0));
      CHECK(f.sink.failures.size() == (falls_back ? 0 : 1));
      CHECK(f.beats.size() == 1);
      if (!falls_back) CHECK(f.sink.failures[0].message.find("KIP-848") != std::string::npos);
    }
  }
}

TEST_CASE("who leaves before the coordinator has said that it does not know KIP-848 has left") {
  member_script f(membership_protocol::automatic, {});
  f.cluster.hold<wire::find_coordinator_request>();
  f.cluster.answer<wire::api_versions_request>([](const auto&) {
    auto out = test::scripted_cluster::every_version();
    std::erase_if(out.api_keys,
                  [](const auto& api) { return api.api_key == wire::consumer_group_heartbeat_request::api; });
    return out;
  });
  f.subscribe({.topics = {"a"}});
  std::optional<result<close_report>> closed;
  f.cluster.core.close(
      after(f.cluster.now.steady, 10 * second), [&](auto how) { closed = std::move(how); }, f.cluster.now,
      f.cluster.out);
  f.cluster.settle();
  CHECK(!closed);
  f.cluster.find_coordinators();
  f.cluster.pass(second);
  REQUIRE(closed);
  REQUIRE(closed->has_value());
  CHECK((*closed)->left_group);
  CHECK(!(*closed)->first_error);
}

TEST_CASE("a pattern is the client's to match where the group is of the classic protocol") {
  member_script f(membership_protocol::automatic, {});
  f.cluster.topics["b"] = 1;
  std::vector<std::string> joined;
  f.cluster.answer<wire::join_group_request>([&](const wire::join_group_request& asked) {
    joined = decode_subscription(asked.protocols.at(0).metadata)->topics;
    return std::optional<wire::join_group_response>();
  });
  f.errors = {error_code::unsupported_version};
  f.subscribe({.passes = [](std::string_view name) { return name == "a"; }, .regex = "a"});
  f.cluster.pass(second);
  CHECK(joined == std::vector<std::string>{"a"});
}

TEST_CASE("what the coordinator refuses for good is told once, and nothing is asked again") {
  for (const auto code : {error_code::invalid_regular_expression, error_code::unreleased_instance_id,
                          error_code::group_authorization_failed, error_code::group_max_size_reached}) {
    member_script f;
    f.callback_done();
    f.errors.assign(1000, code);
    f.cluster.pass(60 * second);
    REQUIRE(f.sink.failures.size() == 1);
    CHECK(f.sink.failures[0].code == code);
    CHECK(f.sink.out);
    CHECK(f.events().back() == kind::lost);
    CHECK(f.errors.size() == 999);
    f.errors.clear();
    f.callback_done();
    f.subscribe({.topics = {"a"}});
    CHECK(f.beats.back().epoch == 0);
    CHECK_FALSE(f.sink.out);
  }
}
