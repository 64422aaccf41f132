#include "broker/log/segment_files.hpp"

#include <array>
#include <utility>

#include "broker/log/producer_state.hpp"
#include "broker/log/segment_scan.hpp"

namespace klamm::broker::log {
namespace {

constexpr std::uint32_t thin_stride = 64 << 10;
constexpr std::array all_kinds = {file_kind::log, file_kind::index, file_kind::timeindex, file_kind::txnindex,
                                  file_kind::snapshot};

}  // namespace

void segment_files::open_for_writing(segment& of, bool for_new, disk_handler opened) {
  of.writing = std::make_unique<disk_file>(disk_, path(of.base, file_kind::log), disk::open_mode::create,
                                           std::move(opened), for_new);
}

std::shared_ptr<disk_file> segment_files::reading(segment& of) {
  if (auto open = readers_.find(of.reading)) return open;
  return readers_.open(of.reading, disk_, path(of.base, file_kind::log));
}

void segment_files::write_index(const segment_ptr& of, done_handler done) {
  of->index->finish();
  gathering all([this, of, done = std::move(done)](result<void> written) mutable {
    if (!written) return done(std::move(written));
    disk_.submit(disk::sync_directory{directory_},
                 [this, of, done = std::move(done)](disk_completion& synced) mutable {
                   if (!synced.ok()) return done(disk_error("sync", directory_, synced));
                   of->index_on_disk = true;
                   done({});
                 });
  });
  replace_file(disk_, path(of->base, file_kind::index), buffer_slice::own(of->index->encode_positions()),
               all.add());
  replace_file(disk_, path(of->base, file_kind::timeindex), buffer_slice::own(of->index->encode_times()),
               all.add());
  if (!of->aborted.empty())
    replace_file(disk_, path(of->base, file_kind::txnindex), buffer_slice::own(write_aborted(of->aborted)),
                 all.add());
  of->index->thin(thin_stride);
}

void segment_files::load_index(const segment_ptr& of, bool rebuild, std::int32_t interval,
                               done_handler done) {
  if (rebuild) return rebuild_index(of, interval, std::move(done));
  if (of->index) return done({});
  read_file(disk_, path(of->base, file_kind::index), largest_side_file,
            [this, of, interval, done = std::move(done)](result<buffer_slice> positions) mutable {
              if (!positions) return rebuild_index(of, interval, std::move(done));
              decode_index(of, *positions, interval, std::move(done));
            });
}

void segment_files::decode_index(const segment_ptr& of, buffer_slice positions, std::int32_t interval,
                                 done_handler done) {
  auto use = [this, of, positions, interval, done = std::move(done)](result<buffer_slice> times) mutable {
    auto index = times ? segment_index::decode(of->base, of->next, of->size, positions.view(), times->view())
                       : std::nullopt;
    if (!index) return rebuild_index(of, interval, std::move(done));
    index->thin(thin_stride);
    of->index = std::move(index);
    of->index_on_disk = true;
    done({});
  };
  read_file(disk_, path(of->base, file_kind::timeindex), largest_side_file, std::move(use));
}

void segment_files::rebuild_index(const segment_ptr& of, std::int32_t interval, done_handler done) {
  auto fresh = std::make_shared<segment_index>(of->base);
  segment_lease lease(of);
  scan_batches(
      reading(*of), {.from = 0, .to = of->written, .check_crc = false, .pass_damaged = true},
      [fresh, interval, of](const wire::batch_view& batch, std::uint64_t position, bool) {
        const auto& header = batch.header();
        if (header.last_offset() < of->base || header.last_offset() >= of->next) return scan_step::stop;
        fresh->note_batch(header.last_offset(), static_cast<std::uint32_t>(position), batch.bytes().size(),
                          header.max_timestamp, interval);
        return scan_step::go_on;
      },
      [this, fresh, lease = std::move(lease), done = std::move(done)](result<scan_result> scanned) mutable {
        if (!scanned) return done(scanned.failure());
        // What cannot be walked is not indexed: reads that begin there find it damaged.
        lease->index = std::move(*fresh);
        write_index(lease.get(), std::move(done));
      });
}

void segment_files::write_snapshot(offset at, buffer_slice content, done_handler done) {
  replace_file(disk_, path(at, file_kind::snapshot), std::move(content), std::move(done));
}

void segment_files::remove(const segment_list& gone) {
  // Nothing of them has to reach the disk any more; those that nobody has synced yet may be many.
  for (const auto& one : gone) one->writing.reset();
  doomed_.insert(doomed_.end(), gone.begin(), gone.end());
  poll_removals();
}

void segment_files::poll_removals() {
  if (removing_front_ || doomed_.empty() || doomed_.front()->readers > 0) return;
  removing_front_ = true;
  remove_front();
}

void segment_files::remove_front() {
  const auto base = doomed_.front()->base;
  doomed_.front()->reading.close();
  // A removal that fails leaves a file behind which the next start takes for what it is: no reason to stop.
  gathering all([this](result<void>) {
    disk_.submit(disk::sync_directory{directory_}, [this](disk_completion&) {
      doomed_.pop_front();
      removing_front_ = false;
      poll_removals();
      if (removed_) removed_();
    });
  });
  for (const auto kind : all_kinds)
    disk_.submit(disk::remove{path(base, kind)}, all.add("remove", path(base, kind)));
}

}  // namespace klamm::broker::log
