#include "tests/sim/cluster/consumer_process.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "tests/sim/cluster/payload.hpp"

namespace klamm::sim {
namespace {

handoff::fetch_queue_options queue_options(stage& on) {
  handoff::fetch_queue_options out;
  out.budget = std::size_t{1} << (12 + on.time.random().below(8));
  out.max_records = on.time.random().below(3) * 20;
  out.clock = [&on] { return on.time.now().steady; };
  return out;
}

/// Of a commit or a look-up, retries included.
constexpr duration group_command_timeout = std::chrono::seconds(30);

}  // namespace

/// The queue that applications have, and what goes into it noted on the way.
class consumer_process::watched_queue final : public client::fetch_sink {
 public:
  watched_queue(consumer_process& owner, handoff::fetch_queue_hooks hooks)
      : owner_(owner), queue_(queue_options(owner.stage_), std::move(hooks)) {}

  handoff::fetch_queue& queue() { return queue_; }

  std::size_t room() const override { return queue_.room(); }
  std::vector<const topic_partition*> hungry() const override { return queue_.hungry(); }
  client::position_epoch assigned(const topic_partition& at) override {
    if (owner_.role_ == role::member) owner_.stage_.group.assigned(owner_.reader_, at);
    return queue_.assigned(at);
  }
  void unassigned(const topic_partition& at) override { queue_.unassigned(at); }
  void positioned(const topic_partition& at, client::position_epoch epoch, offset start,
                  leader_epoch leader) override {
    if (owner_.role_ == role::member) owner_.stage_.group.starts(owner_.reader_, at, start);
    queue_.positioned(at, epoch, start, leader);
  }
  std::optional<client::fetch_start> truncated(const topic_partition& at, client::position_epoch epoch,
                                               offset end, leader_epoch leader) override {
    owner_.faults_.push_back(
        fmt::format("rewound: {}-{} to {}, though nothing that was committed is ever gone", at.topic,
                    at.partition.value, end.value));
    return queue_.truncated(at, epoch, end, leader);
  }
  void deliver(client::fetched_run run) override { queue_.deliver(std::move(run)); }
  void watermarks(const topic_partition& at, offset high_watermark, offset last_stable,
                  offset log_start) override {
    queue_.watermarks(at, high_watermark, last_stable, log_start);
  }
  void failed(const std::optional<topic_partition>& at, client::position_epoch epoch,
              const error& why) override {
    queue_.failed(at, epoch, why);
  }
  void out_of_group(const std::optional<error>& why) override { queue_.out_of_group(why); }
  void rebalance(const client::rebalance_event& event) override { queue_.rebalance(event); }
  time_point waiting_since() const override { return queue_.waiting_since(); }
  std::vector<client::committed_offset> settled() const override {
    auto all = queue_.settled();
    for (const auto& one : all) owner_.stage_.group.asked_to_commit(one.at, one.next);
    return all;
  }
  client::sink_load load() const override { return queue_.load(); }

