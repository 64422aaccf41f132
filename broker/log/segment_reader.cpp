#include "broker/log/segment_reader.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "wire/batch_reader.hpp"
#include "wire/endian.hpp"

namespace klamm::broker::log {
namespace {

constexpr std::size_t smallest_block = 64 << 10;
constexpr std::size_t largest_block = 8 << 20;

}  // namespace

// One read. Its steps: index -> block -> walk, and from walk back to index (rebuilt), to block (the batch is larger), or to
// the next segment (nothing at or behind `from` is left in this one).
struct segment_reader::batch_read : std::enable_shared_from_this<batch_read> {
  batch_read(segment_reader& r, const read_spec& s, std::int32_t i, read_handler d, segment_ptr first)
      : reader(r), spec(s), interval(i), done(std::move(d)), lease(std::move(first)) {}

  segment_reader& reader;
  read_spec spec;
  std::int32_t interval;
  read_handler done;
  segment_lease lease;
  bool rebuilt = false;

  void finish(result<read_result> with) {
    // The lease goes first: whoever hears of the end may remove or truncate.
    auto tell = std::move(done);
    {
      const segment_lease gone = std::move(lease);
    }
    tell(std::move(with));
    reader.ended();
  }

  void find_index(bool rebuild) {
    reader.files_.load_index(
        lease.get(), rebuild, interval, [self = shared_from_this()](result<void> loaded) {
          if (!loaded) return self->finish(loaded.failure());
          const auto found = self->lease->index->find(self->spec.from);
          const auto wanted =
              std::clamp(self->spec.max_bytes + smallest_block, smallest_block, largest_block);
          self->read_block(found.position, wanted, found.last);
        });
  }

  /// `expected`: the last offset that the first batch must have, by the index; -1: none is known.
  void read_block(std::uint64_t position, std::size_t wanted, offset expected) {
    const auto end = lease->written;
    if (position >= end) return next_segment();
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(wanted, end - position));
    reader.files_.reading(*lease)->read(
        position, count, [self = shared_from_this(), position, expected](disk_completion& read) {
          if (!read.ok()) return self->finish(disk_error("read", self->path(), read));
          self->walk(std::move(read.bytes), position, expected);
        });
  }

  void walk(buffer_slice block, std::uint64_t position, offset expected) {
    const auto begin = block;
    wire::batch_reader batches(std::move(block));
    wire::batch_view batch;
    std::size_t from = 0, to = 0;  // what is given, in the block
    read_result out{.batches = {}, .next = spec.from, .generation = 0};
    for (auto step = batches.next(batch);; step = batches.next(batch)) {
      const auto at = begin.size() - batches.rest().size() -
                      (step == wire::batch_reader::step::batch ? batch.bytes().size() : 0);
      const bool nothing = from == to;
      if (step == wire::batch_reader::step::end || (step == wire::batch_reader::step::partial && !nothing))
        break;
      if (step == wire::batch_reader::step::partial) return read_rest(batches.rest(), position + at);
      const bool strayed =
          expected.value >= 0 && step == wire::batch_reader::step::batch && batch.last_offset() != expected;
      if (step == wire::batch_reader::step::malformed || strayed) {
        if (!nothing) break;
        return damaged(position + at);
      }
      expected = offset();
      if (batch.last_offset() < spec.from) continue;
      if (batch.last_offset() >= spec.up_to) return give(begin, from, to, std::move(out));
      const bool fits = to - from + batch.bytes().size() <= spec.max_bytes;
      if (!fits && !(nothing && spec.at_least_one)) return give(begin, from, to, std::move(out));
      if (!batch.crc_valid() && !fires(reader.environment_.faults, "log.serve_damaged")) {
        if (!nothing) break;
        return damaged(position + at);
      }
      if (nothing) from = at;
      to = at + batch.bytes().size();
      out.next = batch.next_offset();
    }
    if (from == to) return read_block(position + begin.size(), largest_block, offset());
    give(begin, from, to, std::move(out));
  }

  /// What is given keeps a block alive only where it is the most of it: clients may be slow to read theirs.
  void give(const buffer_slice& block, std::size_t from, std::size_t to, read_result out) {
    auto given = block.part(from, to - from);
    out.batches.append(given.size() < block.size() / 2 ? buffer_slice::copy(given.view()) : std::move(given));
    finish(std::move(out));
  }

  /// The first batch that is wanted is larger than the block.
  void read_rest(const buffer_slice& rest, std::uint64_t position) {
    const bool tells_size = rest.size() >= wire::log_overhead;
    const auto whole = tells_size ? wire::log_overhead + static_cast<std::size_t>(std::max(
                                                             0, wire::load<std::int32_t>(rest.data() + 8)))
                                  : smallest_block;
    const auto least = std::max(tells_size ? whole : 0, rest.size() + 1);
    if (position + least > lease->written) return damaged(position);
    const auto wanted = std::max(whole, least);
    read_block(position, wanted, offset());
  }

  void damaged(std::uint64_t position) {
    if (!std::exchange(rebuilt, true)) return find_index(true);
    finish(reader.damage(*lease, position));
  }

  void next_segment() {
    const auto& all = reader.segments_;
    const auto here = std::find(all.begin(), all.end(), lease.get());
    if (here == all.end() || here + 1 == all.end())
      return finish(read_result{.batches = {}, .next = spec.from, .generation = 0});
    lease = segment_lease(*(here + 1));
    rebuilt = false;
    find_index(false);
  }

