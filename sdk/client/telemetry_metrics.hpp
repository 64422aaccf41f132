// The standard metrics of KIP-714 of which this client has figures, out of its measurements.
//
//   org.apache.kafka.producer. and .consumer.      type      from
//   --------------------------------------------   -------   ----------------------------------------------------------------
//   connection.creation.total, .rate               counter   attempts to connect; a second, since the last push
//   node.request.latency.avg, .max                 gauge     ms from request to answer by node_id, without fetches and joins
//   producer: produce.throttle.time.avg, .max      gauge     ms of silence that answers asked for
//   consumer: coordinator.assigned.partitions      gauge     partitions, in a group
//             fetch.manager.fetch.latency.avg, .max gauge    ms from a fetch to its answer
//
// Averages and maxima are of the last half to whole minute (sample_window.hpp), and left out where it had no sample.
#pragma once

#include <string>
#include <vector>

#include "client/measurements.hpp"
#include "client/options.hpp"
#include "client/otlp.hpp"

namespace klamm::client {

/// What counters had come to, and when.
struct counted_so_far {
  instant at;
  std::uint64_t connects = 0;
};

/// Those whose names begin with one of `prefixes` ("*" or "": all). With `delta`, counters tell what came since `last`.
std::vector<otlp::metric> standard_metrics(const measurements& of, const counted_so_far& last, bool delta,
                                           const std::vector<std::string>& prefixes);

/// What the client says of itself with its metrics; the rest the broker knows. `member_id`: empty outside of a group.
otlp::attributes telemetry_labels(const core_options& of, const std::string& member_id);

}  // namespace klamm::client
