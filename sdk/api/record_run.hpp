// A place in what a poll handed out: all of it, one partition, or one batch. Runs over the same records share them; the leases
// go back when the last of the runs is gone.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include <klamm/records.hpp>

#include "handoff/fetch_queue.hpp"

namespace klamm {
inline namespace v1 {
namespace detail {

/// What one poll handed out.
class Take {
 public:
  Take(std::shared_ptr<handoff::fetch_queue> queue, handoff::fetch_queue::leases leases);
  ~Take();
  Take(const Take&) = delete;
  Take& operator=(const Take&) = delete;

  struct Part {
    std::shared_ptr<handoff::lease> lease;
    TopicPartition at;
    RecordFields fields;  // of the record that the lease shows
    const RecordFields* show();
  };
  std::vector<Part>& parts() { return parts_; }

 private:
  std::shared_ptr<handoff::fetch_queue> queue_;
  std::vector<Part> parts_;
};

struct Run {
  enum class Scope { all, partition, batch };

  std::shared_ptr<Take> take;
  Scope scope = Scope::all;
  std::size_t part = 0;
  Offset batch_end{};  // of Scope::batch: its last offset; the batch is kept for encoded() and base_offset()
  wire::batch_view batch{};

  Take::Part& now() const { return take->parts()[part]; }
};

/// Of all: to the next partition that has something to show, or beyond the last.
void pass_over_empty(Run& run) noexcept;

RunPtr make_run(std::shared_ptr<handoff::fetch_queue> queue, handoff::fetch_queue::leases leases);

}  // namespace detail
}  // namespace v1
}  // namespace klamm