  std::string path() const { return reader.files_.path(lease->base, file_kind::log); }
};

// One look-up by timestamp. Its steps: for each segment in order, if its largest timestamp is late enough: scan for the
// first batch that is, and in it for the record.
struct segment_reader::time_search : std::enable_shared_from_this<time_search> {
  time_search(segment_reader& r, timestamp t, offset f, offset u, lookup_handler d)
      : reader(r), at(t), from(f), up_to(u), done(std::move(d)) {}

  segment_reader& reader;
  timestamp at;
  offset from;
  offset up_to;
  lookup_handler done;
  std::optional<timestamp_offset> found;
  std::optional<error> failed;

  void finish() {
    auto tell = std::move(done);
    if (failed)
      tell(*failed);
    else
      tell(found);
    reader.ended();
  }

  /// Precondition: the segments' indexes are there.
  void search_behind(offset base) {
    const auto& all = reader.segments_;
    const auto next = std::find_if(all.begin(), all.end(), [&](const segment_ptr& s) {
      return s->base >= base && s->next > from && s->index && s->index->largest_timestamp() >= at;
    });
    if (next == all.end() || (*next)->base >= up_to) return finish();
    scan(*next);
  }

  void scan(const segment_ptr& in) {
    const auto start = std::max(in->index->scan_start(at), from);
    const auto position = in->index->find(start).position;
    auto self = shared_from_this();
    scan_batches(
        reader.files_.reading(*in), {.from = position, .to = in->written},
        [self](const wire::batch_view& batch, std::uint64_t, bool) { return self->look_into(batch); },
        [self, lease = segment_lease(in)](result<scan_result> scanned) {
          if (!scanned)
            self->failed = scanned.failure();
          else if (scanned->stop != scan_stop::told && scanned->stop != scan_stop::end)
            self->failed = self->reader.damage(*lease, scanned->position);
          const bool over = self->failed || self->found || (scanned && scanned->stop == scan_stop::told);
          const auto behind = lease->base + 1;
          if (over)
            self->finish();
          else
            self->search_behind(behind);
        });
  }

  scan_step look_into(const wire::batch_view& batch) {
    if (batch.base_offset() >= up_to) return scan_step::stop;
    if (batch.header().max_timestamp < at || batch.last_offset() < from) return scan_step::go_on;
    auto records = wire::record_reader::open(batch, reader.environment_.compression, largest_batch);
    if (!records) {
      failed = records.failure();
      return scan_step::stop;
    }
    wire::record_view record;
    while (records->next(record) == wire::record_reader::step::record) {
      if (record.timestamp < at || record.offset < from) continue;
      if (record.offset < up_to)
        found = timestamp_offset{record.timestamp, record.offset, batch.header().partition_leader_epoch};
      return scan_step::stop;
    }
    return scan_step::go_on;
  }

  static constexpr std::size_t largest_batch = std::size_t{1} << 30;
};

error segment_reader::damage(segment& of, std::uint64_t position) {
  error why(error_code::corrupt_message,
            fmt::format(
                "{} is damaged at byte {}, before offset {}: restore the file from a replica or a backup, or "
                "delete the records before it (DeleteRecords, kafka-delete-records.sh)",
                files_.path(of.base, file_kind::log), position, of.next.value));
  if (!std::exchange(of.damage_told, true) && damaged_) damaged_(why);
  return why;
}

void segment_reader::read(const read_spec& spec, std::int32_t interval, read_handler done) {
  ++outstanding_;
  std::make_shared<batch_read>(*this, spec, interval, std::move(done), *segment_of(segments_, spec.from))
      ->find_index(false);
}

void segment_reader::find_timestamp(timestamp at, offset from, offset up_to, std::int32_t interval,
                                    lookup_handler done) {
  ++outstanding_;
  auto search = std::make_shared<time_search>(*this, at, from, up_to, std::move(done));
  load_indexes(interval, [search](result<void> loaded) {
    if (loaded) return search->search_behind(offset(0));
    search->failed = loaded.failure();
    search->finish();
  });
}

void segment_reader::find_max_timestamp(offset from, offset up_to, std::int32_t interval,
                                        lookup_handler done) {
  ++outstanding_;
  load_indexes(interval, [this, from, up_to, interval, done = std::move(done)](result<void> loaded) mutable {
    timestamp largest;
    for (const auto& one : segments_)
      if (one->index) largest = std::max(largest, one->index->largest_timestamp());
    if (!loaded)
      done(loaded.failure());
    else if (largest.value < 0)
      done(std::optional<timestamp_offset>());
    else
      find_timestamp(largest, from, up_to, interval, std::move(done));
    ended();
  });
}

void segment_reader::load_indexes(std::int32_t interval, done_handler done) {
  // Looked for anew each time: segments come and go meanwhile.
  const auto missing =
      std::find_if(segments_.begin(), segments_.end(), [](const auto& s) { return !s->index; });
  if (missing == segments_.end()) return done({});
  auto next = [this, interval, done = std::move(done)](result<void> loaded) mutable {
    if (!loaded) return done(std::move(loaded));
    load_indexes(interval, std::move(done));
  };
  files_.load_index(*missing, false, interval, std::move(next));
}

void segment_reader::ended() {
  --outstanding_;
  if (ended_) ended_();
}

}  // namespace klamm::broker::log
