// A log on a simulated disk: says what happens in the protocol's words, steps the disk until it is quiet.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "../../../sim/disk.hpp"
#include "broker/log/file_names.hpp"
#include "broker/log/partition_log.hpp"
#include "disk_steps.hpp"
#include "tests/unit/kept_lines.hpp"
#include "wire/batch_builder.hpp"
#include "wire/batch_reader.hpp"
#include "wire/control_record.hpp"
#include "wire/endian.hpp"
#include "wire/record_reader.hpp"

namespace klamm::broker::log::test {

inline void require(bool holds) {
  if (!holds) throw std::logic_error("the log did not do what the test builds on");
}

/// What a batch is made of; the defaults are a client without idempotence.
struct batch_spec {
  int records = 1;
  std::size_t value_size = 10;
  timestamp at{1000};
  producer_id producer{};
  producer_epoch epoch{};
  sequence first_sequence{};
  bool transactional = false;
  offset base{0};
  leader_epoch leader{-1};
  char fill = 'v';
  wire::codec codec = wire::codec::none;
};

inline std::vector<std::byte> make_batch(const batch_spec& spec) {
  wire::batch_builder builder;
  const std::string value(spec.value_size, spec.fill);
  for (int i = 0; i < spec.records; ++i)
    builder.append({.timestamp = spec.at + i, .key = {}, .value = as_bytes_view(value), .headers = {}});
  wire::compressor contexts;
  return wire::stamped(builder.seal({spec.codec, std::nullopt}, contexts),
                       {.base_offset = spec.base,
                        .partition_leader_epoch = spec.leader,
                        .producer_id = spec.producer,
                        .producer_epoch = spec.epoch,
                        .base_sequence = spec.first_sequence,
                        .transactional = spec.transactional,
                        .control = false})
      .flatten();
}

inline std::vector<std::byte> make_marker(producer_id producer, producer_epoch epoch, bool committed,
                                          std::int32_t coordinator_epoch = 0) {
  const auto batch = wire::make_transaction_marker({committed, coordinator_epoch}, timestamp(1000));
  return wire::stamped(batch, {.base_offset = offset(0),
                               .partition_leader_epoch = {},
                               .producer_id = producer,
                               .producer_epoch = epoch,
                               .base_sequence = {},
                               .transactional = true,
                               .control = true})
      .flatten();
}

/// The base offsets of the batches in a read.
inline std::vector<std::int64_t> bases(const read_result& found) {
  std::vector<std::int64_t> out;
  wire::batch_reader batches(buffer_slice::own(found.batches.flatten()));
  wire::batch_view batch;
  while (batches.next(batch) == wire::batch_reader::step::batch) {
    require(batch.crc_valid());
    out.push_back(batch.base_offset().value);
  }
  return out;
}

/// The disk, and what all logs on it share. A crash leaves the disk and takes the rest.
struct log_node : log_listener {
  explicit log_node(std::uint64_t seed = 1, sim::disk_options how = {}) : disk(seed, how), random(seed) {
    disk.mount("/data");
    restart();
  }

  void restart() {
    log.reset();
    port = std::make_unique<disk_port>();
    tail = std::make_unique<tail_memory>(tail_budget);
    environment = std::make_unique<log_environment>(
        log_environment{*port, *tail, contexts, said, random, nullptr, open_readers(most_readers)});
    offline = 0;
  }
  void make_log() { log = std::make_unique<partition_log>(*environment, identity, options, *this); }
  void create() {
    make_log();
    expect([&](done_handler done) { log->create(offset(0), now, std::move(done)); });
  }
  result<void> load(load_hints hints = {}) {
    make_log();
    return wait([&](done_handler done) { log->load(hints, now, std::move(done)); });
  }
  void crash(sim::crash how) {
    port->take(effects);
    disk.submit(std::move(effects));
    effects.clear();
    disk.crash(how);
    restart();
  }
  /// Closes the log and opens it again, as a broker that was stopped does.
  void reopen_cleanly() {
    const auto hints = hints_now(true);
    expect([&](done_handler done) { log->close(std::move(done)); });
    restart();
    require(load({true, hints.recovery_point, hints.start, hints.high_watermark}).has_value());
  }
  load_hints hints_now(bool clean) const {
    return {clean, clean ? log->end() : log->recovery_point(), log->start(), log->high_watermark()};
  }

