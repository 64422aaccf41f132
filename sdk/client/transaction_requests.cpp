// What the coordinators are told while a transaction is open: partitions of the old protocol, groups, offsets.
#include <algorithm>

#include <fmt/format.h>

#include "client/transaction.hpp"
#include "client/transaction_errors.hpp"

namespace klamm::client {
namespace {

/// From version 4 on AddPartitionsToTxn is the brokers' own.
constexpr api_version add_partitions_cap = 3;
/// The last version that names topics.
constexpr api_version offsets_by_name = 5;
constexpr api_version last_explicit_offsets = 4;
constexpr api_version offsets_of_members = 3;

error_code worst(error_code one, error_code other) {
  if (says_fenced(one) || other == error_code::none) return one;
  if (says_fenced(other) || one == error_code::none) return other;
  // What time does not cure counts: it is in vain to ask again.
  return worth_retrying(one) ? other : one;
}

error_code code_of(const wire::add_partitions_to_txn_response& said) {
  auto code = error_code::none;
  for (const auto& topic : said.results_by_topic_v3_and_below)
    for (const auto& partition : topic.results_by_partition)
      // Of what was not tried since others of the request failed.
      if (partition.partition_error_code != error_code::operation_not_attempted)
        code = worst(code, partition.partition_error_code);
  return code;
}

error_code code_of(const wire::txn_offset_commit_response& said) {
  auto code = error_code::none;
  for (const auto& topic : said.topics)
    for (const auto& partition : topic.partitions) code = worst(code, partition.error_code);
  return code;
}

wire::txn_offset_commit_request offsets_request(const group_places& what, api_version version) {
  wire::txn_offset_commit_request out;
  out.group_id = what.group;
  if (version >= offsets_of_members) {
    out.generation_id_or_member_epoch = what.as.generation;
    out.member_id = what.as.member_id;
    if (what.as.instance_id) out.group_instance_id = *what.as.instance_id;
  }
  put_places(what.offsets, out.topics);
  return out;
}

}  // namespace

bool transaction::admits(partition_slot slot, const topic_partition& at) {
  if (implicit_) return true;
  const auto i = static_cast<std::size_t>(slot.value);
  if (i >= added_.size()) added_.resize(i + 1), asked_.resize(i + 1);
  if (added_[i] == number_) return true;
  if (std::exchange(asked_[i], number_) != number_) to_add_.emplace_back(slot, at);
  return false;
}

void transaction::refused_by_coordinator(error_code code, const error& why) {
  if (code == error_code::closed) return;
  if (says_fenced(code)) return fail(fenced(code));
  gap_ = gap_ || says_forgotten(code);
  doom(why);
}

void transaction::add_partitions() {
  told_ = begun_ = true;
  adding_ = std::exchange(to_add_, {});
  std::ranges::sort(adding_, {}, [](const auto& one) -> const auto& { return one.second; });
  auto make = [this, these = adding_](api_version) {
    wire::add_partitions_to_txn_request request;
    request.v3_and_below_transactional_id = options_.transactional_id;
    request.v3_and_below_producer_id = identity_.id;
    request.v3_and_below_producer_epoch = identity_.epoch;
    auto& topics = request.v3_and_below_topics;
    for (const auto& [slot, at] : these) {
      if (topics.empty() || topics.back().name != at.topic) topics.emplace_back().name = at.topic;
      topics.back().partitions.push_back(at.partition);
    }
    return request;
  };
  requests_.call<wire::add_partitions_to_txn_request>(
      coordinator(), never, add_partitions_cap, std::move(make),
      [this](const auto& said) { return giving_up() ? error_code::none : code_of(said); },
      [this](answer<wire::add_partitions_to_txn_response> came, instant) { on_partitions(std::move(came)); });
}

void transaction::on_partitions(answer<wire::add_partitions_to_txn_response> came) {
  told_ = false;
  const auto these = std::exchange(adding_, {});
  const auto code = came.got ? code_of(*came.got) : came.got.code();
  if (code == error_code::none) {
    for (const auto& [slot, at] : these) added_[static_cast<std::size_t>(slot.value)] = number_;
    return;
  }
  refused_by_coordinator(
      code, {code, fmt::format("partitions cannot be added to the transaction: {}",
                               came.got ? std::string(describe(code)) : came.got.failure().message)});
}

void transaction::go_on_with_offsets() {
  told_ = begun_ = true;
  if (implicit_ || group_added_)
    commit_offsets();
  else
    add_group();
}

void transaction::add_group() {
  auto make = [this, group = offsets_.front().what.group](api_version) {
    wire::add_offsets_to_txn_request request;
    sign(request);
    request.group_id = group;
    return request;
  };
  requests_.call<wire::add_offsets_to_txn_request>(
      coordinator(), never, INT16_MAX, std::move(make),
      [this](const wire::add_offsets_to_txn_response& said) {
        return giving_up() ? error_code::none : said.error_code;
      },
      [this](answer<wire::add_offsets_to_txn_response> came, instant) {
        const auto code = came.got ? came.got->error_code : came.got.code();
        group_added_ = code == error_code::none;
        told_ = false;
        if (group_added_ && !giving_up()) return;  // pump goes on
        offsets_over(code, came.got ? error(code) : came.got.failure());
      });
}

void transaction::commit_offsets() {
  auto make = [this, what = offsets_.front().what](api_version version) {
    auto request = offsets_request(what, version);
    sign(request);
    return request;
  };
  requests_.call<wire::txn_offset_commit_request>(
      at_coordinator{offsets_.front().what.group}, never, implicit_ ? offsets_by_name : last_explicit_offsets,
      std::move(make), [this](const auto& said) { return giving_up() ? error_code::none : code_of(said); },
      [this](answer<wire::txn_offset_commit_response> came, instant) { on_offsets(came); });
}

void transaction::on_offsets(const answer<wire::txn_offset_commit_response>& came) {
  told_ = group_added_ = false;
  const auto code = came.got ? code_of(*came.got) : came.got.code();
  offsets_over(code, came.got ? error(code) : came.got.failure());
}

void transaction::offsets_over(error_code code, const error& why) {
  if (offsets_.empty()) return;  // the producer is finished, and has told so
  auto job = std::move(offsets_.front());
  offsets_.pop_front();
  result<void> outcome;
  if (code != error_code::none) {
    const error told(
        code, fmt::format("the offsets of the group \"{}\" cannot be committed: {} ({})", job.what.group,
                          why.message.empty() ? describe(code) : why.message, name(code)));
    refused_by_coordinator(code, told);
    if (fatal_ || !cured_by_aborting(code)) outcome = fatal_ ? *fatal_ : told;
  }
  completions_.post(std::move(job.done), std::move(outcome));
}

}  // namespace klamm::client
