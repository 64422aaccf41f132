#include "broker/log/segment_gaps.hpp"

#include <optional>
#include <utility>

#include "broker/log/segment_index.hpp"
#include "broker/log/segment_scan.hpp"

namespace klamm::broker::log {
namespace {

constexpr auto entry_size = segment_index::position_entry_size;
constexpr std::uint64_t largest_tail = 4 << 20;  // behind the last entry; more is not read for this

struct search : std::enable_shared_from_this<search> {
  search(disk_client& d, segment_files& f, segment_list c, gaps_handler h)
      : disk(d), files(f), closed(std::move(c)), done(std::move(h)) {}

  disk_client& disk;
  segment_files& files;
  segment_list closed;
  gaps_handler done;
  std::size_t at = 0;
  std::unique_ptr<disk_file> index;
  std::vector<segment_gap> found;

  void look() {
    if (at == closed.size()) return done(found);
    const auto& here = *closed[at];
    if (here.size == 0) return ends_at(here.base);
    index = std::make_unique<disk_file>(
        disk, files.path(here.base, file_kind::index), disk::open_mode::read,
        [self = shared_from_this()](disk_completion& opened) { self->read_entry(opened); });
  }

  void read_entry(const disk_completion& opened) {
    if (!opened.ok() || opened.size % entry_size != 0) return ends_at(std::nullopt);
    if (opened.size == 0) return scan(0);
    index->read(opened.size - entry_size, entry_size, [self = shared_from_this()](disk_completion& read) {
      if (!read.ok() || read.bytes.size() != entry_size) return self->ends_at(std::nullopt);
      self->scan(segment_index::read_position(read.bytes.view()).position);
    });
  }

  void scan(std::uint64_t from) {
    const auto here = closed[at];
    if (from >= here->size || here->size - from > largest_tail) return ends_at(std::nullopt);
    auto end = std::make_shared<std::optional<offset>>();
    scan_batches(
        files.reading(*here), {.from = from, .to = here->size, .pass_damaged = true},
        [here, end](const wire::batch_view& batch, std::uint64_t, bool intact) {
          // A damaged one may say anything of where it ends.
          *end = intact ? std::optional(batch.next_offset()) : std::nullopt;
          return scan_step::go_on;
        },
        [self = shared_from_this(), here, end](const result<scan_result>& how) {
          here->reading.close();
          const bool to_its_end = how && (how->stop == scan_stop::end || how->stop == scan_stop::cut);
          self->ends_at(to_its_end ? *end : std::nullopt);
        });
  }

  void ends_at(std::optional<offset> end) {
    const auto& here = *closed[at++];
    index.reset();
    if (end && *end < here.next) found.push_back({here.base, *end, here.next});
    look();
  }
};

}  // namespace

void find_gaps(disk_client& disk, segment_files& files, segment_list closed, gaps_handler done) {
  std::make_shared<search>(disk, files, std::move(closed), std::move(done))->look();
}

}  // namespace klamm::broker::log
