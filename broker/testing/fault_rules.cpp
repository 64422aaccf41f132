#include "broker/testing/fault_rules.hpp"

#include <algorithm>
#include <iterator>
#include <optional>

#include "broker/faults/asked.hpp"
#include "broker/faults/error_answer.hpp"
#include "broker/meta/image.hpp"

namespace klamm::testing {
namespace {

using broker::api::request;
using broker::api::services;
using wire::json;

/// Whether a field of a request names a topic, by name or by id, itself or as a list of names.
bool is_topic_field(std::string_view key) {
  return key == "name" || key == "topic" || key == "topicId" || key == "topicNames" || key == "resourceName";
}

bool names(const json& at, const json& topic, const json& id) {
  if (at.is_array())
    return std::any_of(at.begin(), at.end(), [&](const json& item) { return names(item, topic, id); });
  if (!at.is_object()) return false;
  for (const auto& [key, value] : at.items()) {
    if (value.is_structured() && names(value, topic, id)) return true;
    if (value.is_null() || !is_topic_field(key)) continue;
    if (value == topic || value == id) return true;
    if (value.is_array() && std::find(value.begin(), value.end(), topic) != value.end()) return true;
  }
  return false;
}

/// A request is read once at most, and only if a rule may meet it.
class reading {
 public:
  reading(const request& asked, const services& node) : asked_(asked), node_(node) {}

  const json& body() {
    if (!read_) read_ = broker::faults::read(asked_);
    return *read_;
  }
  bool meets(const fault_rule& rule) {
    if (rule.api != asked_.key || (rule.broker.value >= 0 && rule.broker != node_.self)) return false;
    if (body().is_null() || broker::faults::is_of_replica(body())) return false;
    return rule.topic.empty() || names(body(), rule.topic, id_of(rule.topic));
  }

 private:
  json id_of(const std::string& topic) const {
    const auto known = node_.metadata->topics->find(topic);
    return known ? json(to_string(known->id)) : json();
  }

  const request& asked_;
  const services& node_;
  std::optional<json> read_;
};

}  // namespace

void fault_rules::add(fault_rule rule) {
  const std::lock_guard held(lock_);
  rules_.push_back(std::move(rule));
}

void fault_rules::clear() {
  const std::lock_guard held(lock_);
  rules_.clear();
}

int fault_rules::met() const {
  const std::lock_guard held(lock_);
  return met_;
}

/// A request meets the first error that is for it, and what else there is.
broker::api::request_fault fault_rules::judge(const request& asked, const services& node) {
  broker::api::request_fault fault;
  if (asked.from.client_id == own_client) return fault;
  const std::lock_guard held(lock_);
  reading what(asked, node);
  for (auto rule = rules_.begin(); rule != rules_.end();) {
    const bool fails = rule->fail != error_code::none;
    if ((fails && fault.answer) || !what.meets(*rule)) {
      ++rule;
      continue;
    }
    ++met_;
    if (fails)
      fault.answer = broker::faults::error_answer(asked.key, asked.from.version, what.body(), rule->fail);
    fault.delay = std::max(fault.delay, rule->delay);
    fault.lose_reply |= rule->lose_reply;
    rule = --rule->times == 0 ? rules_.erase(rule) : std::next(rule);
  }
  return fault;
}

}  // namespace klamm::testing
