// Administration of topics and of the cluster.
#include <algorithm>

#include <fmt/format.h>

#include "client/admin_calls.hpp"
#include "wire/messages/create_partitions.hpp"
#include "wire/messages/create_topics.hpp"
#include "wire/messages/delete_topics.hpp"

namespace klamm::client {
namespace {

void put_topic(wire::create_topics_request& to, const admin::new_topic& topic) {
  auto& t = to.topics.emplace_back();
  t.name = topic.name;
  t.num_partitions = topic.assignment.empty() ? topic.partitions : -1;
  t.replication_factor = static_cast<std::int16_t>(topic.assignment.empty() ? topic.replication : -1);
  for (std::size_t p = 0; p < topic.assignment.size(); ++p)
    t.assignments.push_back({partition_id(static_cast<std::int32_t>(p)), topic.assignment[p], {}});
  for (const auto& [name, value] : topic.configs) {
    auto& c = t.configs.emplace_back();
    c.name = name;
    c.value = value ? std::optional<std::string_view>(*value) : std::nullopt;
  }
}

error no_such_replication(std::int32_t factor) {
  return {error_code::invalid_replication_factor,
          fmt::format("{} ({} replicas, at most {} can be asked for)",
                      name(error_code::invalid_replication_factor), factor, INT16_MAX)};
}

}  // namespace

error refused(error_code code, std::optional<std::string_view> said) {
  const auto detail = said && !said->empty() ? *said : describe(code);
  return {code, fmt::format("{} ({})", name(code), detail)};
}

result<void> accepted(error_code code, std::optional<std::string_view> said) {
  if (code == error_code::none) return {};
  return refused(code, said);
}

error left_out(std::string_view item) {
  return {error_code::malformed_response, fmt::format("the answer leaves the {} out", item)};
}

void administration::create_topics(std::vector<admin::new_topic> topics, bool validate_only,
                                   time_point deadline,
                                   completion<per_item<std::string, admin::created_topic>> done) {
  std::vector<std::string> names;
  names.reserve(topics.size());
  for (const auto& t : topics) names.push_back(t.name);
  auto outcomes = gathering<std::string, admin::created_topic>::start(names, completions_, std::move(done));
  std::erase_if(topics, [&](const auto& t) {
    const bool too_many = t.replication > INT16_MAX;
    if (too_many) outcomes->put(t.name, no_such_replication(t.replication));
    return too_many;
  });
  if (topics.empty()) return;
  auto make = [topics = std::move(topics), validate_only](api_version) {
    wire::create_topics_request out;
    for (const auto& t : topics) put_topic(out, t);
    out.timeout_ms = controller_patience;
    out.validate_only = validate_only;
    return out;
  };
  auto finish = [outcomes](answer<wire::create_topics_response> came, instant) {
    if (!outcomes->heard(came)) return;
    for (const auto& t : came.got->topics) {
      const std::string name(t.name);
      if (t.error_code != error_code::none)
        outcomes->put(name, refused(t.error_code, t.error_message));
      else
        outcomes->put(name, admin::created_topic{name, t.topic_id, t.num_partitions, t.replication_factor});
    }
    outcomes->fail(outcomes->items(), left_out("topic"));
  };
  requests_.call<wire::create_topics_request>(
      at_controller{}, deadline, INT16_MAX, std::move(make),
      [](const wire::create_topics_response& r) { return code_of_items(r.topics); }, std::move(finish));
}

void administration::delete_topics(std::vector<std::string> topics, time_point deadline,
                                   completion<per_item<std::string, void>> done) {
  auto outcomes = gathering<std::string, void>::start(topics, completions_, std::move(done));
  if (topics.empty()) return;
  auto make = [topics = std::move(topics)](api_version version) {
    wire::delete_topics_request out;
    for (const auto& name : topics) {
      if (version >= 6)
        out.topics.emplace_back().name = name;
      else
        out.topic_names.push_back(name);
    }
    out.timeout_ms = controller_patience;
    return out;
  };
  auto finish = [outcomes](answer<wire::delete_topics_response> came, instant) {
    if (!outcomes->heard(came)) return;
    for (const auto& t : came.got->responses) {
      const std::string name(t.name.value_or(""));
      if (t.error_code == error_code::none)
        outcomes->put(name, {});
      else
        outcomes->put(name, refused(t.error_code, t.error_message));
    }
    outcomes->fail(outcomes->items(), left_out("topic"));
  };
  requests_.call<wire::delete_topics_request>(
      at_controller{}, deadline, INT16_MAX, std::move(make),
      [](const wire::delete_topics_response& r) { return code_of_items(r.responses); }, std::move(finish));
}

void administration::create_partitions(std::vector<admin::more_partitions> topics, bool validate_only,
                                       time_point deadline, completion<per_item<std::string, void>> done) {
  std::vector<std::string> names;
  for (const auto& t : topics) names.push_back(t.topic);
  auto outcomes = gathering<std::string, void>::start(std::move(names), completions_, std::move(done));
  if (topics.empty()) return;
  auto make = [topics = std::move(topics), validate_only](api_version) {
    wire::create_partitions_request out;
    out.timeout_ms = controller_patience;
    out.validate_only = validate_only;
    for (const auto& t : topics) {
      auto& to = out.topics.emplace_back();
      to.name = t.topic;
      to.count = t.total;
      to.assignments.reset();
      if (t.assignment.empty()) continue;
      to.assignments.emplace();
      for (const auto& replicas : t.assignment) to.assignments->push_back({replicas, {}});
    }
    return out;
  };
  auto finish = [outcomes](answer<wire::create_partitions_response> came, instant) {
    if (!outcomes->heard(came)) return;
    for (const auto& t : came.got->results)
      outcomes->put(std::string(t.name), accepted(t.error_code, t.error_message));
    outcomes->fail(outcomes->items(), left_out("topic"));
  };
  requests_.call<wire::create_partitions_request>(
      at_controller{}, deadline, INT16_MAX, std::move(make),
      [](const wire::create_partitions_response& r) { return code_of_items(r.results); }, std::move(finish));
}

/// By Metadata, which brokers of every age answer.
void administration::ask_cluster(time_point deadline, cluster_handler done) {
  auto finish = [done = std::move(done)](answer<wire::metadata_response> came, instant now) mutable {
    if (!came.got) return done(came.got.failure(), now);
    admin::cluster_description out{
        std::string(came.got->cluster_id.value_or("")), came.got->controller_id, {}};
    for (const auto& b : came.got->brokers) {
      auto rack = b.rack ? std::optional<std::string>(*b.rack) : std::nullopt;
      out.brokers.push_back({b.node_id, std::string(b.host), b.port, std::move(rack)});
    }
    std::ranges::sort(out.brokers, {}, &admin::broker_info::id);
    done(std::move(out), now);
  };
  requests_.call<wire::metadata_request>(
      at_any{}, deadline, INT16_MAX, [](api_version) { return wire::metadata_request{}; },
      [](const wire::metadata_response& r) { return r.error_code; }, std::move(finish));
}

void administration::describe_cluster(time_point deadline, completion<admin::cluster_description> done) {
  ask_cluster(deadline,
              [this, done = std::move(done)](result<admin::cluster_description> came, instant) mutable {
                completions_.post(std::move(done), std::move(came));
              });
}

}  // namespace klamm::client
