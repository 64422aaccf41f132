#include "client/offset_lookup.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "client/topic_entries.hpp"
#include "wire/messages/list_offsets.hpp"

namespace klamm::client {
namespace {

using question = leader_question<wire::list_offsets_request, offset_at_time>;

timestamp on_the_wire(const place& where) {
  if (std::holds_alternative<beginning>(where)) return timestamp(-2);
  if (std::holds_alternative<end>(where)) return timestamp(-1);
  if (std::holds_alternative<newest>(where)) return timestamp(-3);  // KIP-734
  return std::max(timestamp(0), std::get<timestamp>(where));  // a negative one would be one of those above
}

partition_reader<offset_at_time> read(const wire::list_offsets_response& said) {
  return read_entries<offset_at_time>(
      said.topics, [](const auto& of, const auto& at) -> result<offset_at_time> {
        if (of.error_code == error_code::none)
          return offset_at_time{of.offset, of.timestamp, of.leader_epoch};
        return error(of.error_code, fmt::format("no offset of \"{}\" partition {}: the leader answered {}",
                                                at.topic, at.partition.value, name(of.error_code)));
      });
}

}  // namespace

void offset_lookup::find(const std::vector<std::pair<topic_partition, place>>& what, time_point deadline,
                         handler done) {
  question asked{.wanted = "offset of", .of = {}, .make = {}, .read = read};
  std::vector<timestamp> when;
  for (const auto& [at, where] : what) {
    if (std::holds_alternative<offset>(where)) continue;
    asked.of.push_back(at);
    when.push_back(on_the_wire(where));
  }
  asked.make = [level = level_, when = std::move(when)](const question& q,
                                                        const std::vector<std::size_t>& which, millis limit) {
    wire::list_offsets_request request;
    request.replica_id = node_id(-1);
    request.isolation_level = static_cast<std::int8_t>(level);
    request.timeout_ms = limit;
    topic_entries topics(request.topics);
    for (const auto n : which) {
      auto& partition = topics[q.of[n].topic].partitions.emplace_back();
      partition.partition_index = q.of[n].partition;
      partition.timestamp = when[n];
    }
    return request;
  };
  auto in_order = [what, done = std::move(done)](found_offsets found, instant now) mutable {
    found_offsets out;
    auto next = found.begin();
    for (auto& [at, where] : what)
      if (const auto* known = std::get_if<offset>(&where))
        out.emplace_back(at, offset_at_time{*known, {}, {}});
      else
        out.push_back(std::move(*next++));
    done(std::move(out), now);
  };
  leaders_.ask(std::move(asked), deadline, std::move(in_order));
}

}  // namespace klamm::client