  /// One step of the disk; false when nothing was to be done.
  bool step() { return test::step(*port, disk); }
  void settle() {
    for (int i = 0; i < 100000 && step(); ++i) {
    }
    require(disk.idle());
  }
  template <class Call>
  result<void> wait(Call call) {
    auto answer = std::make_shared<std::optional<result<void>>>();
    call(done_handler([answer](result<void> how) { *answer = std::move(how); }));
    settle();
    require(answer->has_value());
    return **answer;
  }
  template <class Call>
  void expect(Call call) {
    const auto how = wait(std::move(call));
    if (!how) throw std::logic_error(how.failure().message);
  }

  result<append_info> append(const batch_spec& spec, leader_epoch epoch = leader_epoch(0)) {
    return log->append_as_leader(make_batch(spec), epoch, append_origin::client, now);
  }
  /// So many batches of so many records.
  void fill(int batches, int records = 1, std::size_t value_size = 10, leader_epoch epoch = leader_epoch(0)) {
    for (int i = 0; i < batches; ++i)
      require(append({.records = records, .value_size = value_size, .at = timestamp(1000 + log->end().value)},
                     epoch)
                  .has_value());
    settle();
  }
  result<read_result> read(offset from, std::size_t max_bytes = 1 << 20, bool at_least_one = true) {
    auto answer = std::make_shared<std::optional<result<read_result>>>();
    log->read({from, log->end(), max_bytes, at_least_one},
              [answer](result<read_result> found) { *answer = std::move(found); });
    settle();
    require(answer->has_value());
    return **answer;
  }
  result<std::optional<timestamp_offset>> find(timestamp at) {
    auto answer = std::make_shared<std::optional<result<std::optional<timestamp_offset>>>>();
    log->find_timestamp(at, log->end(), [answer](auto found) { *answer = std::move(found); });
    settle();
    require(answer->has_value());
    return **answer;
  }
  /// Reads to the end, and gives the base offsets of what came.
  std::vector<std::int64_t> offsets_from(offset from) {
    std::vector<std::int64_t> out;
    for (int i = 0; i < 100000 && from < log->end(); ++i) {
      const auto found = read(from);
      require(found.has_value());
      const auto some = bases(*found);
      out.insert(out.end(), some.begin(), some.end());
      if (found->next <= from) break;
      from = found->next;
    }
    return out;
  }
  std::string path(offset base, file_kind kind) const {
    return join_path("/data/orders-0", segment_file(base, kind));
  }

  void on_durable(partition_log& of) override { durable = of.durable_end(); }
  void on_start_moved(partition_log& of) override {
    if (keeps_starts) of.start_is_durable(of.start());
  }
  void before_truncation(partition_log&, done_handler ready) override { ready({}); }
  void on_offline(partition_log&, const error& why) override {
    ++offline;
    offline_why = why.message;
  }

  bool keeps_starts = true;  // as a data directory does, in no time
  sim::disk disk;
  rng random;
  wire::compressor contexts;
  klamm::test::kept_lines said;
  std::size_t tail_budget = 16 << 20;
  std::size_t most_readers = open_readers::usual;
  std::unique_ptr<disk_port> port;
  std::unique_ptr<tail_memory> tail;
  std::unique_ptr<log_environment> environment;
  log_identity identity{{"orders", partition_id(0)}, *parse_uuid("2TsmqqM9ScCZBABU_Vw36A"), "/data"};
  log_options options;
  std::unique_ptr<partition_log> log;
  disk_effects effects;
  instant now{{}, timestamp(5000)};
  offset durable;
  int offline = 0;
  std::string offline_why;
};

}  // namespace klamm::broker::log::test
