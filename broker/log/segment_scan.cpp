#include "broker/log/segment_scan.hpp"

#include <algorithm>
#include <utility>

#include "broker/log/file_tasks.hpp"
#include "wire/endian.hpp"

namespace klamm::broker::log {
namespace {

constexpr std::size_t block_size = 1 << 20;

struct scan : std::enable_shared_from_this<scan> {
  scan(std::shared_ptr<disk_file> f, const scan_spec& s, scan_visitor v, scan_handler d)
      : file(std::move(f)), spec(s), visit(std::move(v)), done(std::move(d)), at(s.from) {}

  std::shared_ptr<disk_file> file;
  scan_spec spec;
  scan_visitor visit;
  scan_handler done;
  std::uint64_t at;
  std::size_t wanted = block_size;

  void finish(scan_stop stop) { done(scan_result{stop, at}); }

  void read_on() {
    if (at >= spec.to) return finish(scan_stop::end);
    const auto count =
        static_cast<std::size_t>(std::min<std::uint64_t>(std::max(wanted, block_size), spec.to - at));
    file->read(at, count, [self = shared_from_this(), count](disk_completion& read) {
      if (!read.ok()) return self->done(disk_error("read", self->file->path(), read));
      self->walk(std::move(read.bytes), count);
    });
  }

  void walk(buffer_slice bytes, std::size_t asked) {
    const bool shorter = bytes.size() < asked;  // the file ends before `to`
    wire::batch_reader batches(std::move(bytes));
    wire::batch_view batch;
    for (;;) {
      switch (batches.next(batch)) {
        case wire::batch_reader::step::batch: {
          const bool intact = !spec.check_crc || batch.crc_valid();
          if (!intact && !spec.pass_damaged) return finish(scan_stop::damaged);
          if (visit(batch, at, intact) == scan_step::stop) return finish(scan_stop::told);
          at += batch.bytes().size();
          break;
        }
        case wire::batch_reader::step::malformed: return finish(scan_stop::malformed);
        case wire::batch_reader::step::end: return shorter ? finish(scan_stop::cut) : read_on();
        case wire::batch_reader::step::partial: return read_rest(batches.rest(), shorter);
      }
    }
  }

  /// The block ends inside a batch: read on from its first byte, all of it, unless the file has not got it all.
  void read_rest(const buffer_slice& rest, bool shorter) {
    wanted = wire::log_overhead;
    if (rest.size() >= wire::log_overhead)
      wanted += static_cast<std::size_t>(std::max(0, wire::load<std::int32_t>(rest.data() + 8)));
    if (shorter || at + std::max(wanted, rest.size() + 1) > spec.to) return finish(scan_stop::cut);
    read_on();
  }
};

}  // namespace

void scan_batches(std::shared_ptr<disk_file> file, const scan_spec& spec, scan_visitor visit,
                  scan_handler done) {
  std::make_shared<scan>(std::move(file), spec, std::move(visit), std::move(done))->read_on();
}

}  // namespace klamm::broker::log
