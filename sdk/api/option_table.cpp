#include "api/option_table.hpp"

#include <algorithm>
#include <iterator>

#include "api/bootstrap.hpp"
#include "api/option_rows.hpp"
#include "api/security_rows.hpp"

namespace klamm::api {
namespace {

using rows::number;
using rows::one_of;
using rows::text;
using rows::yes_or_no;

constexpr std::int64_t KiB = 1 << 10, MiB = 1 << 20, GiB = 1 << 30;

constexpr named<Acks> acks_names[] = {
    {"all", Acks::all}, {"-1", Acks::all}, {"1", Acks::leader}, {"0", Acks::none}};
constexpr named<Codec> codec_names[] = {{"none", Codec::none},
                                        {"gzip", Codec::gzip},
                                        {"snappy", Codec::snappy},
                                        {"lz4", Codec::lz4},
                                        {"zstd", Codec::zstd}};
constexpr named<Isolation> isolation_names[] = {{"read_uncommitted", Isolation::read_uncommitted},
                                                {"read_committed", Isolation::read_committed}};
constexpr named<GroupProtocol> protocol_names[] = {{"automatic", GroupProtocol::automatic},
                                                   {"classic", GroupProtocol::classic},
                                                   {"consumer", GroupProtocol::consumer}};
constexpr named<Progress> progress_names[] = {{"by_loop", Progress::by_loop},
                                              {"by_acknowledge", Progress::by_acknowledge}};
constexpr named<Partitioner::Kind> partitioner_names[] = {
    {"java", Partitioner::Kind::java},
    {"consistent_random", Partitioner::Kind::consistent_random},
    {"round_robin", Partitioner::Kind::round_robin},
    {"murmur2_random", Partitioner::Kind::java},
    {"org.apache.kafka.clients.producer.RoundRobinPartitioner", Partitioner::Kind::round_robin},
};

// The least and greatest level of each codec (KIP-390); no codec but these has levels.
struct level_range {
  Codec codec;
  std::string_view property;
  int least, most;
};
constexpr level_range levels[] = {{Codec::gzip, "compression.gzip.level", 1, 9},
                                  {Codec::lz4, "compression.lz4.level", 1, 17},
                                  {Codec::zstd, "compression.zstd.level", -131072, 22}};

// Java's class names and ours.
constexpr named<std::string_view> assignor_names[] = {
    {"range", "range"},
    {"roundrobin", "roundrobin"},
    {"sticky", "sticky"},
    {"cooperative-sticky", "cooperative-sticky"},
    {"org.apache.kafka.clients.consumer.RangeAssignor", "range"},
    {"org.apache.kafka.clients.consumer.RoundRobinAssignor", "roundrobin"},
    {"org.apache.kafka.clients.consumer.StickyAssignor", "sticky"},
    {"org.apache.kafka.clients.consumer.CooperativeStickyAssignor", "cooperative-sticky"},
};

problem fine(const option_set&) { return std::nullopt; }

option_key bootstrap_servers() {
  auto row = text(&ClientOptions::bootstrap_servers,
                  {"bootstrap_servers", "bootstrap.servers", "metadata.broker.list"},
                  "host:port, several divided by commas");
  row.check = [](const option_set& set) -> problem {
    const auto parsed = parse_bootstrap(set.client.bootstrap_servers);
    return parsed ? std::nullopt : problem(parsed.failure().message);
  };
  return row;
}

option_key partitioner() {
  return {.kinds = producers,
          .field = "partitioner",
          .name = "partitioner.class",
          .aliases = "partitioner",
          .type = "one of",
          .range = "java, consistent_random, round_robin",
          .read = [](option_set& set, std::string_view value) -> problem {
            for (const auto& [name, kind] : partitioner_names)
              if (name == value) {
                set.producer.partitioner = kind == Partitioner::Kind::java ? Partitioner::java
                                           : kind == Partitioner::Kind::round_robin
                                               ? Partitioner::round_robin
                                               : Partitioner::consistent_random;
                return std::nullopt;
              }
            return "it has to be one of java, consistent_random, round_robin; give any other as a function "
                   "in the options";
          },
          .show = [](const option_set& set) -> std::string {
            for (const auto& [name, kind] : partitioner_names)
              if (kind == set.producer.partitioner.kind()) return std::string(name);
            return "a function";
          },
          .check = fine};
}

option_key level(const level_range& of) {
  const auto range = fmt::format("{} to {}", of.least, of.most);
  return {.kinds = producers,
          .field = "compression.level",
          .name = of.property,
          .aliases = "",
          .type = "number",
          .range = range,
          .read = [=](option_set& set, std::string_view value) -> problem {
            const auto parsed = parse_number(value);
            if (!parsed || *parsed < of.least || *parsed > of.most)
              return "out of range: it has to be " + range;
            if (set.producer.compression.codec == of.codec)
              set.producer.compression.level = static_cast<int>(*parsed);
            return std::nullopt;
          },
          .show =
              [](const option_set& set) {
                const auto& chosen = set.producer.compression.level;
                return chosen ? std::to_string(*chosen) : std::string();
              },
          .check = [=](const option_set& set) -> problem {
            const auto& [codec, chosen] = set.producer.compression;
            if (codec != of.codec || !chosen || (*chosen >= of.least && *chosen <= of.most))
              return std::nullopt;
            return "out of range: it has to be " + range;
          }};
}

option_key auto_commit_interval() {
  return {.kinds = consumers,
          .field = "auto_commit",
          .name = "auto.commit.interval.ms",
          .aliases = "",
          .type = "milliseconds",
          .range = "at least 1",
          .read = [](option_set& set, std::string_view value) -> problem {
            const auto parsed = parse_number(value);
            if (!parsed || *parsed < 1) return "out of range: it has to be at least 1";
            set.consumer.auto_commit = Millis(*parsed);
            return std::nullopt;
          },
          .show =
              [](const option_set& set) {
                const auto& every = set.consumer.auto_commit;
                return every ? std::to_string(every->count()) : std::string();
              },
          .check = [](const option_set& set) -> problem {
            const auto& every = set.consumer.auto_commit;
            if (!every || every->count() >= 1) return std::nullopt;
            return "out of range: it has to be at least 1; unset, nothing is committed by itself";
          }};
}

// After auto.commit.interval.ms, so that `false` wins.
option_key enable_auto_commit() {
  return {.kinds = consumers,
          .field = "auto_commit",
          .name = "enable.auto.commit",
          .aliases = "",
          .type = "true or false",
          .range = "true, false",
          .read = [](option_set& set, std::string_view value) -> problem {
            const auto parsed = parse_bool(value);
            if (!parsed) return "neither true nor false";
            if (!*parsed) set.consumer.auto_commit.reset();
            return std::nullopt;
          },
          .show = [](const option_set& set) -> std::string {
            return set.consumer.auto_commit ? "true" : "false";
          },
          .check = fine};
}

option_key assignors() {
  constexpr auto known = "range, roundrobin, sticky, cooperative-sticky";
  return {
      .kinds = consumers,
      .field = "assignors",
      .name = "partition.assignment.strategy",
      .aliases = "",
      .type = "list",
      .range = known,
      .read = [](option_set& set, std::string_view value) -> problem {
        auto& chosen = set.consumer.assignors;
        chosen = split_list(value);
        for (auto& name : chosen)
          for (const auto& [alias, ours] : assignor_names)
            if (name == alias) name = ours;
        return std::nullopt;
      },
      .show = [](const option_set& set) { return fmt::format("{}", fmt::join(set.consumer.assignors, ",")); },
      .check = [=](const option_set& set) -> problem {
        if (set.consumer.assignors.empty()) return fmt::format("there has to be one: {}", known);
        for (const auto& name : set.consumer.assignors)
          if (std::ranges::find(assignor_names, name, &named<std::string_view>::value) ==
              std::end(assignor_names))
            return fmt::format("there is no assignor \"{}\", but {}", name, known);
        return std::nullopt;
      }};
}

option_key offset_reset() {
  constexpr auto known = "earliest, latest, none, by_duration:P1DT2H30M";
  return {.kinds = consumers,
          .field = "auto_offset_reset",
          .name = "auto.offset.reset",
          .aliases = "",
          .type = "one of",
          .range = known,
          .read = [=](option_set& set, std::string_view value) -> problem {
            const auto parsed = parse_reset(value);
            if (!parsed) return fmt::format("it has to be one of {}", known);
            set.consumer.auto_offset_reset = *parsed;
            return std::nullopt;
          },
          .show = [](const option_set& set) { return show_reset(set.consumer.auto_offset_reset); },
          .check = [](const option_set& set) -> problem {
            if (set.consumer.auto_offset_reset.back.count() >= 0) return std::nullopt;
            return "out of range: `back` has to be at least 0";
          }};
}

// librdkafka counts this one in KiB.
option_key prefetch() {
  auto row = number(&ConsumerOptions::prefetch, {"prefetch", "queued.max.messages.kbytes"}, {64 * KiB});
  row.type = "KiB";
  row.range = "1 to 2097151";
  row.show = [](const option_set& set) { return std::to_string(set.consumer.prefetch.value >> 10); };
  row.check = [](const option_set& set) -> problem {
    if (set.consumer.prefetch.value >= 64 * KiB) return std::nullopt;
    return "out of range: it has to be at least 64 KiB";
  };
  row.read = [](option_set& set, std::string_view value) -> problem {
    const auto parsed = parse_number(value);
    if (!parsed || *parsed < 1 || *parsed > 2'097'151) return "out of range: it has to be 1 to 2097151";
    set.consumer.prefetch =
        ByteSize(std::max<std::uint64_t>(static_cast<std::uint64_t>(*parsed) << 10, 64 << 10));
    return std::nullopt;
  };
  return row;
}

std::vector<option_key> make_keys() {
  const auto codec = [](ProducerOptions& options) -> Codec& { return options.compression.codec; };
  const auto field = [](auto member) { return [member](auto& options) -> auto& { return options.*member; }; };
  std::vector<option_key> keys{
      bootstrap_servers(),
      text(&ClientOptions::client_id, {"client_id", "client.id"}),
      number(&ClientOptions::request_timeout, {"request_timeout", "request.timeout.ms", "socket.timeout.ms"},
             {1}),
      number(&ClientOptions::api_timeout, {"api_timeout", "default.api.timeout.ms"}, {1}),
      number(&ClientOptions::close_timeout, {"close_timeout", ""}, {0}),
      number(&ClientOptions::metrics_interval, {"metrics_interval", "statistics.interval.ms"}, {0}),
      yes_or_no(&ClientOptions::enable_metrics_push, {"enable_metrics_push", "enable.metrics.push"}),
      number(&ProducerOptions::linger, {"linger", "linger.ms", "queue.buffering.max.ms"}, {0}),
      number(&ProducerOptions::batch_size, {"batch_size", "batch.size"}, {KiB, GiB}),
      one_of<ProducerOptions>(codec, codec_names,
                              {"compression.codec", "compression.type", "compression.codec"}),
      level(levels[0]),
      level(levels[1]),
      level(levels[2]),
      one_of<ProducerOptions>(field(&ProducerOptions::acks), acks_names,
                              {"acks", "acks", "request.required.acks"}),
      yes_or_no(&ProducerOptions::idempotence, {"idempotence", "enable.idempotence"}),
      text(&ProducerOptions::transactional_id, {"transactional_id", "transactional.id"}),
      number(&ProducerOptions::transaction_timeout, {"transaction_timeout", "transaction.timeout.ms"},
             {1, std::numeric_limits<std::int32_t>::max()}),
      number(&ProducerOptions::delivery_timeout,
             {"delivery_timeout", "delivery.timeout.ms", "message.timeout.ms"}, {1}),
      number(&ProducerOptions::max_block, {"max_block", "max.block.ms"}, {0}),
      number(&ProducerOptions::buffer_memory, {"buffer_memory", "buffer.memory"}, {KiB}),
      number(&ProducerOptions::max_request_size,
             {"max_request_size", "max.request.size", "message.max.bytes"}, {KiB, GiB}),
      number(&ProducerOptions::max_in_flight,
             {"max_in_flight", "max.in.flight.requests.per.connection", "max.in.flight"}, {1, 1000}),
      partitioner(),
      yes_or_no(&ProducerOptions::adaptive_partitioning,
                {"adaptive_partitioning", "partitioner.adaptive.partitioning.enable"}),
      text(&ConsumerOptions::group_id, {"group_id", "group.id"}),
      text(&ConsumerOptions::group_instance_id, {"group_instance_id", "group.instance.id"}),
      one_of<ConsumerOptions>(field(&ConsumerOptions::group_protocol), protocol_names,
                              {"group_protocol", "group.protocol"}),
      assignors(),
      text(&ConsumerOptions::rack, {"rack", "client.rack"}),
      offset_reset(),
      one_of<ConsumerOptions>(field(&ConsumerOptions::isolation), isolation_names,
                              {"isolation", "isolation.level"}),
      auto_commit_interval(),
      enable_auto_commit(),
      one_of<ConsumerOptions>(field(&ConsumerOptions::progress), progress_names, {"progress", ""}),
      number(&ConsumerOptions::max_unacknowledged, {"max_unacknowledged", ""}, {1}),
      number(&ConsumerOptions::max_poll_records, {"max_poll_records", "max.poll.records"}, {0}),
      number(&ConsumerOptions::max_poll_partitions, {"max_poll_partitions", ""}, {0}),
      number(&ConsumerOptions::max_poll_interval, {"max_poll_interval", "max.poll.interval.ms"}, {1}),
      number(&ConsumerOptions::session_timeout, {"session_timeout", "session.timeout.ms"}, {1}),
      number(&ConsumerOptions::fetch_max_wait, {"fetch_max_wait", "fetch.max.wait.ms", "fetch.wait.max.ms"},
             {0}),
      prefetch(),
      number(&ConsumerOptions::fetch_min, {"fetch_min", "fetch.min.bytes"}, {1, GiB}),
      number(&ConsumerOptions::max_decompressed, {"max_decompressed", ""}, {MiB}),
  };
  std::ranges::move(security_keys(), std::back_inserter(keys));
  return keys;
}

}  // namespace

const std::vector<option_key>& option_keys() {
  static const auto keys = make_keys();
  return keys;
}

}  // namespace klamm::api
