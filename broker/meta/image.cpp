#include "broker/meta/image.hpp"

namespace klamm::broker::meta {

const partition_image* topic_image::partition(partition_id id) const {
  if (id.value < 0 || static_cast<std::size_t>(id.value) >= partitions.size()) return nullptr;
  return &partitions[static_cast<std::size_t>(id.value)];
}

topic_ptr topics_image::find(std::string_view name) const {
  const auto found = by_name.find(name);
  return found == by_name.end() ? nullptr : found->second;
}

topic_ptr topics_image::find(const uuid& id) const {
  const auto found = by_id.find(id);
  return found == by_id.end() ? nullptr : found->second;
}

const broker_image* image::broker(node_id id) const {
  const auto found = cluster->brokers.find(id);
  return found == cluster->brokers.end() ? nullptr : &found->second;
}

std::int16_t image::feature_level(std::string_view name) const {
  const auto found = cluster->features.find(name);
  return found == cluster->features.end() ? std::int16_t{0} : found->second;
}

const config_map& image::overrides(const config_resource& resource) const {
  static const config_map none;
  const auto found = configs->find(resource);
  return found == configs->end() ? none : found->second;
}

}  // namespace klamm::broker::meta