 private:
  consumer_process& owner_;
  handoff::fetch_queue queue_;
};

consumer_process::consumer_process(stage& on, host_id at, role as)
    : client_process(on, at), role_(as), reader_(on.next_reader++) {
  handoff::fetch_queue_hooks hooks;
  hooks.room_freed = [this] {
    soon(duration(0), [this] { act([](auto& core, instant now, auto& out) { core.room_freed(now, out); }); });
  };
  hooks.rebalance = [this](const client::rebalance_event& event) {
    stage_.seen.count(event.what == client::rebalance_event::kind::assigned  ? "assignments"
                      : event.what == client::rebalance_event::kind::revoked ? "revocations"
                                                                             : "losses");
    rebalances_.push_back(event);
    soon(stage_.about(std::chrono::milliseconds(20)), [this] { answer_rebalances(); });
  };
  sink_ = std::make_unique<watched_queue>(*this, std::move(hooks));
  auto with = options();
  with.consumer = on.how.consuming;
  if (role_ == role::member) with.consumer->group.group_id = group_name;
  auto beside = neighbours();
  beside.fetches = sink_.get();
  make_core(std::move(with), beside);
}

consumer_process::~consumer_process() { drop_core(); }

void consumer_process::begin() {
  stage_.past.reader_comes(reader_);
  act([this](auto& core, instant now, auto& out) {
    core.start(now, out);
    if (role_ == role::member) return core.subscribe({.topics = {std::string(topic_name)}}, now, out);
    std::vector<topic_partition> all;
    for (int i = 0; i < stage_.how.partitions; ++i) all.push_back(stage_.partition(i));
    core.assign(std::move(all), now, out);
  });
  soon(stage_.about(stage_.how.poll_pause), [this] { poll(); });
  if (role_ == role::member && !stage_.how.consuming.group.auto_commit)
    soon(stage_.about(stage_.how.commit_pause), [this] { commit_now_and_then(); });
}

void consumer_process::poll() {
  if (leaving_) return;
  ++polls_;
  auto taken = sink_->queue().try_take();
  if (!taken && stage_.wrong.told_lasting(stage_.net.name(host_), taken.code())) {
    stage_.seen.count("polls that told of an answer");
  } else if (!taken) {
    faults_.push_back(
        fmt::format("poll_failed: reader {}: {} ({})", reader_, taken.failure().message, name(taken.code())));
  } else {
    for (const auto& one : *taken) {
      show(*one);
      sink_->queue().give_back(*one);
    }
  }
  soon(stage_.about(stage_.how.poll_pause), [this] { poll(); });
}

void consumer_process::show(handoff::lease& from) {
  // Sometimes the loop breaks off, and the rest comes again.
  const bool breaks_off = stage_.time.random().chance(0.1);
  while (const auto* record = from.current()) {
    const auto value = record->value ? read_payload(*record->value) : std::nullopt;
    if (!value)
      faults_.push_back(fmt::format("damaged: {}-{} offset {} is not as it was sent", from.partition().topic,
                                    from.partition().partition.value, record->offset.value));
    else
      stage_.past.polled({reader_, static_cast<std::uint64_t>(from.epoch().value), polls_}, from.partition(),
                         record->offset, *value);
    if (role_ == role::member) stage_.group.shown(from.partition(), record->offset);
    stage_.time.trace("read", static_cast<std::uint64_t>(record->offset.value), value.value_or(0));
    from.pass();
    if (breaks_off && stage_.time.random().chance(0.5)) return;
  }
}

void consumer_process::commit_now_and_then() {
  if (leaving_) return;
  commit({});
  soon(stage_.about(stage_.how.commit_pause), [this] { commit_now_and_then(); });
}

/// One commit at a time: a later one must not be overtaken by an earlier one's retry.
void consumer_process::commit(unique_function<void()> then) {
  if (then) after_commit_.push_back(std::move(then));
  if (!std::exchange(committing_, true)) send_commit();
}

void consumer_process::send_commit() {
  auto all = sink_->queue().positions(false);
  for (const auto& one : all) stage_.group.asked_to_commit(one.at, one.next);
  act([this, all](auto& core, instant now, auto& out) {
    core.commit(
        all, group_command_timeout, [this, all](const result<void>& outcome) { on_commit(all, outcome); },
        now, out);
  });
}

void consumer_process::on_commit(const std::vector<client::committed_offset>& asked,
                                 const result<void>& outcome) {
  committing_ = false;
  stage_.seen.count(outcome ? "commits" : "commits refused: " + std::string(name(outcome.code())));
  if (outcome)
    for (const auto& one : asked) stage_.group.committed(one.at, one.next);
  for (auto& then : std::exchange(after_commit_, {})) soon(duration(0), std::move(then));
}

void consumer_process::answer_rebalances() {
  if (answering_ || rebalances_.empty()) return;
  answering_ = true;
  const auto event = rebalances_.front();
  rebalances_.pop_front();
  auto answer = [this, id = event.id] {
    answering_ = false;
    act([id](auto& core, instant now, auto& out) { core.rebalance_done(id, now, out); });
    answer_rebalances();
  };
  if (event.what != client::rebalance_event::kind::revoked) return answer();
  // Behind the commit that is under way, if one is, there is another for what was passed meanwhile.
  if (committing_)
    commit([this, answer]() mutable { commit(std::move(answer)); });
  else
    commit(std::move(answer));
}

void consumer_process::leave() {
  if (std::exchange(leaving_, true)) return;
  stage_.seen.count("members leaving");
  act([this](auto& core, instant now, auto& out) {
    core.close(after(now.steady, std::chrono::seconds(5)), [this](const auto&) { left_ = true; }, now, out);
  });
}

void consumer_process::ask_ends() {
  std::vector<std::pair<topic_partition, client::place>> all;
  for (int i = 0; i < stage_.how.partitions; ++i) all.emplace_back(stage_.partition(i), client::end{});
  act([this, all](auto& core, instant now, auto& out) {
    core.list_offsets(
        all, group_command_timeout,
        [this](const auto& found) {
          if (!found) return;
          for (const auto& [at, end] : *found)
            if (end) ends_[at] = end->offset;
        },
        now, out);
  });
}

std::string consumer_process::describe(const topic_partition& at) const {
  const bool hungry = std::ranges::any_of(sink_->hungry(), [&](const auto* one) { return *one == at; });
  return fmt::format("{}, with room for {} bytes", hungry ? "hungry" : "sated", sink_->room());
}

std::map<topic_partition, offset> consumer_process::positions() const {
  std::map<topic_partition, offset> out;
  for (const auto& at : sink_->queue().assignment()) out[at] = sink_->queue().position(at);
  return out;
}

}  // namespace klamm::sim
