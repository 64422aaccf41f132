#include "client/requester.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace klamm::client {
namespace {

/// How soon a coordinator that still writes the last transaction's markers is asked again.
constexpr duration markers_take = millis(20);

}  // namespace

bool worth_retrying(error_code code) {
  return retriable(code) || code == error_code::malformed_response || code == error_code::timed_out;
}

requester::job& requester::add(call_target to, time_point deadline) {
  if (const auto* of = std::get_if<at_coordinator>(&to)) hopeless_.erase(*of);  // a new call, a new search
  auto& j = jobs_.emplace_back();
  j.id = next_id_++;
  j.to = std::move(to);
  j.deadline = deadline;
  return j;
}

std::optional<bool> requester::finish(std::uint64_t id) {
  const auto at = std::ranges::find(jobs_, id, &job::id);
  if (at == jobs_.end()) return std::nullopt;
  const bool maybe_written = at->maybe_written;
  jobs_.erase(at);
  return maybe_written;
}

std::optional<bool> requester::try_again(std::uint64_t id, const outcome& came, instant now) {
  const auto at = std::ranges::find(jobs_, id, &job::id);
  if (at == jobs_.end()) return std::nullopt;
  const auto code = came.said.code;
  const bool of_a_topic = code == error_code::unknown_topic_or_partition;
  if (const auto* of = std::get_if<at_coordinator>(&at->to);
      of && (came.lost() || (refreshes_metadata(code) && !of_a_topic)))
    coordinators_.erase(*of);
  if (code == error_code::not_controller || of_a_topic || came.lost()) metadata_.stale();
  if (!worth_retrying(code) || now.steady >= at->deadline) return finish(id);
  at->outstanding = false;
  at->maybe_written = at->maybe_written || came.said.maybe_written;
  if (!came.lost()) at->last_answer = came;
  if (code == error_code::concurrent_transactions)
    at->retry.not_before(after(now.steady, markers_take));
  else
    at->retry.failed(options_.retry, random_, now.steady);
  return std::nullopt;
}

void requester::end(std::list<job>::iterator what, const error& why, instant now) {
  auto told = told_as(what->maybe_written || what->outstanding, why);
  auto fail = std::move(what->fail);
  jobs_.erase(what);
  fail(std::move(told), now);
}

error requester::overdue(const job& of) const {
  std::string_view what = "not done in time";
  auto last = of.last_answer;
  if (const auto* coordinator = std::get_if<at_coordinator>(&of.to))
    if (const auto at = searches_.find(*coordinator); at != searches_.end() && at->second.last_answer) {
      what = "no coordinator was found in time";
      last = at->second.last_answer;
    }
  if (!last) return pool_.overdue("no broker answered the request in time");
  auto said =
      fmt::format("{}: the last answer was {} ({})", what, name(last->said.code), describe(last->said.code));
  const auto broker = last->from == any_broker.node ? std::string() : pool_.name_of(last->from);
  if (!broker.empty()) said.append(", from ").append(broker);
  auto out = pool_.overdue(said);
  out.broker = broker;
  return out;
}

bool requester::pump(instant now) {
  next_try_ = never;
  bool ended = false;
  for (auto at = jobs_.begin(); at != jobs_.end();) {
    auto& j = *at++;
    if (j.outstanding) continue;
    if (const auto* of = std::get_if<at_coordinator>(&j.to); of && hopeless_.contains(*of)) {
      end(std::prev(at), hopeless_.at(*of), now);
      ended = true;
      continue;
    }
    if (now.steady >= j.deadline) {
      end(std::prev(at), overdue(j), now);
      ended = true;
      continue;
    }
    next_try_ = std::min(next_try_, j.deadline);
    if (!j.retry.due(now.steady)) {
      next_try_ = std::min(next_try_, j.retry.at());
      continue;
    }
    const auto to = find(j.to, now);
    if (!to) continue;
    j.outstanding = true;
    j.start(*to, std::min(j.deadline, after(now.steady, options_.request_timeout)));
  }
  for (const auto& [of, s] : searches_)
    if (!s.outstanding) next_try_ = std::min(next_try_, s.retry.at());
  return ended;
}

void requester::fail_all(const error& why, instant now) {
  while (!jobs_.empty()) end(jobs_.begin(), why, now);
}

std::optional<destination> requester::find(const call_target& to, instant now) {
  if (const auto* node = std::get_if<at_node>(&to)) return destination{node->node};
  if (const auto* of = std::get_if<at_coordinator>(&to)) {
    const auto node = coordinator(*of, now);
    return node ? std::optional(destination{*node, of->lane}) : std::nullopt;
  }
  const auto controller = metadata_.now_known().controller;
  if (std::holds_alternative<at_controller>(to) && controller.value >= 0) return destination{controller};
  return any_broker;
}

std::optional<node_id> requester::coordinator(const at_coordinator& of, instant now) {
  if (const auto known = coordinators_.find(of); known != coordinators_.end()) return known->second;
  look_for(of, now);
  return std::nullopt;
}

std::optional<error> requester::take_coordinator_failure(const std::string& group) {
  auto at = hopeless_.extract(at_coordinator{group});
  return at.empty() ? std::nullopt : std::optional(std::move(at.mapped()));
}

void requester::look_for(const at_coordinator& what, instant now) {
  auto& s = searches_[what];
  if (s.outstanding || !s.retry.due(now.steady)) return;
  s.outstanding = true;
  auto make = [what](api_version version) {
    wire::find_coordinator_request request;
    request.key_type = static_cast<std::int8_t>(what.type);
    if (version >= 4)
      request.coordinator_keys.push_back(what.key);
    else
      request.key = what.key;
    return request;
  };
  auto done = [this, what](answer<wire::find_coordinator_response> came, instant at) {
    on_coordinator(what, std::move(came), at);
  };
  pool_.call(any_broker, make_call<wire::find_coordinator_request>(
                             std::move(make), std::move(done), after(now.steady, options_.request_timeout)));
}

void requester::on_coordinator(const at_coordinator& of, answer<wire::find_coordinator_response> came,
                               instant now) {
  auto& s = searches_[of];
  s.outstanding = false;
  wire::find_coordinator_response::coordinator found;
  if (!came.got) {
    found.error_code = came.got.code();
  } else if (came.version < 4) {
    found.node_id = came.got->node_id, found.host = came.got->host, found.port = came.got->port;
    found.error_code = came.got->error_code, found.error_message = came.got->error_message;
  } else if (!came.got->coordinators.empty()) {
    found = came.got->coordinators.front();
  } else {
    found.error_code = error_code::coordinator_not_available;
  }
  if (found.error_code == error_code::none) {
    metadata_.broker_heard_of(found.node_id,
                              {std::string(found.host), static_cast<std::uint16_t>(found.port)});
    coordinators_[of] = found.node_id;
    searches_.erase(of);
    return;
  }
  s.retry.failed(options_.retry, random_, now.steady);
  if (const outcome said{{found.error_code}, any_broker.node}; !said.lost()) s.last_answer = said;
  const auto reason = found.error_message.value_or(std::string_view());
  if (!worth_retrying(found.error_code))
    hopeless_[of] = {
        found.error_code,
        fmt::format("no coordinator for the {} \"{}\": {} ({})",
                    of.type == coordinator_type::group ? "group" : "transactional id", of.key,
                    name(found.error_code), reason.empty() ? describe(found.error_code) : reason)};
}

}  // namespace klamm::client
