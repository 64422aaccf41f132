#include "client/group_offsets.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "wire/messages/offset_commit.hpp"
#include "wire/messages/offset_fetch.hpp"

namespace klamm::client {
namespace {

/// The last versions that name topics: ids may not be known for everything that was committed.
constexpr api_version commit_by_name = 9;
constexpr api_version last_offset_fetch_by_name = 9;
constexpr api_version fetch_of_many_groups = 8;
/// What has a request tried again where it was, after a backoff.
constexpr auto later_at_the_same = error_code::coordinator_load_in_progress;

wire::offset_commit_request make_commit(const std::string& group, const committer& as,
                                        const std::vector<committed_offset>& offsets) {
  wire::offset_commit_request out;
  out.group_id = group;
  out.member_id = as.member_id;
  out.generation_id_or_member_epoch = as.generation;
  if (as.instance_id) out.group_instance_id = *as.instance_id;
  put_places(offsets, out.topics);
  return out;
}

/// The first error that time may cure, so that the whole is tried again: commits may be repeated. The rest may stand by then.
whole_answer passing_error(const wire::offset_commit_response& said, bool epoch_moves,
                           const existence& is_there) {
  const auto has_gone = [&](std::string_view topic, partition_id partition) {
    return is_there && !is_there({std::string(topic), partition});
  };
  auto passing = error_code::none;
  bool maybe_written = false;
  for (const auto& t : said.topics) {
    for (const auto& p : t.partitions) {
      const auto code = p.error_code;
      maybe_written = maybe_written || code == error_code::none || leaves_open(code);
      if (passing != error_code::none) continue;
      if (code == error_code::unknown_topic_or_partition && has_gone(t.name, p.partition_index)) continue;
      if (worth_retrying(code)) passing = code;
      if (epoch_moves && code == error_code::stale_member_epoch) passing = later_at_the_same;
    }
  }
  return {passing, maybe_written && passing != error_code::none};
}

result<void> outcome_of(const wire::offset_commit_response& said, const topic_partition& at,
                        const std::string& group) {
  for (const auto& t : said.topics) {
    for (const auto& p : t.partitions) {
      if (t.name != at.topic || p.partition_index != at.partition) continue;
      if (p.error_code == error_code::none) return {};
      return error(p.error_code,
                   fmt::format("cannot commit \"{}\" partition {} for the group \"{}\": {} ({})", at.topic,
                               at.partition.value, group, name(p.error_code), describe(p.error_code)));
    }
  }
  return error(error_code::malformed_response, "the coordinator's answer leaves the partition out");
}

wire::offset_fetch_request make_fetch(const std::string& group, const std::vector<topic_partition>& of,
                                      api_version version) {
  wire::offset_fetch_request out;
  out.require_stable = version >= 7;
  const auto put = [&](auto& topics) {
    if (of.empty()) return topics.reset();
    for (const auto& at : of) {
      if (topics->empty() || topics->back().name != at.topic) topics->emplace_back().name = at.topic;
      topics->back().partition_indexes.push_back(at.partition);
    }
  };
  if (version < fetch_of_many_groups) {
    out.group_id = group;
    put(out.topics);
  } else {
    auto& g = out.groups.emplace_back();
    g.group_id = group;
    put(g.topics);
  }
  return out;
}

template <class Topics>
void read_topics(const Topics& topics, per_item<topic_partition, committed_offset>& to) {
  for (const auto& t : topics) {
    for (const auto& p : t.partitions) {
      const topic_partition at{std::string(t.name), p.partition_index};
      if (p.error_code != error_code::none)
        to.emplace_back(at, error(p.error_code));
      else
        to.emplace_back(at, committed_offset{at, p.committed_offset, p.committed_leader_epoch,
                                             std::string(p.metadata.value_or(""))});
    }
  }
}

per_item<topic_partition, committed_offset> read_fetch(const wire::offset_fetch_response& said,
                                                       api_version version) {
  per_item<topic_partition, committed_offset> out;
  if (version < fetch_of_many_groups)
    read_topics(said.topics, out);
  else if (!said.groups.empty())
    read_topics(said.groups.front().topics, out);
  return out;
}

error_code fetch_error(const wire::offset_fetch_response& said) {
  if (said.error_code != error_code::none) return said.error_code;
  if (!said.groups.empty() && said.groups.front().error_code != error_code::none)
    return said.groups.front().error_code;
  for (const auto version : {fetch_of_many_groups, api_version{0}})
    for (const auto& [at, outcome] : read_fetch(said, version))
      if (worth_retrying(outcome.code())) return outcome.code();
  return error_code::none;
}

}  // namespace

void group_offsets::commit(const std::string& group, committer_source who,
                           std::vector<committed_offset> offsets, time_point deadline, commit_handler done,
                           existence is_there, place_renewal renew) {
  std::ranges::sort(offsets, {}, &committed_offset::at);
  auto shared = std::make_shared<std::vector<committed_offset>>(std::move(offsets));
  // What the request views lives as long as the request.
  auto as = std::make_shared<committer>();
  auto make = [group, who, as, shared, renew = std::move(renew)](api_version) {
    *as = who().as;
    if (renew) std::ranges::for_each(*shared, renew);
    return make_commit(group, *as, *shared);
  };
  auto code_of = [who, is_there = std::move(is_there)](const wire::offset_commit_response& said) {
    return passing_error(said, who().epoch_moves, is_there);
  };
  auto finish = [group, shared, done = std::move(done)](answer<wire::offset_commit_response> came,
                                                        instant now) mutable {
    per_item<topic_partition, void> out;
    for (const auto& o : *shared) {
      auto outcome = came.got ? outcome_of(*came.got, o.at, group) : result<void>(came.got.failure());
      if (!outcome && came.got)
        outcome = told_as(came.maybe_written || leaves_open(outcome.code()), outcome.failure());
      out.emplace_back(o.at, std::move(outcome));
    }
    done(std::move(out), now);
  };
  requests_.call<wire::offset_commit_request>(at_coordinator{group}, deadline, commit_by_name,
                                              std::move(make), std::move(code_of), std::move(finish));
}

void group_offsets::fetch(const std::string& group, std::vector<topic_partition> of, time_point deadline,
                          fetch_handler done) {
  std::ranges::sort(of);
  auto make = [group, of](api_version version) { return make_fetch(group, of, version); };
  auto finish = [done = std::move(done)](answer<wire::offset_fetch_response> came, instant now) mutable {
    if (!came.got) return done(came.got.failure(), now);
    if (const auto code = fetch_error(*came.got); code != error_code::none) return done(error(code), now);
    done(read_fetch(*came.got, came.version), now);
  };
  requests_.call<wire::offset_fetch_request>(at_coordinator{group}, deadline, last_offset_fetch_by_name,
                                             std::move(make), fetch_error, std::move(finish));
}

}  // namespace klamm::client
