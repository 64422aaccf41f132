// Administration of what partitions' leaders hold: records to delete (KIP-107), producers and their transactions (KIP-664).
#include "client/administration.hpp"
#include "wire/messages/delete_records.hpp"
#include "wire/messages/describe_producers.hpp"
#include "wire/messages/write_txn_markers.hpp"

namespace klamm::client {
namespace {

using places = std::vector<std::size_t>;

partition_reader<offset> read_low_watermarks(const wire::delete_records_response& said) {
  return read_entries<offset>(said.topics, [](const auto& of, const auto&) -> result<offset> {
    if (of.error_code != error_code::none) return refused(of.error_code, {});
    return of.low_watermark;
  });
}

using producer_states = std::vector<admin::producer_state>;

partition_reader<producer_states> read_producers(const wire::describe_producers_response& said) {
  return read_entries<producer_states>(
      said.topics, [](const auto& of, const auto&) -> result<producer_states> {
        if (of.error_code != error_code::none) return refused(of.error_code, of.error_message);
        producer_states out;
        for (const auto& p : of.active_producers)
          out.push_back({p.producer_id, p.producer_epoch, p.last_sequence, p.last_timestamp,
                         p.coordinator_epoch, p.current_txn_start_offset});
        return out;
      });
}

partition_reader<void> read_marker(const wire::write_txn_markers_response& said) {
  if (said.markers.empty()) return [](const topic_partition&) { return std::nullopt; };
  return read_entries<void>(said.markers.front().topics,
                            [](const auto& of, const auto&) { return accepted(of.error_code, {}); });
}

}  // namespace

void administration::delete_records(std::vector<std::pair<topic_partition, offset>> before,
                                    time_point deadline, completion<per_item<topic_partition, offset>> done) {
  using question = leader_question<wire::delete_records_request, offset>;
  question asked{.wanted = "records deleted of", .of = {}, .make = {}, .read = read_low_watermarks};
  std::vector<offset> ends;
  // The high watermark is looked up anew by each request: a second one would delete what was written since.
  constexpr offset up_to_all(-1);
  for (auto& [at, end] : before) {
    asked.of.push_back(std::move(at));
    ends.push_back(end);
    asked.effects.push_back(end == up_to_all ? asking::changes_once : asking::changes);
  }
  asked.make = [ends = std::move(ends)](const question& q, const places& which, millis limit) {
    wire::delete_records_request out;
    out.timeout_ms = limit;
    topic_entries topics(out.topics);
    for (const auto n : which) topics[q.of[n].topic].partitions.push_back({q.of[n].partition, ends[n], {}});
    return out;
  };
  leaders_.ask(std::move(asked), deadline, told(std::move(done)));
}

void administration::describe_producers(std::vector<topic_partition> of, time_point deadline,
                                        completion<per_item<topic_partition, producer_states>> done) {
  using question = leader_question<wire::describe_producers_request, producer_states>;
  auto make = [](const question& q, const places& which, millis) {
    wire::describe_producers_request out;
    topic_entries topics(out.topics);
    for (const auto n : which) topics[q.of[n].topic].partition_indexes.push_back(q.of[n].partition);
    return out;
  };
  leaders_.ask(question{.wanted = "producers of", .of = std::move(of), .make = make, .read = read_producers},
               deadline, told(std::move(done)));
}

void administration::abort_transaction(admin::hanging_transaction what, time_point deadline,
                                       completion<void> done) {
  using question = leader_question<wire::write_txn_markers_request, void>;
  std::vector of{what.at};
  auto make = [what = std::move(what)](const question& q, const places&, millis) {
    wire::write_txn_markers_request out;
    auto& marker = out.markers.emplace_back();
    marker.producer_id = what.producer;
    marker.producer_epoch = what.epoch;
    marker.coordinator_epoch = what.coordinator_epoch;
    marker.transaction_result = false;
    topic_entries(marker.topics)[q.of.front().topic].partition_indexes.push_back(what.at.partition);
    return out;
  };
  auto finish = [this, done = std::move(done)](per_item<topic_partition, void> came, instant) mutable {
    completions_.post(std::move(done), std::move(came.front().second));
  };
  // A second marker would abort what the producer began after the first, which has the same epoch.
  leaders_.ask(question{.wanted = "transaction aborted on",
                        .of = std::move(of),
                        .make = std::move(make),
                        .read = read_marker,
                        .effects = {asking::changes_once}},
               deadline, leader_requests::handler<void>(std::move(finish)));
}

}  // namespace klamm::client
