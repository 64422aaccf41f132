#include "broker/log/data_directory.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "broker/log/checkpoint_files.hpp"
#include "broker/log/claim_directory.hpp"
#include "broker/log/file_names.hpp"
#include "broker/log/file_tasks.hpp"

namespace klamm::broker::log {
namespace {

constexpr std::string_view start_checkpoint = "log-start-offset-checkpoint";
constexpr std::string_view watermark_checkpoint = "replication-offset-checkpoint";
constexpr std::string_view cleaner_checkpoint = "cleaner-offset-checkpoint";
constexpr std::string_view clean_marker = ".kafka_cleanshutdown";
constexpr std::size_t largest_checkpoint = 64 << 20;

}  // namespace

data_directory::data_directory(log_environment& environment, data_directory_options options,
                               data_directory_listener& listener)
    : environment_(environment), options_(std::move(options)), listener_(listener), disk_(environment.disk) {}

data_directory::~data_directory() = default;

std::string data_directory::path(std::string_view name) const { return join_path(options_.path, name); }

// --- opening: list, properties, checkpoints, marker, logs

void data_directory::open(entropy_source& entropy, instant now, done_handler done) {
  state_ = state::opening;
  now_ = now;
  opened_ = std::move(done);
  disk_.submit(disk::make_directory{options_.path}, [this, &entropy](disk_completion& made) {
    if (!made.ok()) return fail_open(disk_error("make", options_.path, made));
    disk_.submit(disk::list_directory{options_.path}, [this, &entropy](disk_completion& listed) {
      if (!listed.ok()) return fail_open(disk_error("list", options_.path, listed));
      sort_entries(listed.entries);
      claim(entropy);
    });
  });
}

void data_directory::fail_open(const error& why) {
  if (state_ != state::opening) return;
  state_ = state::offline;
  auto done = std::move(opened_);
  done(why);
}

void data_directory::sort_entries(const std::vector<directory_entry>& entries) {
  for (const auto& entry : entries) {
    if (!entry.is_directory) continue;
    found_.insert(entry.name);
    // What could not be removed before the stop is removed now.
    if (is_delete_directory(entry.name))
      disk_.submit(disk::remove{path(entry.name)});
    else if (auto partition = parse_log_directory(entry.name);
             partition && partition->topic != metadata_topic)
      to_load_.push_back(std::move(*partition));
  }
}

void data_directory::claim(entropy_source& entropy) {
  claim_directory(disk_, options_.path, {options_.cluster_id, options_.node}, entropy,
                  [this](const result<uuid>& claimed) {
                    if (!claimed) return fail_open(claimed.failure());
                    id_ = *claimed;
                    read_checkpoints();
                  });
}

void data_directory::replace_durably(std::string_view name, const std::string& text, done_handler done) {
  replace_file(disk_, path(name), buffer_slice::copy(as_bytes_view(text)),
               [this, done = std::move(done)](result<void> replaced) mutable {
                 if (!replaced) return done(std::move(replaced));
                 gathering all(std::move(done));
                 disk_.submit(disk::sync_directory{options_.path}, all.add("sync", options_.path));
               });
}

void data_directory::read_checkpoints() {
  gathering all([this](result<void> read) {
    if (!read) return fail_open(read.failure());
    remove_marker();
  });
  const auto read = [&](std::string_view name, offset_checkpoint& to) {
    read_file(disk_, path(name), largest_checkpoint,
              [this, name, &to, one = all.add()](result<buffer_slice> content) mutable {
                auto offsets = content ? read_offset_checkpoint(as_text(content->view()))
                                       : result<offset_checkpoint>(content.failure());
                if (offsets) {
                  to = std::move(*offsets);
                } else if (content.code() != error_code::resource_not_found) {
                  // Without it recovery scans more; what it held is found again.
                  distrusted_ = true;
                  say(log_level::warning, fmt::format("{}: {}", name, offsets.failure().message));
                }
                one({});
              });
  };
  read(recovery_checkpoint_name, recovery_points_);
  read(start_checkpoint, starts_);
  read(watermark_checkpoint, watermarks_);
  read(cleaner_checkpoint, compacted_);
}

/// The marker goes before anything else is written: a crash from here on is a crash (KAFKA-10471).
void data_directory::remove_marker() {
  read_file(disk_, path(clean_marker), largest_checkpoint, [this](result<buffer_slice> content) {
    clean_ = content.has_value() && !distrusted_;
    if (content) last_broker_epoch_ = read_clean_marker(as_text(content->view()));
    gathering all([this](result<void> removed) {
      if (!removed) return fail_open(removed.failure());
      disk_.submit(disk::sync_directory{options_.path}, [this](disk_completion& synced) {
        if (!synced.ok()) return fail_open(disk_error("sync", options_.path, synced));
        tell_missing();
        load_next();
      });
    });
    disk_.submit(disk::remove{path(clean_marker)}, all.add("remove", path(clean_marker)));
  });
}

load_hints data_directory::hints_for(const topic_partition& partition) const {
  const auto known = [&](const offset_checkpoint& in) {
    const auto found = in.find(partition);
    return found == in.end() ? offset(0) : found->second;
  };
  load_hints hints{clean_, known(recovery_points_), known(starts_), known(watermarks_)};
  hints.compacted = compacted_.contains(partition);
  return hints;
}

/// What is being deleted or was set aside has another name, which begins with the old one and a dot.
void data_directory::tell_missing() {
  for (const auto& [partition, synced] : recovery_points_) {
    const auto name = log_directory_name(partition);
    const auto start = hints_for(partition).start;
    const auto renamed = found_.lower_bound(name + ".");
    const bool is_renamed = renamed != found_.end() && renamed->starts_with(name + ".");
    if (synced <= start || found_.contains(name) || is_renamed) continue;
    say(log_level::error, fmt::format("{} is missing, although its offsets {} to {} were synced ({})",
                                      path(name), start.value, (synced - 1).value, recovery_checkpoint_name));
  }
}

void data_directory::load_next() {
  while (loading_ < options_.loading_at_once && !to_load_.empty() && state_ == state::opening) {
    auto partition = std::move(to_load_.back());
    to_load_.pop_back();
    const auto hints = hints_for(partition);
    auto& log = *(logs_[partition] = std::make_unique<partition_log>(
                      environment_, log_identity{partition, {}, options_.path},
                      listener_.options_of(partition), as_listener()));
    ++loading_;
    log.load(hints, now_, [this](result<void> loaded) {
      --loading_;
      if (!loaded && state_ == state::opening) return fail_open(loaded.failure());
      load_next();
    });
  }
  if (loading_ > 0 || !to_load_.empty() || state_ != state::opening) return;
  // What a checkpoint says of more than there is would be believed of what is appended in its place.
  const auto overstated = [&](const auto& log) {
    return hints_for(log.first).recovery_point > log.second->recovery_point();
  };
  if (std::none_of(logs_.begin(), logs_.end(), overstated)) return finish_opening();
  write_checkpoints(
      [this](const result<void>& written) { written ? finish_opening() : fail_open(written.failure()); });
}

void data_directory::finish_opening() {
  if (state_ != state::opening) return;
  state_ = state::open;
  next_checkpoint_ = after(now_.steady, options_.checkpoint_interval);
  next_retention_ = after(now_.steady, options_.retention_interval);
  auto done = std::move(opened_);
  done({});
}

// --- open

void data_directory::create(const log_identity& identity, const log_options& options, offset start,
                            instant now, done_handler done) {
  if (state_ != state::open) return done(refusal());
  auto& slot = logs_[identity.partition];
  if (slot)
    return done(error(error_code::topic_already_exists, log_directory_name(identity.partition) + " exists"));
  slot = std::make_unique<partition_log>(environment_,
                                         log_identity{identity.partition, identity.topic_id, options_.path},
                                         options, as_listener());
  ++creating_;
  auto finish = [this, done = std::move(done)](result<void> made) mutable {
    --creating_;
    done(std::move(made));
    if (creating_ == 0 && close_when_created_) std::exchange(close_when_created_, nullptr)();
  };
  // The checkpoints may still tell of one of this name that has gone: none of it is to be believed of this one.
  const bool succeeds =
      checkpointing_ || recovery_points_.contains(identity.partition) || starts_.contains(identity.partition);
  slot->create(start, now, [this, succeeds, finish = std::move(finish)](result<void> made) mutable {
    if (!made || !succeeds) return finish(std::move(made));
    write_checkpoints([this, finish = std::move(finish)](result<void> written) mutable {
      if (!written) go_offline(written.failure());
      finish(std::move(written));
    });
  });
}

void data_directory::remove(const topic_partition& partition, const uuid& unique, done_handler done) {
  const auto going = give_up(partition);
  if (!going) return done(error(error_code::unknown_topic_or_partition, log_directory_name(partition)));
  // It lives until its last reader has gone.
  going->remove(unique,
                [going, done = std::move(done)](result<void> removed) mutable { done(std::move(removed)); });
}

void data_directory::set_aside(const topic_partition& partition, const uuid& unique, done_handler done) {
  const auto going = give_up(partition);
  if (!going) return done(error(error_code::unknown_topic_or_partition, log_directory_name(partition)));
  say(log_level::warning,
      fmt::format("the metadata do not know {}: it is renamed to {}, and may be removed by hand",
                  log_directory_name(partition), stray_directory_name(partition, unique)));
  going->set_aside(unique, [this, going, done = std::move(done)](result<void> renamed) mutable {
    if (!renamed) say(log_level::error, renamed.failure().message);
    done(std::move(renamed));
  });
}

std::shared_ptr<partition_log> data_directory::give_up(const topic_partition& partition) {
  auto found = logs_.extract(partition);
  // It is not to be missed after a crash.
  if (found && state_ == state::open) checkpoint_or_go_offline();
  return found ? std::shared_ptr<partition_log>(std::move(found.mapped())) : nullptr;
}

partition_log* data_directory::find(const topic_partition& partition) {
  const auto found = logs_.find(partition);
  const bool usable = found != logs_.end() && found->second->current_state() != partition_log::state::loading;
  return usable ? found->second.get() : nullptr;
}

std::vector<partition_log*> data_directory::logs() {
  std::vector<partition_log*> out;
  out.reserve(logs_.size());
  for (const auto& [partition, log] : logs_) out.push_back(log.get());
  return out;
}

void data_directory::tick(instant now) {
  now_ = now;
  if (state_ != state::open) return;
  if (now.steady >= next_checkpoint_) {
    const bool early =
        std::ranges::any_of(logs_, [](const auto& log) { return log.second->closes_segment(); });
    next_checkpoint_ =
        after(now.steady, early ? options_.closed_segment_interval : options_.checkpoint_interval);
    checkpoint_or_go_offline();
  }
  if (now.steady < next_retention_) return;
  next_retention_ = after(now.steady, options_.retention_interval);
  for (const auto& [partition, log] : logs_) {
    log->apply_retention(now);
    log->expire_producers(now);
  }
}

time_point data_directory::deadline() const {
  return state_ == state::open ? std::min(next_checkpoint_, next_retention_) : never;
}

void data_directory::checkpoint_or_go_offline() {
  write_checkpoints([this](result<void> written) {
    if (!written) go_offline(written.failure());
  });
}

/// One round of checkpoints is under way at a time: a later one must not be overtaken by an earlier.
void data_directory::write_checkpoints(done_handler done) {
  checkpoint_waiters_.push_back(std::move(done));
  if (checkpointing_) return;
  checkpointing_ = true;
  auto waiters = std::exchange(checkpoint_waiters_, {});
  offset_checkpoint recovery, starts, watermarks;
  for (const auto& [partition, log] : logs_) {
    if (log->current_state() == partition_log::state::loading) continue;
    recovery[partition] = log->recovery_point();
    starts[partition] = log->lasting_start();
    watermarks[partition] = log->high_watermark();
  }
  gathering all([this, waiters = std::move(waiters)](result<void> written) mutable {
    checkpointing_ = false;
    if (written) tell_starts();
    for (auto& waiter : waiters) waiter(written);
    if (checkpoint_waiters_.empty()) return;
    auto next = std::move(checkpoint_waiters_.back());
    checkpoint_waiters_.pop_back();
    write_checkpoints(std::move(next));
  });
  recovery_points_ = recovery;
  starts_ = starts;
  replace_durably(recovery_checkpoint_name, write_offset_checkpoint(recovery), all.add());
  replace_durably(start_checkpoint, write_offset_checkpoint(starts), all.add());
  replace_durably(watermark_checkpoint, write_offset_checkpoint(watermarks), all.add());
}

void data_directory::tell_starts() {
  for (const auto& [partition, start] : starts_)
    if (auto* const log = find(partition)) log->start_is_durable(start);
}

void data_directory::on_durable(partition_log& log) { listener_.on_durable(log); }

void data_directory::on_start_moved(partition_log&) {
  if (state_ == state::open) checkpoint_or_go_offline();
}

void data_directory::on_rolled(partition_log&, instant now) {
  next_checkpoint_ = std::min(next_checkpoint_, after(now.steady, options_.closed_segment_interval));
}

void data_directory::before_truncation(partition_log&, done_handler ready) {
  write_checkpoints(std::move(ready));
}

void data_directory::on_offline(partition_log& log, const error& why) {
  listener_.on_offline(log, why);
  go_offline(why);
}

void data_directory::go_offline(const error& why) {
  if (std::exchange(state_, state::offline) == state::offline) return;
  say(log_level::error, why.message);
  for (const auto& [partition, log] : logs_) log->go_offline(why);
  listener_.on_directory_offline(why);
}

// --- closing: logs, checkpoints, marker

void data_directory::close(std::int64_t broker_epoch, done_handler done) {
  if (state_ == state::opening) {
    // As a kill would leave it: what recovery has not finished, the next start does.
    state_ = state::closed;
    return done({});
  }
  if (state_ != state::open) return done(refusal());
  state_ = state::closing;
  auto close = [this, broker_epoch, done = std::move(done)]() mutable {
    close_logs(broker_epoch, std::move(done));
  };
  if (creating_ > 0)
    close_when_created_ = std::move(close);
  else
    close();
}

void data_directory::close_logs(std::int64_t broker_epoch, done_handler done) {
  gathering all([this, broker_epoch, done = std::move(done)](result<void> closed) mutable {
    if (!closed) return done(std::move(closed));
    write_checkpoints([this, broker_epoch, done = std::move(done)](result<void> written) mutable {
      if (!written) return done(std::move(written));
      state_ = state::closed;
      replace_durably(clean_marker, write_clean_marker(broker_epoch), std::move(done));
    });
  });
  for (const auto& [partition, log] : logs_) log->close(all.add());
}

error data_directory::refusal() const {
  return error(error_code::kafka_storage_error, options_.path + " is not open");
}

void data_directory::say(log_level level, const std::string& what) const {
  if (environment_.sink.wants(level)) environment_.sink.write(level, "data directory " + options_.path, what);
}

}  // namespace klamm::broker::log
