#include "tests/sim/cluster/wrong_answers.hpp"

#include <fmt/format.h>

#include "broker/faults/asked.hpp"
#include "broker/faults/error_answer.hpp"
#include "wire/api_table.hpp"

namespace klamm::sim {

std::string answer_of(wire::api_key api, error_code code) {
  return fmt::format("{}{} {}", answered_with, wire::find_api(api)->name, name(code));
}

namespace {

/// Of the answers with an error. Most pass, or there would be nobody left to meet them.
constexpr double lasting_share = 0.15;

bool is_struck(std::string_view client) {
  return client.starts_with("producer") || client.starts_with("member");
}

}  // namespace

broker::api::request_fault wrong_answers::judge(const broker::api::request& asked,
                                                const broker::api::services&) {
  broker::api::request_fault fault;
  if (share <= 0 || !is_struck(asked.from.client_id) || !random_.chance(share)) return fault;
  switch (random_.below(4)) {
    case 0:
      seen_.count("answers lost");
      fault.lose_reply = true;
      break;
    case 1:
      seen_.count("answers late");
      fault.delay = millis(1 + static_cast<std::int64_t>(random_.below(2000)));
      break;
    default: fault.answer = error_for(asked);
  }
  return fault;
}

std::optional<result<byte_chain>> wrong_answers::error_for(const broker::api::request& asked) {
  const auto errors = client_errors().find(asked.key);
  if (errors == client_errors().end()) return std::nullopt;
  const auto body = broker::faults::read(asked);
  if (body.is_null()) return std::nullopt;
  const bool lasts = random_.chance(lasting_share);
  const auto& codes = lasts ? errors->second.lasting : errors->second.passing;
  const auto code = codes[random_.below(codes.size())];
  if (lasts) lasting_[std::string(asked.from.client_id)].insert(code);
  seen_.count("answers with an error");
  seen_.count(answer_of(asked.key, code));
  return broker::faults::error_answer(asked.key, asked.from.version, body, code);
}

bool wrong_answers::told_lasting(std::string_view client, error_code code) const {
  const auto found = lasting_.find(client);
  return found != lasting_.end() && found->second.contains(code);
}

void wrong_answers::forgive(std::string_view client) {
  if (const auto found = lasting_.find(client); found != lasting_.end()) lasting_.erase(found);
}

}  // namespace klamm::sim
