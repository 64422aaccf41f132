// Administration of transactions (KIP-664): their coordinators are asked.
#include <fmt/format.h>

#include "client/admin_calls.hpp"
#include "wire/messages/describe_transactions.hpp"
#include "wire/messages/list_transactions.hpp"

namespace klamm::client {
namespace {

admin::transaction_description read_transaction(const auto& said, node_id coordinator) {
  admin::transaction_description out{std::string(said.transactional_id),
                                     std::string(said.transaction_state),
                                     coordinator,
                                     said.producer_id,
                                     said.producer_epoch,
                                     said.transaction_timeout_ms,
                                     said.transaction_start_time_ms,
                                     {}};
  for (const auto& t : said.topics)
    for (const auto p : t.partitions) out.partitions.push_back({std::string(t.topic), p});
  return out;
}

}  // namespace

void administration::list_transactions(admin::transaction_filter which, time_point deadline,
                                       completion<std::vector<admin::listed_transaction>> done) {
  auto make = [which = std::move(which)](api_version) {
    wire::list_transactions_request out;
    out.state_filters.assign(which.states.begin(), which.states.end());
    out.producer_id_filters = which.producers;
    out.duration_filter = which.longer_than;
    if (!which.pattern.empty()) out.transactional_id_pattern = which.pattern;
    return out;
  };
  auto read = [](const wire::list_transactions_response& said,
                 std::map<std::string, admin::listed_transaction>& to) -> result<void> {
    if (!said.unknown_state_filters.empty())
      return error(error_code::invalid_request,
                   fmt::format("the broker knows no state \"{}\" of transactions",
                               said.unknown_state_filters.front()));
    for (const auto& t : said.transaction_states)
      to[std::string(t.transactional_id)] = {std::string(t.transactional_id), t.producer_id,
                                             std::string(t.transaction_state)};
    return {};
  };
  ask_every_broker<wire::list_transactions_request>(std::move(make), read, deadline, std::move(done));
}

void administration::describe_transactions(
    std::vector<std::string> ids, time_point deadline,
    completion<per_item<std::string, admin::transaction_description>> done) {
  auto outcomes =
      gathering<std::string, admin::transaction_description>::start(ids, completions_, std::move(done));
  auto make = [](const std::string& id) {
    wire::describe_transactions_request out;
    out.transactional_ids.push_back(id);
    return out;
  };
  auto code_of = [](const wire::describe_transactions_response& r) {
    return code_of_only(r.transaction_states);
  };
  auto finish = [this, outcomes, code_of](const std::string& id,
                                          answer<wire::describe_transactions_response> came, instant now) {
    if (!came.got) return outcomes->put(id, came.got.failure());
    if (const auto code = code_of(*came.got); code != error_code::none)
      return outcomes->put(id, refused(code, {}));
    const auto at = requests_.coordinator(at_coordinator{id, coordinator_type::transaction}, now);
    outcomes->put(id, read_transaction(came.got->transaction_states.front(), at.value_or(node_id{})));
  };
  ask_coordinators<wire::describe_transactions_request>(ids, coordinator_type::transaction, deadline, make,
                                                        code_of, std::move(finish));
}

}  // namespace klamm::client
