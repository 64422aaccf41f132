#include "broker/meta/topic_decisions.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "broker/meta/directories.hpp"
#include "broker/meta/internal_topics.hpp"
#include "broker/meta/placement.hpp"
#include "broker/meta/topic_name.hpp"

namespace klamm::broker::meta {
namespace {

using requested_topic = decltype(wire::create_topics_request::topics)::value_type;
using created_topic = decltype(wire::create_topics_response::topics)::value_type;
using placement = std::vector<std::vector<node_id>>;

error refuse(error_code code, std::string why) { return {code, std::move(why)}; }

wire::partition_record new_partition(const image& state, const uuid& topic, std::size_t index,
                                     const std::vector<node_id>& replicas) {
  wire::partition_record record;
  record.partition_id = partition_id(static_cast<std::int32_t>(index));
  record.topic_id = topic;
  record.replicas = replicas;
  for (const auto id : replicas) {
    const auto* const broker = state.broker(id);
    if (broker && broker->alive()) record.isr.push_back(id);
    record.directories.push_back(default_directory(state, id));
  }
  record.leader = record.isr.empty() ? node_id(-1) : record.isr.front();
  record.leader_epoch = leader_epoch(0);
  record.partition_epoch = 0;
  return record;
}

result<void> check_new_replicas(const image& state, const std::vector<node_id>& replicas) {
  if (auto checked = check_assignment(state, replicas); !checked) return checked;
  const auto is_alive = [&](node_id id) { return state.broker(id)->alive(); };
  if (std::any_of(replicas.begin(), replicas.end(), is_alive)) return {};
  return refuse(
      error_code::invalid_replica_assignment,
      "All brokers specified in the manual partition assignment are fenced or in controlled shutdown.");
}

/// Adds to what a request makes, and tells whether that is too much: it is not even placed then.
bool too_many(std::size_t& made, std::int64_t more) {
  made += static_cast<std::size_t>(more);
  return made > most_records_at_once;
}

/// Empty: more than a request may make. So, too, chosen_placement().
result<placement> assigned_placement(const requested_topic& topic, const image& state, std::size_t& made) {
  if (topic.num_partitions != -1)
    return refuse(error_code::invalid_request,
                  "A manual partition assignment was specified, but numPartitions was not set to -1.");
  if (topic.replication_factor != -1)
    return refuse(error_code::invalid_request,
                  "A manual partition assignment was specified, but replication factor was not set to -1.");
  if (too_many(made, std::ssize(topic.assignments))) return placement();
  placement placed(topic.assignments.size());
  for (const auto& assignment : topic.assignments) {
    const auto index = static_cast<std::size_t>(assignment.partition_index.value);
    if (assignment.partition_index.value < 0 || index >= placed.size() || !placed[index].empty())
      return refuse(error_code::invalid_replica_assignment,
                    "The manual partition assignment must name each partition from 0 on once.");
    if (auto checked = check_new_replicas(state, assignment.broker_ids); !checked) return checked.failure();
    placed[index] = assignment.broker_ids;
    if (placed[index].size() != topic.assignments.front().broker_ids.size())
      return refuse(error_code::invalid_replica_assignment,
                    "The manual partition assignment has partitions with different numbers of replicas.");
  }
  return placed;
}

std::int64_t factor_of(const requested_topic& topic, const decision& d) {
  if (topic.replication_factor != -1) return topic.replication_factor;
  if (is_internal_topic(topic.name)) return internal_factor(topic.name, d);
  return d.configs.broker_number("default.replication.factor");
}

result<placement> chosen_placement(const requested_topic& topic, decision& d, std::size_t& made) {
  if (topic.num_partitions == 0 || topic.num_partitions < -1)
    return refuse(error_code::invalid_partitions,
                  "Number of partitions was set to an invalid non-positive value.");
  if (topic.replication_factor == 0 || topic.replication_factor < -1)
    return refuse(error_code::invalid_replication_factor,
                  "Replication factor must be larger than 0, or -1 to use the default value.");
  const auto partitions =
      topic.num_partitions == -1 ? d.configs.broker_number("num.partitions") : topic.num_partitions;
  if (too_many(made, partitions)) return placement();
  return place_replicas(d.state, static_cast<std::size_t>(partitions), factor_of(topic, d), d.random);
}

/// Topics by what their names would be in a metric: made when the first name asks, then looked up by all of a request.
class collisions {
 public:
  explicit collisions(const image& state) : state_(state) {}

  /// The first topic whose name collides; empty if there is none.
  std::string_view with(std::string_view name) {
    if (name.find_first_of("._") == std::string_view::npos) return {};
    if (by_key_.empty())
      for (const auto& [other, topic] : state_.topics->by_name) by_key_.emplace(collision_key(other), other);
    const auto found = by_key_.find(collision_key(name));
    return found == by_key_.end() ? std::string_view() : found->second;
  }

