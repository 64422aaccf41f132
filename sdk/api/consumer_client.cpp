#include "api/consumer_client.hpp"

#include <algorithm>
#include <utility>

#include "api/convert.hpp"
#include "api/operation.hpp"
#include "api/poll_operation.hpp"
#include "api/topic_pattern.hpp"
#include "net/system.hpp"

namespace klamm {
inline namespace v1 {
namespace detail {
namespace {

client::consumer_options machine_options(const ConsumerOptions& o) {
  client::consumer_options to;
  to.group.group_id = o.group_id;
  if (!o.group_instance_id.empty()) to.group.instance_id = o.group_instance_id;
  using protocol = client::membership_protocol;
  constexpr protocol protocols[] = {protocol::automatic, protocol::classic, protocol::consumer};
  to.group.protocol = protocols[static_cast<int>(o.group_protocol)];
  // Who names assignors wants one of theirs.
  if (o.group_protocol == GroupProtocol::automatic && o.assignors != ConsumerOptions().assignors)
    to.group.protocol = protocol::classic;
  to.group.assignors = o.assignors;
  to.group.session_timeout = api::told_to_brokers(o.session_timeout);
  to.group.heartbeat_interval = std::min<duration>(millis(3000), to.group.session_timeout / 3);
  to.group.max_poll_interval = api::told_to_brokers(o.max_poll_interval);
  if (o.auto_commit) to.group.auto_commit = api::to_duration(*o.auto_commit);
  to.rack = o.rack;
  using kind = client::reset_policy::kind;
  constexpr kind kinds[] = {kind::latest, kind::earliest, kind::none, kind::by_duration};
  to.reset = {kinds[o.auto_offset_reset.to], api::to_duration(o.auto_offset_reset.back)};
  to.level = o.isolation == Isolation::read_committed ? client::isolation::read_committed
                                                      : client::isolation::read_uncommitted;
  to.fetch_max_wait = api::told_to_brokers(o.fetch_max_wait);
  to.fetch_min_bytes = static_cast<std::int32_t>(o.fetch_min.value);
  return to;
}

time_point steady_now() { return net::system_now().steady; }

time_point deadline_after(Millis timeout) { return klamm::after(steady_now(), api::to_duration(timeout)); }

}  // namespace

ConsumerClient::ConsumerClient(const ClientOptions& client, const ConsumerOptions& options)
    : options_(options),
      wiring_(std::make_shared<api::consumer_wiring>(
          options.auto_commit.has_value() && !options.group_id.empty(), options.on_rebalance)),
      queue_(std::make_shared<handoff::fetch_queue>(
          handoff::fetch_queue_options{.budget = options.prefetch.value,
                                       .max_decompressed = options.max_decompressed.value,
                                       .max_records = options.max_poll_records,
                                       .max_partitions = options.max_poll_partitions,
                                       .clock = steady_now},
          api::consumer_wiring::hooks(wiring_))) {
  auto core = api::core_options_of(client);
  core.consumer = machine_options(options);
  engine_ = std::make_shared<api::engine>(client, std::move(core), queue_, nullptr, queue_.get());
  wiring_->connect(engine_, queue_);
  engine_->start();
}

handoff::fetch_queue& ConsumerClient::queue_for(std::string_view operation) const {
  engine_->refuse_after_fork(operation);
  return *queue_;
}

void ConsumerClient::assign(std::vector<topic_partition> partitions) {
  engine_->refuse_after_fork("assign");
  wiring_->leave();
  engine_->post([partitions = std::move(partitions), wiring = wiring_](client::client_core& core, instant now,
                                                                       link::net_effects& out) mutable {
    core.assign(std::move(partitions), now, out);
    wiring->left();
  });
}

void ConsumerClient::subscribe(client::subscription to) {
  engine_->refuse_after_fork("subscribe");
  const bool leaves = to.empty();  // else the group says what has to go
  if (leaves) wiring_->leave();
  engine_->post([to = std::move(to), leaves, wiring = wiring_](client::client_core& core, instant now,
                                                               link::net_effects& out) mutable {
    core.subscribe(std::move(to), now, out);
    if (leaves) wiring->left();
  });
}

/// The pattern is the coordinator's to read, and the client's where the protocol may be the classic one.
void ConsumerClient::subscribe_regex(std::string_view pattern) {
  client::subscription to;
  to.regex = pattern;
  if (options_.group_protocol != GroupProtocol::consumer) to.passes = api::names_matching(pattern).value();
  subscribe(std::move(to));
}

Result<Records> ConsumerClient::poll(Millis timeout, std::stop_token stop) {
  // Without waiting it is allowed on every thread.
  if (timeout <= Millis(0) && !engine_->forked())
    return api::hand_out(queue_, queue_->take(steady_now(), {}));
  if (auto refused = engine_->refusal("poll")) return *std::move(refused);
  return api::hand_out(queue_, queue_->take(deadline_after(timeout), std::move(stop)));
}

Deferred<void> ConsumerClient::defer_commit() {
  if (!engine_->forked() && queue_->bound())
    return api::defer<void, void>(
        engine_, "commit",
        [](client::client_core&, client::completion<void> done, instant, link::net_effects&) {
          done(error(error_code::invalid_txn_state,
                     "the positions are committed by transactions alone, since one was "
                     "begun with this consumer"));
        },
        [](result<void>) { return Result<void>(); });
  return defer_commit(engine_->forked() ? std::vector<client::committed_offset>() : queue_->positions(false));
}

Deferred<void> ConsumerClient::defer_commit(std::vector<client::committed_offset> offsets) {
  return api::defer<void, void>(
      engine_, "commit",
      [offsets = std::move(offsets), timeout = timeout()](client::client_core& core,
                                                          client::completion<void> done, instant now,
                                                          link::net_effects& out) mutable {
        core.commit(std::move(offsets), timeout, std::move(done), now, out);
      },
      [](result<void>) { return Result<void>(); });
}

void ConsumerClient::seek(std::vector<topic_partition> partitions, const client::place& to) {
  engine_->refuse_after_fork("seek");
  std::vector<client::seek_command> commands;
  std::vector<topic_partition> early;  // an assign may still be on its way to the core
  for (auto& at : partitions) {
    if (const auto epoch = queue_->seek(at, to))
      commands.push_back({std::move(at), *epoch, to, {}});
    else
      early.push_back(std::move(at));
  }
  engine_->post([commands = std::move(commands), early = std::move(early), queue = queue_](
                    client::client_core& core, instant now, link::net_effects& out) mutable {
    for (const auto& at : early)
      if (auto command = queue->take_early_seek(at)) commands.push_back(*std::move(command));
    core.seek(std::move(commands), now, out);
  });
}

void ConsumerClient::pause(std::vector<topic_partition> partitions) {
  for (auto& queue = queue_for("pause"); const auto& at : partitions) queue.pause(at);
  engine_->post([partitions = std::move(partitions)](client::client_core& core, instant, link::net_effects&) {
    core.pause(partitions);
  });
}

void ConsumerClient::resume(std::vector<topic_partition> partitions) {
  for (auto& queue = queue_for("resume"); const auto& at : partitions) queue.resume(at);
  engine_->post(
      [partitions = std::move(partitions)](client::client_core& core, instant now, link::net_effects& out) {
        core.resume(partitions, now, out);
      });
}

std::optional<std::int64_t> ConsumerClient::lag(const topic_partition& at) const {
  return queue_for("read the lag")
      .lag(at, options_.isolation == Isolation::read_committed ? client::isolation::read_committed
                                                               : client::isolation::read_uncommitted);
}

void ConsumerClient::wakeup() {
  if (!engine_->forked()) queue_->wakeup();
}

int ConsumerClient::ready_fd() {
  engine_->refuse_after_fork("ready_fd");
  return wiring_->ready_fd();
}

Deferred<Records> ConsumerClient::defer_poll(Millis timeout) {
  return api::defer_poll(engine_, queue_, timeout);
}

namespace {

// Answers in the order asked; the first failure is the failure of all.
template <class T, class Convert>
Result<std::vector<TopicPartitionOffset>> all_or_error(result<client::per_item<topic_partition, T>> answer,
                                                       std::string_view what, Convert convert) {
  std::vector<TopicPartitionOffset> all;
  for (auto& [at, outcome] : *answer) {
    if (!outcome) return api::to_error(outcome.failure(), {.operation = what, .partition = &at});
    all.push_back(convert(at, *outcome));
  }
  return all;
}

}  // namespace

Deferred<std::vector<TopicPartitionOffset>> ConsumerClient::defer_committed(std::vector<topic_partition> of) {
  using answer = client::per_item<topic_partition, client::committed_offset>;
  return api::defer<std::vector<TopicPartitionOffset>, answer>(
      engine_, "read committed offsets",
      [of = std::move(of), timeout = timeout()](client::client_core& core, client::completion<answer> done,
                                                instant now, link::net_effects& out) mutable {
        core.committed(std::move(of), timeout, std::move(done), now, out);
      },
      [](result<answer> places) {
        return all_or_error(
            std::move(places), "read committed offsets of",
            [](const auto&, const client::committed_offset& place) { return api::to_public(place); });
      });
}

Deferred<std::vector<TopicPartitionOffset>> ConsumerClient::defer_offsets(std::vector<topic_partition> of,
                                                                          client::place at) {
  using answer = client::per_item<topic_partition, client::offset_at_time>;
  std::vector<std::pair<topic_partition, client::place>> asked;
  asked.reserve(of.size());
  for (auto& partition : of) asked.emplace_back(std::move(partition), at);
  return api::defer<std::vector<TopicPartitionOffset>, answer>(
      engine_, "list offsets",
      [asked = std::move(asked), timeout = timeout()](client::client_core& core,
                                                      client::completion<answer> done, instant now,
                                                      link::net_effects& out) mutable {
        core.list_offsets(std::move(asked), timeout, std::move(done), now, out);
      },
      [](result<answer> places) {
        return all_or_error(
            std::move(places), "list offsets of",
            [](const auto& partition, const client::offset_at_time& place) {
              return TopicPartitionOffset{
                  api::to_public(partition), Offset(place.offset.value), place.leader_epoch.value, {}};
            });
      });
}

// Commits, then leaves: the core keeps to the deadline whatever the brokers do.
Deferred<CloseReport> ConsumerClient::defer_close(Millis deadline, bool settled_only) {
  engine_->refuse_after_fork("close");
  if (!closed_) wiring_->give_up();
  closed_ = true;
  auto places = options_.group_id.empty() || queue_->bound() ? std::vector<client::committed_offset>()
                                                             : queue_->positions(settled_only);
  queue_->shut(error(error_code::closed));
  const auto until = deadline_after(deadline);
  auto close = api::defer<CloseReport, CloseReport>(
      engine_, "close",
      [places = std::move(places), until, engine = engine_](client::client_core& core,
                                                            client::completion<CloseReport> done, instant now,
                                                            link::net_effects& out) mutable {
        struct closing {
          CloseReport report;
          client::completion<CloseReport> done;
        };
        auto state = std::make_shared<closing>(closing{{}, std::move(done)});
        const auto commits = !places.empty();
        auto committed = [state](result<void> outcome) {
          if (outcome) return;
          state->report.committed = false;
          state->report.first_error = api::to_error(outcome.failure(), {.operation = "commit"});
        };
        auto left = [state](result<client::close_report> outcome) {
          auto& report = state->report;
          report.left_group = outcome && outcome->left_group;
          if (outcome && outcome->first_error && !report.first_error)
            report.first_error = api::to_error(*outcome->first_error, {.operation = "close"});
          std::move(state->done)(std::move(report));
        };
        if (!commits) return core.close(until, std::move(left), now, out);
        core.commit(
            std::move(places),
            std::max(until - now.steady, duration(0)),  // over, before this thread came to it
            [committed, left = std::move(left), engine, until](result<void> outcome) mutable {
              committed(std::move(outcome));
              engine->post([left = std::move(left), until](client::client_core& c, instant n,
                                                           link::net_effects& o) mutable {
                c.close(until, std::move(left), n, o);
              });
            },
            now, out, client::commit_origin::by_itself);
      },
      [](result<CloseReport> report) { return *std::move(report); });
  return Deferred<CloseReport>(std::make_unique<api::last_operation<CloseReport>>(engine_, std::move(close)));
}

void ConsumerClient::end() {
  if (!engine_->forked()) queue_->shut(error(error_code::closed));
  api::engine::shut_down(std::exchange(engine_, nullptr));
}

}  // namespace detail
}  // namespace v1
}  // namespace klamm
