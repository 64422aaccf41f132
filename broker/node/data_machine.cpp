#include "broker/node/data_machine.hpp"

#include <algorithm>

#include "broker/coordinator/partitioner.hpp"
#include "broker/meta/topic_name.hpp"
#include "broker/node/metadata_delta.hpp"
#include "broker/node/topic_settings.hpp"

namespace klamm::broker::node {
namespace {

const meta::image no_image;

replica::replication_options replication_of(const meta::config_view& configs) {
  const auto number = [&](std::string_view key) {
    return static_cast<std::int32_t>(configs.broker_number(key));
  };
  return {.lag_time_max = millis(configs.broker_number("replica.lag.time.max.ms")),
          .fetch_max_bytes = number("replica.fetch.max.bytes"),
          .fetch_response_max_bytes = number("replica.fetch.response.max.bytes"),
          .fetch_min_bytes = number("replica.fetch.min.bytes"),
          .fetch_wait_max = millis(configs.broker_number("replica.fetch.wait.max.ms")),
          .fetch_backoff = millis(configs.broker_number("replica.fetch.backoff.ms")),
          .quota = {number("replication.quota.window.num"),
                    std::chrono::seconds(number("replication.quota.window.size.seconds"))}};
}

replica::replicas::options replicas_options(const data_options& options, const meta::config_map& own) {
  const meta::config_view configs(no_image, own, options.self);
  log::data_directory_options directory;
  directory.path = options.directory;
  directory.cluster_id = options.cluster_id;
  directory.node = options.self;
  directory.retention_interval = millis(configs.broker_number("log.retention.check.interval.ms"));
  return {std::move(directory), log_defaults(configs), options.self, replication_of(configs)};
}

replica::fetch_limits fetch_limits_of(const data_options& options, const meta::config_map& own) {
  const meta::config_view configs(no_image, own, options.self);
  replica::fetch_limits limits;
  limits.max_bytes = static_cast<std::int32_t>(configs.broker_number("fetch.max.bytes"));
  limits.sessions.slots =
      static_cast<std::size_t>(configs.broker_number("max.incremental.fetch.session.cache.slots"));
  limits.rack_aware = own.contains("replica.selector.class");
  return limits;
}

}  // namespace

data_machine::data_machine(log::log_environment& environment, const instant& clock, entropy_source& entropy,
                           rng random, const meta::config_map& own, data_options options, peer::links& links,
                           std::vector<to_quorum>& out, link::reply_memory& memory)
    : clock_(clock),
      entropy_(entropy),
      sink_(environment.sink),
      faults_(environment.faults),
      own_(own),
      options_(std::move(options)),
      links_(links),
      out_(out),
      channel_(links, clock, options_.self, out),
      lifecycle_(channel_, clock, random.fork(), environment.sink),
      producer_ids_(channel_, lifecycle_, options_.self),
      isr_requests_(channel_, lifecycle_, clock, options_.self, random.fork()),
      directory_reports_(channel_, lifecycle_, clock, options_.self),
      leaders_(links, clock, options_.self),
      replicas_(environment, clock, entropy, replicas_options(options_, own),
                {&isr_requests_, &brokers_, &leaders_}),
      fetches_(replicas_, memory, fetch_limits_of(options_, own), random),
      services_{options_.self, options_.cluster_id, own_,     options_.advertised, clock_,
                image_,        replicas_,           fetches_, compressor_,         channel_,
                *this,         producer_ids_,       timers_} {}

data_machine::~data_machine() = default;

void data_machine::close(log::done_handler done) {
  closing_ = true;
  for (auto& [id, shard] : shards_) shard->unload();
  shards_.clear();
  replicas_.close(lifecycle_.epoch(), std::move(done));
}

// Metadata

void data_machine::join(meta::broker_image self, unique_function<void()> serving) {
  const meta::config_view configs(*image_, own_, options_.self);
  lifecycle_.begin(
      {options_.cluster_id, std::move(self), replicas_.was_clean() ? replicas_.last_broker_epoch() : -1,
       millis(configs.broker_number("broker.heartbeat.interval.ms")),
       millis(configs.broker_number("broker.session.timeout.ms") / 2)},
      std::move(serving));
}

bool data_machine::registered_in(const meta::image& metadata) const {
  const auto* const self = metadata.broker(options_.self);
  return self && self->incarnation == lifecycle_.incarnation();
}

void data_machine::on(published message) {
  if (closing_) return;
  joined_ = joined_ || registered_in(*message.image);
  if (!joined_) return;
  newest_ = std::move(message.image);
  if (!applying_) apply_next();
}

void data_machine::apply_next() {
  applying_ = std::exchange(newest_, nullptr);
  const bool other_brokers = brokers_.follow(applying_);
  if (other_brokers) reach_brokers();
  const auto delta = difference(*image_, *applying_, own_, options_.self);
  for (const auto& gone : delta.unwanted) {
    if (gone.topic != meta::offsets_topic) continue;
    if (const auto shard = shards_.find(gone.partition); shard != shards_.end()) shard->second->unload();
    shards_.erase(gone.partition);
  }
  replicas_.apply(delta.wanted, delta.unwanted, [this, deleted = delta.deleted, other_brokers] {
    if (other_brokers) replicas_.on_brokers_changed();
    on_applied(deleted);
  });
}

void data_machine::on_applied(const std::set<std::string, std::less<>>& deleted) {
  const auto before = std::exchange(image_, std::exchange(applying_, nullptr));
  if (closing_) return;
  follow_throttles();
  tell_of_unknown_configs(*before);
  directory_reports_.on_applied(*before, *image_, replicas_.directory_id());
  if (!std::exchange(strays_set_aside_, true)) replicas_.set_strays_aside();
  if (!deleted.empty())
    for (auto& [id, shard] : shards_)
      shard->coordinator().forget_topics([&](auto topic) { return deleted.contains(topic); }, clock_);
  follow_coordinators();
  out_.push_back(applied{image_->last_offset + 1});
  lifecycle_.on_applied(*image_);
  if (newest_) apply_next();
}

void data_machine::follow_throttles() {
  const meta::config_view configs(*image_, own_, options_.self);
  replicas_.set_throttles(configs.broker_number("leader.replication.throttled.rate"),
                          configs.broker_number("follower.replication.throttled.rate"));
}

/// Kafka's tools may set what this broker has no use for: nobody is to believe that it does something.
void data_machine::tell_of_unknown_configs(const meta::image& before) {
  if (before.configs == image_->configs || !sink_.wants(log_level::warning)) return;
  for (const auto& name : {std::string(), std::to_string(options_.self.value)}) {
    const meta::config_resource resource{meta::resource_type::broker, name};
    for (const auto& [key, value] : image_->overrides(resource))
      if (!meta::find_broker_key(key) && !before.overrides(resource).contains(key))
        sink_.write(log_level::warning, "configuration",
                    fmt::format("{} was set for {}, and has no effect: there is no such key here", key,
                                name.empty() ? "every broker" : "this broker"));
  }
}

/// Where the others are now.
void data_machine::reach_brokers() {
  std::map<node_id, link::endpoint> at;
  for (const auto& [id, broker] : applying_->cluster->brokers)
    if (id != options_.self && !broker.endpoints.empty())
      at[id] = {broker.endpoints.front().host, broker.endpoints.front().port};
  links_.set_brokers(std::move(at));
}

void data_machine::follow_coordinators() {
  const auto topic = image_->topics->find(meta::offsets_topic);
  if (!topic) return;
  for (std::size_t i = 0; i < topic->partitions.size(); ++i) {
    const partition_id id(static_cast<std::int32_t>(i));
    auto* const partition = replicas_.find(topic->name, id);
    if (!partition || !partition->leading()) {
      if (const auto lost = shards_.find(id); lost != shards_.end())
        lost->second->unload(), shards_.erase(lost);
      continue;
    }
    if (shards_.contains(id)) continue;
    const meta::config_view configs(*image_, own_, options_.self);
    auto& shard = shards_[id] = std::make_unique<group_shard>(*partition, group_options_of(configs), entropy_,
                                                              compressor_, clock_, sink_, faults_);
    // A topic may have been deleted when nobody was there to forget what was committed for it.
    shard->load([this, &loaded = *shard] {
      loaded.coordinator().forget_topics([this](auto name) { return !image_->topics->find(name); }, clock_);
    });
  }
}

result<group::group_coordinator*> data_machine::coordinator_of(std::string_view group) {
  const auto topic = image_->topics->find(meta::offsets_topic);
  if (!topic || topic->partitions.empty()) return {error_code::coordinator_not_available};
  const auto id =
      coordinator::coordinating_partition(group, static_cast<std::int32_t>(topic->partitions.size()));
  const auto shard = shards_.find(id);
  if (shard == shards_.end()) return {error_code::not_coordinator};
  if (const auto why = shard->second->state(); why != error_code::none) return {why};
  return &shard->second->coordinator();
}

std::vector<group::group_coordinator*> data_machine::coordinators() {
  std::vector<group::group_coordinator*> all;
  all.reserve(shards_.size());
  for (auto& [id, shard] : shards_) all.push_back(&shard->coordinator());
  return all;
}

// Time

void data_machine::tick() {
  channel_.tick();
  lifecycle_.tick();
  replicas_.tick(clock_);
  fetches_.tick(clock_);
  for (auto& [id, shard] : shards_)
    if (shard->coordinator().deadline() <= clock_.steady) shard->coordinator().tick(clock_);
  timers_.run(clock_.steady);
}

time_point data_machine::deadline() const {
  auto first = std::min({channel_.deadline(), lifecycle_.deadline(), isr_requests_.deadline(),
                         directory_reports_.deadline(), replicas_.deadline(), fetches_.deadline(),
                         timers_.deadline()});
  for (const auto& [id, shard] : shards_) first = std::min(first, shard->coordinator().deadline());
  return first;
}

}  // namespace klamm::broker::node
