#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "broker/log/partition_log.hpp"

namespace klamm::broker::log {

void partition_log::read(const read_spec& spec, read_handler done) {
  if (state_ == state::truncating) {
    when_open_.emplace_back([this, spec, done = std::move(done)]() mutable { read(spec, std::move(done)); });
    return;
  }
  if (state_ != state::open) return done(refusal("read"));
  if (spec.from < start_ || spec.from > end_)
    return done(
        error(error_code::offset_out_of_range, fmt::format("{}: offset {} is not in [{}, {}]", directory(),
                                                           spec.from.value, start_.value, end_.value)));
  if (spec.from >= std::min(spec.up_to, end_)) return done(read_result{{}, spec.from, generation_});
  if (tail_.holds(spec.from)) {
    auto found = tail_.read(spec);
    found.generation = generation_;
    return done(std::move(found));
  }
  reader_.read(spec, options_.index_interval_bytes,
               [generation = generation_, done = std::move(done)](result<read_result> found) mutable {
                 if (found) found->generation = generation;
                 done(std::move(found));
               });
}

void partition_log::find_timestamp(timestamp at, offset up_to, lookup_handler done) {
  if (state_ != state::open) return done(refusal("search"));
  reader_.find_timestamp(at, start_, up_to, options_.index_interval_bytes, std::move(done));
}

void partition_log::find_max_timestamp(offset up_to, lookup_handler done) {
  if (state_ != state::open) return done(refusal("search"));
  reader_.find_max_timestamp(start_, up_to, options_.index_interval_bytes, std::move(done));
}

}  // namespace klamm::broker::log
