#include "broker/meta/image_builder.hpp"

#include <algorithm>

#include "broker/meta/partition_change.hpp"

namespace klamm::broker::meta {
namespace {

/// Copies `part` unless nobody else holds it, and gives it to be changed.
template <class Part>
Part& own(std::shared_ptr<const Part>& part) {
  if (part.use_count() != 1) part = std::make_shared<Part>(*part);
  return const_cast<Part&>(*part);  // made by make_shared<Part>, here or in image
}

std::vector<node_id> or_empty(const std::optional<std::vector<node_id>>& nodes) {
  return nodes.value_or(std::vector<node_id>{});
}

std::vector<endpoint_image> endpoints_of(const auto& record) {
  std::vector<endpoint_image> endpoints;
  endpoints.reserve(record.end_points.size());
  for (const auto& endpoint : record.end_points)
    endpoints.push_back(
        {std::string(endpoint.name), std::string(endpoint.host), endpoint.port, endpoint.security_protocol});
  return endpoints;
}

std::vector<feature_range> features_of(const auto& record) {
  std::vector<feature_range> features;
  features.reserve(record.features.size());
  for (const auto& feature : record.features)
    features.push_back(
        {std::string(feature.name), feature.min_supported_version, feature.max_supported_version});
  return features;
}

}  // namespace

void image_builder::replay(const metadata_record& record, offset at, leader_epoch epoch) {
  std::visit([this](const auto& r) { apply(r); }, record);
  image_.last_offset = at;
  image_.epoch = epoch;
}

topics_image& image_builder::topics() { return own(image_.topics); }
cluster_image& image_builder::cluster() { return own(image_.cluster); }
configs_image& image_builder::configs() { return own(image_.configs); }

broker_image* image_builder::broker(node_id id) {
  auto& brokers = cluster().brokers;
  const auto found = brokers.find(id);
  return found == brokers.end() ? nullptr : &found->second;
}

topic_image* image_builder::topic(const uuid& id) {
  auto& all = topics();
  const auto found = all.by_id.find(id);
  if (found == all.by_id.end()) return nullptr;
  constexpr long held_by_both_maps = 2;
  if (found->second.use_count() != held_by_both_maps) {
    found->second = std::make_shared<topic_image>(*found->second);
    all.by_name[found->second->name] = found->second;
  }
  return const_cast<topic_image*>(found->second.get());  // made by make_shared<topic_image>
}

void image_builder::apply(const wire::register_broker_record& record) {
  broker_image registered{
      .id = record.broker_id, .incarnation = record.incarnation_id, .epoch = record.broker_epoch};
  registered.endpoints = endpoints_of(record);
  registered.features = features_of(record);
  if (record.rack) registered.rack.emplace(*record.rack);
  registered.log_dirs = record.log_dirs;
  registered.cordoned_log_dirs = record.cordoned_log_dirs.value_or(std::vector<uuid>());
  registered.fenced = record.fenced;
  registered.in_controlled_shutdown = record.in_controlled_shutdown;
  cluster().brokers.insert_or_assign(record.broker_id, std::move(registered));
}

void image_builder::apply(const wire::unregister_broker_record& record) {
  cluster().brokers.erase(record.broker_id);
}

void image_builder::apply(const wire::fence_broker_record& record) {
  if (auto* const b = broker(record.id)) b->fenced = true;
}

void image_builder::apply(const wire::unfence_broker_record& record) {
  if (auto* const b = broker(record.id)) b->fenced = false;
}

void image_builder::apply(const wire::broker_registration_change_record& record) {
  auto* const b = broker(record.broker_id);
  if (!b) return;
  if (record.fenced != 0) b->fenced = record.fenced > 0;
  if (record.in_controlled_shutdown != 0) b->in_controlled_shutdown = record.in_controlled_shutdown > 0;
  if (!record.log_dirs.empty()) b->log_dirs = record.log_dirs;
  if (record.cordoned_log_dirs) b->cordoned_log_dirs = *record.cordoned_log_dirs;
}

void image_builder::apply(const wire::topic_record& record) {
  auto added = std::make_shared<topic_image>(topic_image{std::string(record.name), record.topic_id, {}});
  topics().by_id[record.topic_id] = added;
  topics().by_name[added->name] = added;
}

void image_builder::apply(const wire::remove_topic_record& record) {
  auto& all = topics();
  const auto found = all.by_id.find(record.topic_id);
  if (found == all.by_id.end()) return;
  const std::string name = found->second->name;
  all.by_id.erase(found);
  all.by_name.erase(name);
  if (const config_resource resource{resource_type::topic, name}; image_.configs->contains(resource))
    configs().erase(resource);
}

void image_builder::apply(const wire::partition_record& record) {
  auto* const t = topic(record.topic_id);
  if (!t || record.partition_id.value < 0) return;
  const auto index = static_cast<std::size_t>(record.partition_id.value);
  if (index > t->partitions.size()) return;  // the controller writes them in order
  if (index == t->partitions.size()) t->partitions.emplace_back();
  auto& p = t->partitions[index];
  p.replicas = record.replicas;
  p.isr = record.isr;
  p.removing = record.removing_replicas;
  p.adding = record.adding_replicas;
  p.eligible_leaders = or_empty(record.eligible_leader_replicas);
  p.last_known_eligible = or_empty(record.last_known_elr);
  p.directories = record.directories;
  p.leader = record.leader;
  p.leader_epoch = record.leader_epoch;
  p.partition_epoch = record.partition_epoch;
  p.leader_recovery_state = record.leader_recovery_state;
}

void image_builder::apply(const wire::partition_change_record& record) {
  auto* const t = topic(record.topic_id);
  if (!t || !t->partition(record.partition_id)) return;
  apply_change(t->partitions[static_cast<std::size_t>(record.partition_id.value)], record);
}

void image_builder::apply(const wire::register_controller_record& record) {
  cluster().controllers.insert_or_assign(record.controller_id,
                                         controller_image{record.incarnation_id, record.zk_migration_ready,
                                                          endpoints_of(record), features_of(record)});
}

void image_builder::apply(const wire::unregister_controller_record& record) {
  cluster().controllers.erase(record.controller_id);
}

void image_builder::apply(const wire::clear_elr_record& record) {
  std::vector<uuid> cleared;
  for (const auto& [name, topic] : image_.topics->by_name)
    if (record.topic_name.empty() || record.topic_name == name) cleared.push_back(topic->id);
  wire::partition_change_record none;
  none.eligible_leader_replicas.emplace();
  none.last_known_elr.emplace();
  const auto has_any = [](const partition_image& p) {
    return !p.eligible_leaders.empty() || !p.last_known_eligible.empty();
  };
  for (const auto& id : cleared) {
    const auto& had = image_.topics->by_id.at(id)->partitions;
    if (std::none_of(had.begin(), had.end(), has_any)) continue;  // stays shared
    for (auto& p : topic(id)->partitions)
      if (has_any(p)) apply_change(p, none);
  }
}

void image_builder::apply(const wire::config_record& record) {
  auto& all = configs();
  const config_resource resource{static_cast<resource_type>(record.resource_type),
                                 std::string(record.resource_name)};
  if (record.value) {
    all[resource].insert_or_assign(std::string(record.name), std::string(*record.value));
    return;
  }
  const auto found = all.find(resource);
  if (found == all.end()) return;
  if (const auto key = found->second.find(record.name); key != found->second.end()) found->second.erase(key);
  if (found->second.empty()) all.erase(found);
}

void image_builder::apply(const wire::feature_level_record& record) {
  cluster().features.insert_or_assign(std::string(record.name), record.feature_level);
}

void image_builder::apply(const wire::producer_ids_record& record) {
  cluster().next_producer_id = record.next_producer_id.value;
}

}  // namespace klamm::broker::meta
