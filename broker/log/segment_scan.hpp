// Walks the batches of a file from a position on, reading it in blocks: recovery, index rebuilding and truncation.
#pragma once

#include <cstdint>
#include <memory>

#include "broker/log/disk_port.hpp"
#include "broker/log/log_types.hpp"
#include "wire/batch_reader.hpp"

namespace klamm::broker::log {

/// Why a scan ended before the end.
enum class scan_stop {
  end,        // it did not
  told,       // the visitor had enough
  cut,        // fewer bytes than the batch's length says
  malformed,  // a length that no batch has, a magic that does not exist
  damaged,    // a CRC that does not match
};

struct scan_result {
  scan_stop stop = scan_stop::end;
  std::uint64_t position = 0;  // of the first byte that was not walked
};

struct scan_spec {
  std::uint64_t from = 0;
  std::uint64_t to = 0;  // the file's size as it counts
  bool check_crc = true;
  /// Batches with a bad CRC are shown to the visitor instead of ending the scan.
  bool pass_damaged = false;
};

enum class scan_step { go_on, stop };
using scan_visitor = unique_function<scan_step(const wire::batch_view&, std::uint64_t position, bool intact)>;
using scan_handler = unique_function<void(result<scan_result>)>;

void scan_batches(std::shared_ptr<disk_file> file, const scan_spec& spec, scan_visitor visit,
                  scan_handler done);

}  // namespace klamm::broker::log
