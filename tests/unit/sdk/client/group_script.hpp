// A member of a classic group on a scripted cluster, and the words to script it with.
#pragma once

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "client/group_protocol.hpp"
#include "consumer_script.hpp"
#include "wire/messages/heartbeat.hpp"
#include "wire/messages/join_group.hpp"
#include "wire/messages/leave_group.hpp"
#include "wire/messages/sync_group.hpp"

namespace klamm::client {

/// A group led by another member, which gives this one both partitions.
struct group_script : consumer_script {
  explicit group_script(std::optional<std::string> instance = {})
      : consumer_script(in_group(std::move(instance))), assignment(encode_assignment(std::array{a0, a1})) {
    cluster.answer<wire::join_group_request>([this](const wire::join_group_request& asked) {
      note_instance(asked);
      joined_as = asked.member_id;
      wire::join_group_response out;
      out.generation_id = generation_id(++generation);
      out.protocol_type = "consumer";
      out.protocol_name = asked.protocols.at(0).name;
      out.leader = "other";
      out.member_id = "me";
      return out;
    });
    cluster.answer<wire::sync_group_request>([this](const auto& asked) {
      note_instance(asked);
      wire::sync_group_response out;
      out.assignment = wire::bytes_ref(bytes_view(assignment));
      return out;
    });
    cluster.answer<wire::heartbeat_request>([this](const auto& asked) {
      note_instance(asked);
      wire::heartbeat_response out;
      out.error_code = beat;
      return out;
    });
    cluster.answer<wire::leave_group_request>([](const auto&) { return wire::leave_group_response{}; });
    cluster.core.subscribe({.topics = {"a"}}, cluster.now, cluster.out);
    cluster.settle();
  }
  static core_options in_group(std::optional<std::string> instance) {
    auto out = consuming("g");
    out.consumer->group.instance_id = std::move(instance);
    out.consumer->group.assignors = {"range"};
    return out;
  }
  template <class Request>
  void note_instance(const Request& asked) {
    instances[Request::api] = asked.group_instance_id.value_or("");
  }
  void callback_done() {
    cluster.core.rebalance_done(sink.events.back().id, cluster.now, cluster.out);
    cluster.settle();
  }
  std::vector<rebalance_event::kind> events() const {
    std::vector<rebalance_event::kind> out;
    for (const auto& event : sink.events) out.push_back(event.what);
    return out;
  }
  /// A rebalance that gives the same partitions again.
  void reassign() {
    beat = error_code::rebalance_in_progress;
    cluster.pass(4 * second);
    beat = error_code::none;
    callback_done();  // revoked
    callback_done();  // assigned
  }
  /// Answers the oldest OffsetFetch that lies at the coordinator.
  void answer_committed(std::int64_t next) {
    const auto at = std::ranges::find_if(cluster.held, [](const auto& request) {
      return request.header.request_api_key == wire::offset_fetch_request::api;
    });
    REQUIRE(at != cluster.held.end());
    const auto request = std::move(*at);
    cluster.held.erase(at);
    const auto asked = request.read<wire::offset_fetch_request>();
    auto said = nothing_committed(asked);
    for (auto& topic : said.groups.at(0).topics)
      for (auto& partition : topic.partitions) partition.committed_offset = offset(next);
    cluster.reply(request, said);
    cluster.settle();
  }
  /// Commits one place, which the coordinator answers with `code`.
  error_code commit(error_code code) {
    cluster.answer<wire::offset_commit_request>([this, code](const auto& asked) {
      note_instance(asked);
      return commit_answer(asked, code);
    });
    std::optional<result<void>> outcome;
    cluster.core.commit(
        {{a0, offset(1), {}, {}}}, 2 * second, [&](auto got) { outcome = std::move(got); }, cluster.now,
        cluster.out);
    cluster.settle();
    REQUIRE(outcome);
    return outcome->code();
  }
  int joins() const { return cluster.asked(wire::join_group_request::api); }

  std::vector<std::byte> assignment;
  std::int32_t generation = 0;
  error_code beat = error_code::none;
  std::map<wire::api_key, std::string> instances;  // whose last request was whose; "": of no static member
  std::string joined_as;                           // the member id of the last join
};

}  // namespace klamm::client
