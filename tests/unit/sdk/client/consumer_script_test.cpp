// The client core against a scripted cluster: that what is asked for goes on by itself, keeps to its time, and does not wait for what
// lies at a broker.
#include <doctest/doctest.h>

#include "batches.hpp"
#include "client/offset_lookup.hpp"
#include "scripted_cluster.hpp"
#include "wire/messages/fetch.hpp"
#include "wire/messages/heartbeat.hpp"
#include "wire/messages/join_group.hpp"
#include "wire/messages/leave_group.hpp"
#include "wire/messages/list_offsets.hpp"
#include "wire/messages/offset_commit.hpp"
#include "wire/messages/offset_fetch.hpp"

using namespace klamm;
using namespace klamm::client;

namespace {

const topic_partition a0{"a", partition_id(0)}, a1{"a", partition_id(1)};

/// Takes everything, and has written down what it was given.
struct told_sink final : fetch_sink {
  std::size_t room() const override { return free; }
  bool hungry(const topic_partition&) const override { return true; }
  position_epoch assigned(const topic_partition&) override { return position_epoch(++epochs); }
  void unassigned(const topic_partition&) override {}
  void positioned(const topic_partition&, position_epoch, offset start, leader_epoch) override {
    starts.push_back(start.value);
  }
  void deliver(fetched_run run) override { next.push_back(run.next.value); }
  void watermarks(const topic_partition&, offset, offset, offset) override {}
  void failed(const std::optional<topic_partition>&, position_epoch, const error& why) override {
    failures.push_back(why);
  }
  void rebalance(const rebalance_event& event) override { events.push_back(event); }
  time_point waiting_since() const override { return never; }
  std::vector<committed_offset> settled() const override { return places; }

  std::size_t free = 64 << 20;
  std::int64_t epochs = 0;
  std::vector<std::int64_t> starts, next;
  std::vector<error> failures;
  std::vector<rebalance_event> events;
  std::vector<committed_offset> places;
};

core_options consuming(std::string group = {}) {
  core_options out;
  out.consumer.emplace();
  out.consumer->group.group_id = std::move(group);
  out.consumer->reset.to = reset_policy::kind::earliest;
  return out;
}

struct consumer_script {
  told_sink sink;
  test::scripted_cluster cluster;
  std::map<topic_partition, std::int64_t> log_start;

  explicit consumer_script(core_options options = consuming()) : cluster(std::move(options), &sink) {
    cluster.topics["a"] = 2;
    cluster.answer<wire::list_offsets_request>([this](const auto& asked) { return first_offsets(asked); });
    cluster.answer<wire::offset_fetch_request>([](const auto& asked) { return nothing_committed(asked); });
    cluster.hold<wire::fetch_request>();
  }

  void assign(std::vector<topic_partition> which) {
    cluster.core.assign(std::move(which), cluster.now, cluster.out);
    cluster.settle();
  }
  void seek(const topic_partition& at, std::int64_t to) {
    cluster.core.seek({{at, position_epoch(++sink.epochs), offset(to), {}}}, cluster.now, cluster.out);
    cluster.settle();
  }
  std::vector<wire::fetch_request> fetches() const {
    std::vector<wire::fetch_request> out;
    for (const auto& request : cluster.held)
      if (request.header.request_api_key == wire::fetch_request::api)
        out.push_back(request.read<wire::fetch_request>());
    return out;
  }
  wire::list_offsets_response first_offsets(const wire::list_offsets_request& asked) {
    wire::list_offsets_response out;
    for (const auto& t : asked.topics) {
      auto& topic = out.topics.emplace_back();
      topic.name = t.name;
      for (const auto& p : t.partitions) {
        auto& said = topic.partitions.emplace_back();
        said.partition_index = p.partition_index;
        said.offset = offset(log_start[{std::string(t.name), p.partition_index}]);
      }
    }
    return out;
  }
  static wire::offset_fetch_response nothing_committed(const wire::offset_fetch_request& asked) {
    wire::offset_fetch_response out;
    for (const auto& g : asked.groups) {
      auto& group = out.groups.emplace_back();
      group.group_id = g.group_id;
      for (const auto& t : *g.topics) {
        auto& topic = group.topics.emplace_back();
        topic.name = t.name;
        for (const auto p : t.partition_indexes) {
          auto& said = topic.partitions.emplace_back();
          said.partition_index = p;
          said.committed_offset = offset(-1);
        }
      }
    }
    return out;
  }
};

/// The answer to the only partition of a fetch.
wire::fetch_response fetch_answer(const wire::fetch_request& to, error_code code) {
  wire::fetch_response out;
  out.session_id = to.session_epoch < 0 ? 0 : 7;
  auto& topic = out.responses.emplace_back();
  topic.topic_id = to.topics.at(0).topic_id;
  auto& said = topic.partitions.emplace_back();
  said.partition_index = to.topics[0].partitions.at(0).partition;
  said.error_code = code;
  return out;
}

constexpr duration second = millis(1000);

}  // namespace

