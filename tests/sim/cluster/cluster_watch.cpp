#include "tests/sim/cluster/cluster_watch.hpp"

#include <algorithm>
#include <tuple>

#include <fmt/format.h>

#include "broker/meta/image_records.hpp"
#include "wire/batch_reader.hpp"

namespace klamm::sim {
namespace {

constexpr std::size_t most_bytes_at_once = 1 << 16;

std::uint64_t sum_of(const broker::meta::image& state) {
  std::uint64_t sum = 0xcbf29ce484222325ULL;
  for (const auto& record : broker::meta::encode_image(state)) {
    sum = (sum ^ record.size()) * 0x100000001b3ULL;
    for (const auto byte : record) sum = (sum ^ std::to_integer<std::uint64_t>(byte)) * 0x100000001b3ULL;
  }
  return sum;
}

std::string place(const broker::replica::partition& one) {
  return fmt::format("{}-{}", one.name().topic, one.name().partition.value);
}

}  // namespace

std::shared_ptr<cluster_watch::life> cluster_watch::begin(broker::node::node& of) {
  return std::make_shared<life>(*this, of);
}

std::vector<std::string> cluster_watch::failures() const {
  auto all = failures_;
  for (const auto& what : quorum_.failures()) all.push_back("quorum: " + what);
  for (const auto& [id, topic] : topics_)
    for (const auto& what : topic.failures()) all.push_back(names_.at(id) + ": " + what);
  return all;
}

bool cluster_watch::whole() const {
  for (const auto& [name, topic] : newest_.topics->by_name)
    for (const auto& partition : topic->partitions)
      if (partition.isr.size() < partition.replicas.size() || partition.leader.value < 0 ||
          !partition.adding.empty() || !partition.removing.empty())
        return false;
  return true;
}

void cluster_watch::look_at(life& of) {
  if (of.of_.quorum()) look_at_quorum(of);
  auto* const data = of.of_.data();
  if (!data) return;
  if (data->metadata().last_offset != of.image_.last_offset) look_at_image(of);
  auto before = std::exchange(of.replicas_, {});
  for (auto* const one : data->replicas().all()) {
    auto known = before.extract({one->topic_id(), one->name().partition});
    // A replica that was removed and came back is another.
    if (known.empty() || known.mapped().number != one->number()) {
      replica fresh;
      fresh.number = one->number();
      fresh.generation = one->log().generation();
      of.replicas_.emplace(std::pair{one->topic_id(), one->name().partition}, fresh);
    } else {
      of.replicas_.insert(std::move(known));
    }
    look_at(of, *one, of.replicas_.at({one->topic_id(), one->name().partition}));
  }
}

void cluster_watch::look_at_quorum(life& of) {
  const auto& quorum = *of.of_.quorum();
  const auto id = of.of_.id();
  if (quorum.epoch() < of.quorum_epoch_)
    broken(fmt::format("node {}: the quorum's epoch goes back from {} to {}", id.value,
                       of.quorum_epoch_.value, quorum.epoch().value));
  if (quorum.high_watermark() < of.quorum_watermark_)
    broken(fmt::format("node {}: the quorum's high watermark goes back from {} to {}", id.value,
                       of.quorum_watermark_.value, quorum.high_watermark().value));
  // Only the leader's snapshot makes a log begin behind its own end.
  if (of.quorum_end_.value > 0 && quorum.start() > of.quorum_end_) seen_.count("metadata snapshots fetched");
  of.quorum_end_ = quorum.end();
  if (quorum.leading() && quorum.epoch() != of.quorum_led_) {
    of.quorum_led_ = quorum.epoch();
    if (quorum_.leads(id, quorum.epoch())) seen_.count("elections of the quorum");
  }
  of.quorum_epoch_ = quorum.epoch();
  of.quorum_watermark_ = quorum.high_watermark();
}

// Metadata

void cluster_watch::look_at_image(life& of) {
  const auto& now = of.of_.data()->metadata();
  compare(of.image_, now);
  const auto [known, fresh] = images_.try_emplace(now.last_offset, sum_of(now));
  if (!fresh && known->second != sum_of(now))
    broken(fmt::format("node {}: the metadata up to {} are others than somebody else has", of.of_.id().value,
                       now.last_offset.value));
  of.image_ = now;
  if (now.last_offset > newest_.last_offset) {
    count_changes(now);
    newest_ = now;
  }
}

void cluster_watch::compare(const broker::meta::image& before, const broker::meta::image& now) {
  if (now.last_offset < before.last_offset)
    broken(fmt::format("metadata go back from {} to {}", before.last_offset.value, now.last_offset.value));
  for (const auto& [name, topic] : now.topics->by_name) {
    const auto earlier = before.topics->find(topic->id);
    if (!earlier || earlier == topic) continue;
    for (std::size_t i = 0; i < std::min(topic->partitions.size(), earlier->partitions.size()); ++i)
      compare(fmt::format("{}-{}", name, i), earlier->partitions[i], topic->partitions[i]);
  }
}

void cluster_watch::compare(const std::string& where, const broker::meta::partition_image& before,
                            const broker::meta::partition_image& now) {
  if (now.leader_epoch < before.leader_epoch || now.partition_epoch < before.partition_epoch)
    broken(fmt::format("{}: epochs go back from {}/{} to {}/{}", where, before.leader_epoch.value,
                       before.partition_epoch, now.leader_epoch.value, now.partition_epoch));
  if (now.leader != before.leader && now.leader_epoch == before.leader_epoch)
    broken(fmt::format("{}: epoch {} is led by {} and by {}", where, now.leader_epoch.value,
                       before.leader.value, now.leader.value));
}

void cluster_watch::count_changes(const broker::meta::image& now) {
  for (const auto& [name, topic] : now.topics->by_name) {
    const auto earlier = newest_.topics->find(topic->id);
    if (!earlier || earlier == topic) continue;
    for (std::size_t i = 0; i < std::min(topic->partitions.size(), earlier->partitions.size()); ++i) {
      const auto& before = earlier->partitions[i];
      const auto& after = topic->partitions[i];
      if (after.leader != before.leader)
        seen_.count(after.leader.value < 0 ? "partitions without leader" : "elections of partitions");
      if (after.isr.size() < before.isr.size()) seen_.count("ISR shrinks");
      if (after.isr.size() > before.isr.size()) seen_.count("ISR expansions");
      if (after.replicas != before.replicas) seen_.count("replicas reassigned");
    }
  }
}

// Partitions

void cluster_watch::look_at(life& of, broker::replica::partition& one, replica& known) {
  const auto& log = one.log();
  const auto id = of.of_.id();
  const bool being_cut = log.current_state() == broker::log::partition_log::state::truncating;
  if (std::exchange(known.generation, log.generation()) != log.generation()) {
    seen_.count("truncations");
    if (log.start() < known.start || log.start() > known.end) {
      seen_.count("replicas begun anew");
      auto& begun = begun_[one.name()];
      begun = std::max(begun, log.start());
    }
  }
  if (!being_cut) std::tie(known.start, known.end) = std::pair(log.start(), log.end());
  if (being_cut && !std::exchange(known.being_cut, true)) read_through_cut(of, one);
  known.being_cut = being_cut;
  if (log.high_watermark() < known.high_watermark && !of.rots_)
    broken(fmt::format("node {}: the high watermark of {} goes back from {} to {}", id.value, place(one),
                       known.high_watermark.value, log.high_watermark().value));
  known.high_watermark = log.high_watermark();
  if (one.epoch() < known.epoch)
    broken(fmt::format("node {}: the epoch of {} goes back from {} to {}", id.value, place(one),
                       known.epoch.value, one.epoch().value));
  known.epoch = one.epoch();
  if (one.leading() && one.epoch() != known.led) {
    known.led = one.epoch();
    names_[one.topic_id()] = one.name().topic;
    topics_[one.topic_id()].leads(id, one.name().partition, one.epoch(), log.end());
  }
  look_at_committed(of, one, known);
}

/// From the start, so that the disk is asked as well as what memory holds.
void cluster_watch::read_through_cut(life& of, broker::replica::partition& one) {
  seen_.count("reads overlapping a truncation");
  one.log().read(
      {one.log().start(), one.log().end(), most_bytes_at_once, true},
      [at = std::pair{one.topic_id(), one.name().partition}, of = of.weak_from_this()](auto found) {
        const auto life = of.lock();
        if (!life || !found) return;  // behind its start: it begins elsewhere now
        const auto* const one = life->of_.data()->replicas().find(at.first, at.second);
        if (one) life->by_.look_at_cut(*one, *found);
      });
}

void cluster_watch::look_at_cut(const broker::replica::partition& one,
                                const broker::log::read_result& found) {
  const auto& log = one.log();
  if (found.generation == log.generation() && found.next <= log.end()) return;
  broken(fmt::format("{}: a read through a truncation to {} got what ends at {}, of generation {} and not {}",
                     place(one), log.end().value, found.next.value, found.generation, log.generation()));
}

void cluster_watch::look_at_committed(life& of, broker::replica::partition& one, replica& known) {
  auto& log = one.log();
  const auto up_to = log.high_watermark();
  known.checked = std::max(known.checked, log.start());
  if (known.reading || known.checked >= up_to ||
      log.current_state() != broker::log::partition_log::state::open)
    return;
  known.reading = true;
  auto& history = topics_[one.topic_id()];
  names_[one.topic_id()] = one.name().topic;
  log.read({known.checked, up_to, most_bytes_at_once, true},
           [&history, at = std::pair{one.topic_id(), one.name().partition}, number = known.number,
            epoch = one.epoch(), of = of.weak_from_this()](auto found) {
             const auto life = of.lock();
             if (!life) return;
             const auto known = life->replicas_.find(at);
             if (known == life->replicas_.end() || known->second.number != number) return;
             // What is damaged stays so for this life: no need to ask at each of its events.
             known->second.reading = !found && found.code() == error_code::corrupt_message;
             if (!found) return;  // or cut at its start meanwhile
             wire::batch_reader batches(buffer_slice::own(found->batches.flatten()));
             wire::batch_view batch;
             while (batches.next(batch) == wire::batch_reader::step::batch) {
               if (!batch.crc_valid())
                 life->by_.broken(fmt::format("{}-{}: a batch is given at {} whose CRC is wrong",
                                              life->by_.names_.at(at.first), at.second.value,
                                              batch.base_offset().value));
               const auto header = batch.header();
               history.committed(life->of_.id(), epoch, at.second, batch.base_offset(),
                                 {header.partition_leader_epoch, batch.next_offset(), header.crc});
             }
             known->second.checked = std::max(known->second.checked, found->next);
           });
}

}  // namespace klamm::sim
