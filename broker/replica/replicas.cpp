#include "broker/replica/replicas.hpp"

#include <algorithm>
#include <memory>

#include "broker/log/file_tasks.hpp"

namespace klamm::broker::replica {

replicas::replicas(log::log_environment& environment, const instant& clock, entropy_source& entropy,
                   options how, replication_ports ports)
    : clock_(clock),
      entropy_(entropy),
      how_(std::move(how)),
      around_{how_.self,
              clock_,
              how_.replication,
              ports,
              environment.sink,
              environment.faults,
              &followers_,
              {replication_quota(how_.replication.quota), replication_quota(how_.replication.quota)}},
      followers_(around_),
      directory_(environment, how_.directory, *this) {}

replicas::~replicas() = default;

void replicas::open(log::done_handler done) { directory_.open(entropy_, clock_, std::move(done)); }

void replicas::close(std::int64_t broker_epoch, log::done_handler done) {
  followers_.stop();  // its logs take no more
  // The logs' last flush answers who waits for it; who waits for anything else hears that nobody leads here any more.
  directory_.close(broker_epoch, [this, done = std::move(done)](result<void> closed) mutable {
    by_number_.clear();
    by_topic_.clear();
    names_.clear();
    done(std::move(closed));
  });
}

void replicas::apply(std::span<const assignment> wanted, std::span<const topic_partition> unwanted,
                     unique_function<void()> done) {
  // A partition that could not be made or removed has said so; the others are as they should be.
  log::gathering all([done = std::move(done)](const result<void>&) mutable { done(); });
  // One that comes back under another topic's id is removed first, and made when its directory has gone: below.
  const auto comes_back = [&](const topic_partition& gone) {
    return std::ranges::any_of(wanted, [&](const assignment& one) { return one.partition == gone; });
  };
  for (const auto& gone : unwanted)
    if (!comes_back(gone)) remove(gone, all.add());
  for (const auto& one : wanted) {
    auto* const here = find(one.partition.topic, one.partition.partition);
    if (here && here->topic_id() == one.topic_id) {
      here->configure(one.settings);
      here->lead(one.led);
    } else if (auto* const log = directory_.find(one.partition);
               log && log->identity().topic_id == one.topic_id) {
      adopt(one, *log);
    } else if (log) {  // of a topic of the same name that was deleted: while we were away, or just now
      auto create_anew = [this, one, made = all.add()](result<void>) mutable {
        create(one, std::move(made));
      };
      here ? remove(one.partition, std::move(create_anew))
           : directory_.set_aside(one.partition, random_uuid(entropy_), std::move(create_anew));
    } else {
      create(one, all.add());
    }
  }
}

void replicas::adopt(const assignment& wanted, log::partition_log& log) {
  auto& place = by_topic_[wanted.partition.topic][wanted.partition.partition];
  place = std::make_unique<partition>(log, around_, wanted.settings);
  by_number_[place->number()] = place.get();
  names_[wanted.topic_id] = wanted.partition.topic;
  place->configure(wanted.settings);
  place->lead(wanted.led);
}

void replicas::create(const assignment& wanted, log::done_handler done) {
  const log::log_identity identity{wanted.partition, wanted.topic_id, how_.directory.path};
  auto shared = std::make_shared<log::done_handler>(std::move(done));
  directory_.create(identity, wanted.settings->log, offset(0), clock_,
                    [this, wanted, shared](result<void> made) {
                      if (auto* const log = made ? directory_.find(wanted.partition) : nullptr)
                        adopt(wanted, *log);
                      (*shared)(std::move(made));
                    });
}

void replicas::remove(const topic_partition& unwanted, log::done_handler done) {
  forget(unwanted);
  directory_.remove(unwanted, random_uuid(entropy_), std::move(done));
}

void replicas::forget(const topic_partition& unwanted) {
  const auto topic = by_topic_.find(unwanted.topic);
  if (topic == by_topic_.end()) return;
  if (const auto found = topic->second.find(unwanted.partition); found != topic->second.end()) {
    names_.erase(found->second->topic_id());
    by_number_.erase(found->second->number());
    topic->second.erase(found);
  }
  if (topic->second.empty())
    by_topic_.erase(topic);
  else
    names_[topic->second.begin()->second->topic_id()] = unwanted.topic;
}

void replicas::set_strays_aside() {
  std::vector<topic_partition> strays;
  for (const auto* const log : directory_.logs())
    if (const auto& name = log->identity().partition; !find(name.topic, name.partition))
      strays.push_back(name);
  for (const auto& stray : strays) directory_.set_aside(stray, random_uuid(entropy_), [](result<void>) {});
}

partition* replicas::find(std::string_view topic, partition_id id) {
  const auto partitions = by_topic_.find(topic);
  if (partitions == by_topic_.end()) return nullptr;
  const auto found = partitions->second.find(id);
  return found == partitions->second.end() ? nullptr : found->second.get();
}

partition* replicas::find(const uuid& topic, partition_id id) {
  const auto name = names_.find(topic);
  return name == names_.end() ? nullptr : find(name->second, id);
}

std::vector<partition*> replicas::all() {
  std::vector<partition*> found;
  for (auto& [topic, partitions] : by_topic_)
    for (auto& [id, one] : partitions) found.push_back(one.get());
  return found;
}

void replicas::on_brokers_changed() {
  for (const auto& [number, one] : by_number_) one->on_brokers_changed();
}

void replicas::tick(instant now) {
  directory_.tick(now);
  while (const auto due = around_.deadlines.pop_due(now.steady)) by_number_.at(*due)->tick();
}

time_point replicas::deadline() const {
  return std::min({directory_.deadline(), around_.deadlines.next(), followers_.deadline()});
}

log::log_options replicas::options_of(const topic_partition&) { return how_.log_defaults; }

void replicas::on_durable(log::partition_log& log) {
  const auto& name = log.identity().partition;
  if (auto* const durable = find(name.topic, name.partition)) durable->on_durable();
}

void replicas::on_offline(log::partition_log& log, const error&) {
  const auto& name = log.identity().partition;
  if (auto* const lost = find(name.topic, name.partition)) lost->lose();
}

void replicas::on_directory_offline(const error& why) {
  offline_ = true;
  for (auto* const one : all()) one->lose();
  if (on_offline_) on_offline_(why);
}

}  // namespace klamm::broker::replica
