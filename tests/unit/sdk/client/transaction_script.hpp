// A transactional producer on a scripted cluster, and what its coordinators and leaders hear, in order.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "client/partition_order.hpp"
#include "one_partition.hpp"
#include "produce_answers.hpp"
#include "scripted_cluster.hpp"
#include "wire/batch_reader.hpp"
#include "wire/messages/add_offsets_to_txn.hpp"
#include "wire/messages/add_partitions_to_txn.hpp"
#include "wire/messages/end_txn.hpp"
#include "wire/messages/init_producer_id.hpp"
#include "wire/messages/produce.hpp"
#include "wire/messages/txn_offset_commit.hpp"

namespace klamm::test {

/// Levels of transaction.version: partitions are added, or come with what is produced (KIP-890).
inline constexpr std::int16_t old_protocol = 1, implicit = 2;

/// Each request is heard as a line: its API, its version where that matters, "id/epoch" and what it is about.
class transaction_script {
 public:
  /// `level`: what transaction.version is finalized at; the brokers advertise every API in all versions whatever it is.
  /// `to_start`: how it refuses the InitProducerId that the producer begins its life with.
  explicit transaction_script(std::int16_t level, const std::vector<error_code>& to_start = {})
      : cluster(producing(), nullptr, &source) {
    for (const auto code : to_start) refuse<wire::init_producer_id_request>(code);
    cluster.topics["a"] = 1;
    cluster.answer<wire::api_versions_request>([level](const auto&) {
      auto out = scripted_cluster::every_version();
      out.finalized_features_epoch = 7;
      out.finalized_features.push_back({"transaction.version", level, level, {}});
      return out;
    });
    answer_coordinators();
    answer_leader();
    cluster.core.start(cluster.now, cluster.out);
    cluster.settle();
  }

  /// The next request of this API is answered with this.
  template <class Request>
  void refuse(error_code code) {
    refusals[Request::api].push_back(code);
  }

  std::uint64_t begin() {
    std::optional<result<std::uint64_t>> came;
    begin([&](result<std::uint64_t> number) { came = number; });
    pass_until(came);
    REQUIRE_MESSAGE(*came, came->failure().message);
    return **came;
  }
  void begin(client::completion<std::uint64_t> done) {
    cluster.core.begin_transaction(std::move(done), cluster.now, cluster.out);
    cluster.settle();
  }
  /// A begin that fails, and how.
  error begin_refusal() {
    std::optional<result<std::uint64_t>> came;
    begin([&](result<std::uint64_t> number) { came = number; });
    pass_until(came);
    REQUIRE_FALSE(*came);
    return came->failure();
  }
  error_code begin_failure() { return begin_refusal().code; }
  void produce(const std::string& name, int records = 1) {
    source.append(name, cluster.now.steady, records);
    cluster.core.records_ready(cluster.now, cluster.out);
    cluster.settle();
  }
  /// "committed", "aborted" or the name of the error.
  std::string end(std::uint64_t number, bool commit) {
    std::optional<result<bool>> came;
    start_end(number, commit, came);
    pass_until(came);
    return told(*came);
  }
  void start_end(std::uint64_t number, bool commit, std::optional<result<bool>>& to) {
    cluster.core.end_transaction(
        number, commit, [&to](result<bool> outcome) { to = std::move(outcome); }, cluster.now, cluster.out);
    cluster.settle();
  }
  static std::string told(const result<bool>& outcome) {
    return !outcome ? std::string(name(outcome.code())) : *outcome ? "committed" : "aborted";
  }
  /// The error with which the offsets are refused to the caller, or none.
  error_code send_offsets(std::uint64_t number, std::int64_t next = 5) {
    std::optional<result<void>> came;
    client::group_places what{
        "g", {"member", {}, generation_id(3)}, {{{"in", partition_id(0)}, offset(next), {}, {}}}};
    cluster.core.send_offsets(
        number, std::move(what), [&](result<void> outcome) { came = std::move(outcome); }, cluster.now,
        cluster.out);
    cluster.settle();
    pass_until(came);
    return came->code();
  }
  std::vector<std::string> take_heard() { return std::exchange(heard, {}); }

  one_partition source;
  scripted_cluster cluster;
  std::vector<std::string> heard;
  std::map<wire::api_key, std::deque<error_code>> refusals;
  client::producer_identity next_identity{producer_id(9),
                                          producer_epoch(0)};  // of the next InitProducerId, or EndTxn v5

