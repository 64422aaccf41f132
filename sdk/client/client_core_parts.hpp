// The machines of one client, and what runs them: shared by the files of client_core only.
#pragma once

#include <optional>

#include "client/absent_partitions.hpp"
#include "client/administration.hpp"
#include "client/broker_pool.hpp"
#include "client/client_core.hpp"
#include "client/consumer_core.hpp"
#include "client/metadata.hpp"
#include "client/offset_lookup.hpp"
#include "client/requester.hpp"
#include "client/sender.hpp"
#include "client/telemetry.hpp"
#include "client/transaction.hpp"

namespace klamm::client {

/// A close() that is not done yet.
struct closing {
  time_point deadline;
  completion<close_report> done;
  close_report report;
  bool left = false;
};

struct client_core::parts {
  parts(core_options options, core_neighbours neighbours, rng seed);

  void settle(instant now, link::net_effects& out);
  bool pump_machines(instant now, link::net_effects& out);
  void set_deadline(time_point now);
  void go_on_closing(instant now, link::net_effects& out);
  client::measurements measure(instant now) const;
  void begin(instant now);
  void tell_measurements(instant now);
  telemetry::source telemetry_source();
  /// The last push has left and is not waited for any more, if there is one.
  bool pushed_last(instant now, link::net_effects& out);

  template <class T>
  static result<T> no_consumer() {
    return error(error_code::invalid_options, "this client was not made with consumer options");
  }

  core_options options;
  completion_queue completions;
  broker_pool pool;
  metadata known;
  requester requests;
  client::group_offsets offsets;
  leader_requests leaders;
  offset_lookup lookup;
  administration admin;
  std::optional<client::transaction> transactions;
  std::optional<sender> producer;
  std::optional<consumer_core> consumer;
  std::optional<telemetry> pushes;
  absent_partitions absent;
  std::optional<closing> close;
  bool closed = false;
  time_point next = never;
  measurement_sink* told = nullptr;
  time_point began = never;
  time_point next_measurement = never;
};

}  // namespace klamm::client