TEST_CASE("offsets of a topic that the client has never heard of are found without another event") {
  consumer_script f{core_options{}};
  f.log_start[a0] = 5;
  std::optional<result<found_offsets>> found;
  f.cluster.core.list_offsets(
      {{a0, beginning{}}}, 30 * second, [&](auto got) { found = std::move(got); }, f.cluster.now,
      f.cluster.out);
  f.cluster.settle();
  REQUIRE(found);
  CHECK(found->value().at(0).second->offset == offset(5));
}

TEST_CASE("a name that no topic has is said to be unknown after five seconds, and is not created") {
  consumer_script f{core_options{}};
  std::optional<result<found_offsets>> found;
  f.cluster.core.list_offsets(
      {{{"nope", partition_id(0)}, beginning{}}, {{"a", partition_id(9)}, beginning{}}}, 30 * second,
      [&](auto got) { found = std::move(got); }, f.cluster.now, f.cluster.out);
  f.cluster.pass(4 * second);
  CHECK(!found);
  f.cluster.pass(2 * second);
  REQUIRE(found);
  CHECK(found->value().at(0).second.code() == error_code::unknown_topic_or_partition);
  CHECK(found->value().at(1).second.code() == error_code::unknown_topic_or_partition);
  CHECK(!f.cluster.saw_creation);
  CHECK(f.cluster.asked(wire::metadata_request::api) < 20);  // with a backoff
}

TEST_CASE(
    "an offset that is not in the log is reset by policy and fetched from there, without another event") {
  consumer_script f;
  f.assign({a0});
  REQUIRE(f.fetches().size() == 1);
  f.log_start[a0] = 40;
  const auto first = f.cluster.held.at(0);
  f.cluster.held.clear();
  f.cluster.reply(first, fetch_answer(first.read<wire::fetch_request>(), error_code::offset_out_of_range));
  f.cluster.settle();
  CHECK(f.sink.starts == std::vector<std::int64_t>{0, 40});
  REQUIRE(f.fetches().size() == 1);
  CHECK(f.fetches()[0].topics.at(0).partitions.at(0).fetch_offset == offset(40));
}

TEST_CASE("a seek does not wait for the request that lies at the broker, and looks once") {
  consumer_script f;
  f.assign({a0});
  f.seek(a0, 7);
  REQUIRE(f.fetches().size() == 2);
  const auto look = f.fetches()[1];
  CHECK(look.session_id == 0);
  CHECK(look.session_epoch == -1);
  CHECK(look.max_wait_ms == millis(0));
  CHECK(look.topics.at(0).partitions.at(0).fetch_offset == offset(7));
  f.cluster.reply(f.cluster.held.at(1), fetch_answer(look, error_code::none));  // nothing there
  f.cluster.settle();
  CHECK(f.fetches().size() == 2);
}

TEST_CASE("no broker is given all the room: the others are asked beside it") {
  consumer_script f;
  f.cluster.brokers = 2;
  f.sink.free = 1000;
  f.assign({a0, a1});
  REQUIRE(f.fetches().size() == 2);
  CHECK(f.fetches()[0].max_bytes == 500);
  CHECK(f.fetches()[1].max_bytes == 500);
}