 private:
  static client::core_options producing() {
    client::core_options out;
    out.producer.emplace();
    out.producer->transactional_id = "copier";
    return out;
  }
  /// Ten minutes at most.
  template <class T>
  void pass_until(const std::optional<T>& came) {
    for (int i = 0; i < 600 && !came; ++i) cluster.pass(millis(1000));
    REQUIRE(came);
  }
  template <class Request>
  error_code next_code() {
    auto& codes = refusals[Request::api];
    if (codes.empty()) return error_code::none;
    const auto code = codes.front();
    codes.pop_front();
    return code;
  }
  static std::string who(producer_id id, producer_epoch epoch) {
    return fmt::format("{}/{}", id.value, epoch.value);
  }
  client::producer_identity take_identity() {
    const auto now = next_identity;
    ++next_identity.epoch.value;
    return now;
  }

  void answer_coordinators() {
    cluster.answer<wire::init_producer_id_request>([this](const wire::init_producer_id_request& asked) {
      heard.push_back("InitProducerId " + who(asked.producer_id, asked.producer_epoch));
      wire::init_producer_id_response out;
      out.error_code = next_code<wire::init_producer_id_request>();
      if (out.error_code != error_code::none) return out;
      const auto made = take_identity();
      out.producer_id = made.id;
      out.producer_epoch = made.epoch;
      return out;
    });
    cluster.answer<wire::add_partitions_to_txn_request>(
        [this](const wire::add_partitions_to_txn_request& asked) {
          wire::add_partitions_to_txn_response out;
          std::string line = "AddPartitionsToTxn";
          for (const auto& topic : asked.v3_and_below_topics) {
            auto& said = out.results_by_topic_v3_and_below.emplace_back();
            said.name = topic.name;
            for (const auto p : topic.partitions) {
              line += fmt::format(" {}-{}", topic.name, p.value);
              said.results_by_partition.push_back({p, next_code<wire::add_partitions_to_txn_request>(), {}});
            }
          }
          heard.push_back(line);
          return out;
        });
    cluster.answer<wire::add_offsets_to_txn_request>([this](const wire::add_offsets_to_txn_request& asked) {
      heard.push_back(fmt::format("AddOffsetsToTxn {}", asked.group_id));
      wire::add_offsets_to_txn_response out;
      out.error_code = next_code<wire::add_offsets_to_txn_request>();
      return out;
    });
    cluster.answer<wire::txn_offset_commit_request>([this](const wire::txn_offset_commit_request& asked) {
      wire::txn_offset_commit_response out;
      const auto& topic = asked.topics.at(0);
      heard.push_back(fmt::format("TxnOffsetCommit {} {}-{} {} of {} in {}", asked.group_id, topic.name,
                                  topic.partitions.at(0).partition_index.value,
                                  topic.partitions.at(0).committed_offset.value, asked.member_id,
                                  asked.generation_id_or_member_epoch.value));
      auto& said = out.topics.emplace_back();
      said.name = topic.name;
      said.partitions.push_back(
          {topic.partitions.at(0).partition_index, next_code<wire::txn_offset_commit_request>(), {}});
      return out;
    });
    cluster.answer<wire::end_txn_request>([this](const wire::end_txn_request& asked) {
      heard.push_back(fmt::format("EndTxn {} {}", asked.committed ? "commit" : "abort",
                                  who(asked.producer_id, asked.producer_epoch)));
      wire::end_txn_response out;
      out.error_code = next_code<wire::end_txn_request>();
      if (out.error_code != error_code::none) return out;
      const auto next = ends_give_identities ? take_identity() : client::producer_identity{};
      out.producer_id = next.id;
      out.producer_epoch = next.epoch;
      return out;
    });
  }
  void answer_leader() {
    cluster.answer<wire::produce_request>([this](const wire::produce_request& asked) {
      heard.push_back(line_of(asked));
      return std::optional(answer_to(asked, next_code<wire::produce_request>()));
    });
  }

 public:
  static std::string line_of(const wire::produce_request& asked) {
    wire::batch_reader batches(asked.topic_data.at(0).partition_data.at(0).records->joined());
    wire::batch_view batch;
    REQUIRE(batches.next(batch) == wire::batch_reader::step::batch);
    const auto& h = batch.header();
    CHECK(asked.transactional_id == "copier");
    CHECK(h.attributes.transactional());
    return fmt::format("Produce {} {}+{}", who(h.producer_id, h.producer_epoch), h.base_sequence.value,
                       h.record_count);
  }
  static wire::produce_response answer_to(const wire::produce_request& asked, error_code code) {
    return test::answer_to(asked, code, code == error_code::none ? 0 : -1);
  }

  bool ends_give_identities = true;
};

using lines = std::vector<std::string>;

}  // namespace klamm::test