 private:
  const image& state_;
  std::map<std::string, std::string_view> by_key_;
};

result<void> check_name(std::string_view name, const image& state, collisions& known) {
  if (name == metadata_topic)
    return refuse(error_code::invalid_request,
                  fmt::format("Creation of internal topic {} is prohibited.", name));
  if (auto checked = check_topic_name(name); !checked) return checked;
  if (state.topics->find(name))
    return refuse(error_code::topic_already_exists, fmt::format("Topic '{}' already exists.", name));
  const auto other = known.with(name);
  if (other.empty()) return {};
  return refuse(error_code::invalid_topic_exception,
                fmt::format("Topic '{}' collides with existing topic: {}", name, other));
}

result<void> check_configs(const requested_topic& topic) {
  for (const auto& config : topic.configs) {
    const auto* const key = find_topic_key(config.name);
    if (!key)
      return refuse(error_code::invalid_config, fmt::format("Unknown topic config name: {}", config.name));
    if (!config.value)
      return refuse(error_code::invalid_config,
                    fmt::format("Null value not supported for topic configs: {}", config.name));
    if (auto checked = check_value(*key, *config.value); !checked) return checked;
  }
  return {};
}

/// What the answer of versions 5 and up says of the new topic's configuration.
void describe_configs(const requested_topic& topic, created_topic& to, const decision& d) {
  auto& described = to.configs.emplace();
  for (const auto& key : config_keys()) {
    if (key.scope != config_scope::topic) continue;
    auto& config = described.emplace_back();
    config.name = key.name;
    const auto given = std::find_if(topic.configs.begin(), topic.configs.end(),
                                    [&](const auto& c) { return c.name == key.name; });
    if (given != topic.configs.end()) {
      config.value = given->value;
      config.config_source = static_cast<std::int8_t>(config_source::topic);
    } else if (const auto chain = d.configs.topic_chain(topic.name, key); !chain.empty()) {
      config.value = d.texts->keep(std::string(chain.front().value));
      config.config_source = static_cast<std::int8_t>(chain.front().source);
    }
  }
}

void add_topic(const requested_topic& topic, const placement& placed, created_topic& to, decision& d) {
  const auto id = random_uuid(d.entropy);
  wire::topic_record record;
  record.name = topic.name;
  record.topic_id = id;
  d.records.emplace_back(record);
  for (const auto& config : topic.configs) {
    wire::config_record set;
    set.resource_type = static_cast<std::int8_t>(resource_type::topic);
    set.resource_name = topic.name;
    set.name = config.name;
    set.value = config.value;
    d.records.emplace_back(set);
  }
  for (std::size_t i = 0; i < placed.size(); ++i)
    d.records.emplace_back(new_partition(d.state, id, i, placed[i]));
  to.topic_id = id;
}

void create_one(const requested_topic& topic, created_topic& to, collisions& known, std::size_t& made,
                decision& d) {
  if (auto checked = check_name(topic.name, d.state, known); !checked) return d.refuse(to, checked.failure());
  if (auto checked = check_configs(topic); !checked) return d.refuse(to, checked.failure());
  const auto placed =
      topic.assignments.empty() ? chosen_placement(topic, d, made) : assigned_placement(topic, d.state, made);
  if (!placed) return d.refuse(to, placed.failure());
  if (placed->empty()) return;  // refused as a whole
  to.num_partitions = static_cast<std::int32_t>(placed->size());
  to.replication_factor = static_cast<std::int16_t>(placed->front().size());
  describe_configs(topic, to, d);
  add_topic(topic, *placed, to, d);
}

template <class Item, class... Erase>
void refuse_all(std::vector<Item>& items, decision& d) {
  d.records.clear();
  for (auto& item : items) {
    Item refused;
    refused.name = item.name;
    item = refused;
    d.refuse(item,
             refuse(error_code::policy_violation, "Excessively large number of partitions per request."));
  }
}

/// How often each name stands in a request.
template <class Items>
std::map<std::string_view, int> count_names(const Items& items) {
  std::map<std::string_view, int> counts;
  for (const auto& item : items) ++counts[item.name];
  return counts;
}

using grown_topic = decltype(wire::create_partitions_request::topics)::value_type;

result<placement> placement_of_more(const grown_topic& request, const topic_image& topic, decision& d) {
  const auto have = topic.partitions.size();
  const auto more = static_cast<std::size_t>(request.count) - have;
  const auto factor = topic.partitions.front().replicas.size();
  if (!request.assignments) return place_replicas(d.state, more, static_cast<std::int64_t>(factor), d.random);
  if (request.assignments->size() != more)
    return refuse(
        error_code::invalid_replica_assignment,
        fmt::format("{} assignments were given for {} new partitions.", request.assignments->size(), more));
  placement placed;
  for (const auto& assignment : *request.assignments) {
    if (auto checked = check_new_replicas(d.state, assignment.broker_ids); !checked) return checked.failure();
    if (assignment.broker_ids.size() != factor)
      return refuse(
          error_code::invalid_replica_assignment,
          fmt::format(
              "The manual partition assignment includes a partition with {} replica(s), but this is not "
              "consistent with previous partitions, which have {} replica(s).",
              assignment.broker_ids.size(), factor));
    placed.push_back(assignment.broker_ids);
  }
  return placed;
}

result<void> grow_one(const grown_topic& request, decision& d, std::size_t& partitions) {
  const auto topic = d.state.topics->find(request.name);
  if (!topic) return {error_code::unknown_topic_or_partition};
  const auto have = static_cast<std::int32_t>(topic->partitions.size());
  if (request.count == have)
    return refuse(error_code::invalid_partitions, fmt::format("Topic already has {} partition(s).", have));
  if (request.count < have)
    return refuse(error_code::invalid_partitions,
                  fmt::format("The topic {} currently has {} partition(s); {} would not be an increase.",
                              request.name, have, request.count));
  if (too_many(partitions, request.count - have)) return {};
  const auto placed = placement_of_more(request, *topic, d);
  if (!placed) return placed.failure();
  for (std::size_t i = 0; i < placed->size(); ++i)
    d.records.emplace_back(new_partition(d.state, topic->id, topic->partitions.size() + i, (*placed)[i]));
  return {};
}

}  // namespace

wire::create_topics_response create_topics(const wire::create_topics_request& request, decision& d) {
  wire::create_topics_response response;
  const auto names = count_names(request.topics);
  std::set<std::string_view> repeated;
  collisions known(d.state);
  std::size_t partitions = 0;
  for (const auto& topic : request.topics) {
    if (names.at(topic.name) > 1 && !repeated.insert(topic.name).second) continue;  // answered once
    auto& to = response.topics.emplace_back();
    to.name = topic.name;
    to.error_message = std::nullopt;
    if (names.at(topic.name) > 1)
      d.refuse(to, refuse(error_code::invalid_request, "Duplicate topic name."));
    else
      create_one(topic, to, known, partitions, d);
  }
  if (std::max(partitions, d.records.size()) > most_records_at_once) refuse_all(response.topics, d);
  if (request.validate_only) d.records.clear();
  return response;
}

wire::create_partitions_response create_partitions(const wire::create_partitions_request& request,
                                                   decision& d) {
  wire::create_partitions_response response;
  const auto names = count_names(request.topics);
  std::set<std::string_view> repeated;
  std::size_t partitions = 0;
  for (const auto& topic : request.topics) {
    if (names.at(topic.name) > 1 && !repeated.insert(topic.name).second) continue;
    auto& to = response.results.emplace_back();
    to.name = topic.name;
    if (names.at(topic.name) > 1)
      d.refuse(to, refuse(error_code::invalid_request, "Duplicate topic name."));
    else if (auto grown = grow_one(topic, d, partitions); !grown)
      d.refuse(to, grown.failure());
  }
  if (std::max(partitions, d.records.size()) > most_records_at_once) refuse_all(response.results, d);
  if (request.validate_only) d.records.clear();
  return response;
}

wire::delete_topics_response delete_topics(const wire::delete_topics_request& request, decision& d) {
  wire::delete_topics_response response;
  std::set<uuid> deleted;
  const auto remove = [&](const topic_ptr& topic, error_code missing, std::optional<std::string_view> name,
                          const uuid& id) {
    auto& to = response.responses.emplace_back();
    to.name = topic ? std::optional<std::string_view>(d.texts->keep(topic->name)) : name;
    to.topic_id = topic ? topic->id : id;
    if (!topic) return d.refuse(to, error(missing, std::string(describe(missing))));
    if (!d.configs.broker_flag("delete.topic.enable"))
      return d.refuse(to, refuse(error_code::topic_deletion_disabled, "delete.topic.enable is false"));
    if (!deleted.insert(topic->id).second)
      return d.refuse(to,
                      refuse(error_code::invalid_request, "The topic stands in the request more than once."));
    wire::remove_topic_record record;
    record.topic_id = topic->id;
    d.records.emplace_back(record);
  };
  for (const auto name : request.topic_names)
    remove(d.state.topics->find(name), error_code::unknown_topic_or_partition, name, uuid{});
  for (const auto& topic : request.topics) {
    if (topic.name) {
      remove(d.state.topics->find(*topic.name), error_code::unknown_topic_or_partition, topic.name,
             topic.topic_id);
    } else {
      remove(d.state.topics->find(topic.topic_id), error_code::unknown_topic_id, std::nullopt,
             topic.topic_id);
    }
  }
  return response;
}

}  // namespace klamm::broker::meta