TEST_CASE(
    "partitions of an answer are found by id, whatever their order and number; strangers are passed over") {
  consumer_script f;
  f.assign({a0, a1});
  const auto request = f.cluster.held.at(0);
  auto answer = fetch_answer(request.read<wire::fetch_request>(), error_code::none);
  auto& said = answer.responses[0].partitions;
  const auto records = [](std::int64_t base) {
    wire::batch_stamp stamp;
    stamp.base_offset = offset(base);
    return wire::records_field(buffer_slice::own(wire::stamped(test::sealed(3), stamp).flatten()));
  };
  said.assign(4, {});
  said[0].partition_index = partition_id(5);  // nobody asked for it
  said[1].partition_index = partition_id(1), said[1].records = records(0);
  said[2].partition_index = partition_id(1), said[2].records = records(3);  // named twice: the first counts
  said[3].partition_index = partition_id(0), said[3].records = records(0);
  f.cluster.held.clear();
  f.cluster.reply(request, answer);
  f.cluster.settle();
  CHECK(f.sink.next == std::vector<std::int64_t>{3, 3});
}

TEST_CASE("what settled is committed every interval, without a poll, and only what changed") {
  auto options = consuming("g");
  options.consumer->group.auto_commit = 5 * second;
  consumer_script f{options};
  f.cluster.answer<wire::offset_commit_request>([](const wire::offset_commit_request& asked) {
    wire::offset_commit_response out;
    out.topics.emplace_back().name = asked.topics.at(0).name;
    out.topics[0].partitions.emplace_back().partition_index =
        asked.topics[0].partitions.at(0).partition_index;
    return out;
  });
  const auto commits = [&] { return f.cluster.asked(wire::offset_commit_request::api); };
  f.assign({a0});
  f.sink.places = {{a0, offset(3), {}, {}}};
  f.cluster.pass(6 * second);
  CHECK(commits() == 1);
  f.cluster.pass(20 * second);
  CHECK(commits() == 1);
  f.sink.places = {{a0, offset(4), {}, {}}};
  f.cluster.pass(5 * second);
  CHECK(commits() == 2);
}

TEST_CASE("a commit ends with its own time, whatever the coordinator does") {
  consumer_script f{consuming("g")};
  f.cluster.hold<wire::offset_commit_request>();
  std::optional<result<void>> outcome;
  f.cluster.core.commit(
      {{a0, offset(1), {}, {}}}, 2 * second, [&](auto got) { outcome = std::move(got); }, f.cluster.now,
      f.cluster.out);
  f.cluster.pass(3 * second);
  REQUIRE(outcome);
  CHECK(outcome->code() == error_code::timed_out);
}

TEST_CASE("leaving does not wait behind a join that lies at the coordinator") {
  consumer_script f{consuming("g")};
  f.cluster.answer<wire::join_group_request>(
      [](const wire::join_group_request& asked) -> std::optional<wire::join_group_response> {
        if (!asked.member_id.empty()) return std::nullopt;
        wire::join_group_response out;
        out.error_code = error_code::member_id_required;
        out.member_id = "m-1";
        return out;
      });
  f.cluster.answer<wire::leave_group_request>([](const auto&) { return wire::leave_group_response{}; });
  f.cluster.core.subscribe(std::vector<std::string>{"a"}, f.cluster.now, f.cluster.out);
  f.cluster.settle();
  REQUIRE(f.cluster.held.size() == 1);  // the second join
  const auto join_lies_on = f.cluster.held[0].connection;
  f.cluster.hold<wire::leave_group_request>();
  f.cluster.core.close(after(f.cluster.now.steady, second), {}, f.cluster.now, f.cluster.out);
  f.cluster.settle();
  REQUIRE(f.cluster.held.size() == 2);
  CHECK(f.cluster.held[1].header.request_api_key == wire::leave_group_request::api);
  CHECK(f.cluster.held[1].connection != join_lies_on);
}
