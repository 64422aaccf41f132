#include "broker/log/log_writer.hpp"

#include <algorithm>
#include <utility>

namespace klamm::broker::log {
namespace {

/// A follower forgets what its leader does, perhaps before its own disk has taken it; such a segment has no file any more.
/// Gives the end of what is written or will never be.
offset pass_over_removed(std::deque<segment_ptr>& waiting, offset written) {
  for (; !waiting.empty() && !waiting.front()->writing; waiting.pop_front()) written = waiting.front()->next;
  return written;
}

}  // namespace

void log_writer::start(offset end) {
  written_end_ = flushed_end_ = goal_ = end;
  unsynced_.clear();
}

void log_writer::appended(const segment_ptr& to) {
  if (failed_) return;
  if (unwritten_.empty() || unwritten_.back() != to) unwritten_.push_back(to);
  if (unsynced_.empty() || unsynced_.back() != to) unsynced_.push_back(to);
  write_next();
}

void log_writer::write_next() {
  if (writing_ || failed_) return;
  written_end_ = pass_over_removed(unwritten_, written_end_);
  if (unwritten_.empty()) return;
  writing_ = true;
  const auto to = unwritten_.front();
  unwritten_.pop_front();
  auto bytes = std::exchange(to->unwritten, {});
  const auto count = bytes.size();
  to->writing->write(to->written, std::move(bytes), [this, to, count, end = to->next](disk_completion& done) {
    if (!done.ok()) return fail(disk_error("write", to->writing ? to->writing->path() : directory_, done));
    wrote(to, count, end);
  });
}

void log_writer::wrote(const segment_ptr& to, std::size_t count, offset end) {
  writing_ = false;
  to->written += count;
  written_end_ = end;
  write_next();
  flush_next();
  owner_.on_written();
}

void log_writer::flush_to(offset goal) {
  goal_ = std::max(goal_, goal);
  flush_next();
}

void log_writer::when_flushed(offset goal, done_handler done) {
  if (failed_) return done(error(error_code::kafka_storage_error, directory_ + " is offline"));
  if (goal <= flushed_end_) return done({});
  waiters_.push_back({goal, std::move(done)});
  flush_to(goal);
}

void log_writer::flush_next() {
  if (flushing_ || failed_ || flushed_end_ >= std::min(goal_, written_end_)) return;
  flushing_ = true;
  // Segments that were removed have no file to sync any more.
  std::erase_if(unsynced_, [](const segment_ptr& s) { return !s->writing; });
  // Of the newest segment to be synced everything that is written counts, of those before it their whole.
  offset end = written_end_;
  std::vector<std::uint64_t> sizes;  // of the first segments of unsynced_, as this flush covers them
  for (const auto& dirty : unsynced_) {
    if (dirty->base >= goal_)
      end = std::min(end, dirty->base);
    else
      sizes.push_back(dirty->written);
  }
  const auto count = sizes.size();
  gathering all(
      [this, end, sizes = std::move(sizes)](result<void> how) { flushed(end, sizes, std::move(how)); });
  for (std::size_t i = 0; i < count; ++i)
    unsynced_[i]->writing->sync(all.add("sync", unsynced_[i]->writing->path()));
  if (std::exchange(directory_changed_, false))
    disk_.submit(disk::sync_directory{directory_}, all.add("sync", directory_));
}

void log_writer::flushed(offset end, const std::vector<std::uint64_t>& sizes, result<void> all) {
  if (!all && !fires(faults_, "log.ignore_failed_sync")) return fail(all.failure());
  for (std::size_t i = 0; i < sizes.size(); ++i) unsynced_[i]->flushed = sizes[i];
  flushing_ = false;
  flushed_end_ = end;
  // Every segment but the newest is closed; it needs its file for writing no longer than this.
  while (unsynced_.size() > 1 && unsynced_.front()->next <= end &&
         unsynced_.front()->written == unsynced_.front()->size) {
    unsynced_.front()->writing.reset();
    unsynced_.pop_front();
  }
  while (!waiters_.empty() && waiters_.front().goal <= end) {
    auto done = std::move(waiters_.front().done);
    waiters_.pop_front();
    done({});
  }
  flush_next();
  owner_.on_flushed();
}

std::uint64_t log_writer::unflushed_bytes() const {
  std::uint64_t total = 0;
  for (const auto& dirty : unsynced_) total += dirty->size - dirty->flushed;
  return total;
}

void log_writer::fail(const error& why) {
  if (std::exchange(failed_, true)) return;
  for (auto& waiter : std::exchange(waiters_, {})) waiter.done(why);
  owner_.on_failed(why);
}

}  // namespace klamm::broker::log
