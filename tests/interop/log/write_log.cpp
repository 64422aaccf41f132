// write_log DIR: leaves a data directory with one log, orders-0, for Kafka's own tools to read: several segments, every
// codec, an idempotent producer, a committed, an aborted and an open transaction, closed cleanly.
#include <cstdio>
#include <memory>
#include <string>

#include "broker/log/data_directory.hpp"
#include "broker/server/posix_disk.hpp"
#include "wire/batch_builder.hpp"
#include "wire/control_record.hpp"

namespace klamm::broker::log {
namespace {

struct fixed_entropy final : entropy_source {
  void fill(mutable_bytes to) override {
    for (auto& byte : to) byte = static_cast<std::byte>(random.next());
  }
  rng random{1};
};

struct writer final : data_directory_listener {
  explicit writer(std::string path)
      : directory(environment, {path, "4L6g3nShT-eMCtK--X86sw", node_id(1)}, *this) {}

  log_options options_of(const topic_partition&) override { return options; }
  void on_durable(partition_log&) override {}
  void on_offline(partition_log&, const error& why) override {
    std::fprintf(stderr, "%s\n", why.message.c_str());
  }
  void on_directory_offline(const error&) override { failed = true; }

  template <class Call>
  void run(const char* what, Call call) {
    bool done = false;
    call([&](result<void> how) {
      done = true;
      if (how) return;
      failed = true;
      std::fprintf(stderr, "%s: %s\n", what, how.failure().message.c_str());
    });
    settle();
    failed = failed || !done;
  }

  void settle() {
    while (port.has_effects() || !completions.empty()) {
      disk_effects effects;
      port.take(effects);
      disk.submit(std::move(effects));
      for (auto& one : std::exchange(completions, {})) port.complete(std::move(one));
    }
  }

  void append(partition_log& log, wire::codec codec, int records, const wire::batch_stamp& stamp) {
    wire::batch_builder builder;
    const std::string value(100, 'x');
    for (int i = 0; i < records; ++i)
      builder.append({now.wall + i, as_bytes_view("key"), as_bytes_view(value), {}});
    append_bytes(log, wire::stamped(builder.seal({codec, {}}, contexts), stamp), append_origin::client);
    now.wall += records;
  }
  void end_transaction(partition_log& log, bool committed) {
    const auto marker = wire::make_transaction_marker({committed, 3}, now.wall);
    wire::batch_stamp stamp;
    stamp.producer_id = producer_id(20);
    stamp.producer_epoch = producer_epoch(1);
    stamp.transactional = stamp.control = true;
    append_bytes(log, wire::stamped(marker, stamp), append_origin::coordinator);
  }
  void append_bytes(partition_log& log, const byte_chain& batch, append_origin origin) {
    const auto bytes = batch.flatten();
    if (const auto done = log.append_as_leader(bytes, leader_epoch(2), origin, now); !done) {
      failed = true;
      std::fprintf(stderr, "append: %s\n", done.failure().message.c_str());
    }
    settle();
  }

  log_options options{.fsync = fsync_mode::ack, .segment_bytes = 64 << 10};
  disk_port port;
  tail_memory tail{1 << 20};
  wire::compressor contexts;
  rng random{1};
  log_environment environment{port, tail, contexts, silent_log(), random, nullptr};
  std::vector<disk_completion> completions;
  server::posix_disk disk{{}, [this](std::vector<disk_completion>&& done) {
                            for (auto& one : done) completions.push_back(std::move(one));
                          }};
  fixed_entropy entropy;
  data_directory directory;
  instant now{{}, timestamp(1'700'000'000'000)};
  bool failed = false;
};

void fill(writer& to, partition_log& log) {
  wire::batch_stamp idempotent, transactional;
  idempotent.producer_id = producer_id(10);
  idempotent.producer_epoch = producer_epoch(0);
  transactional.producer_id = producer_id(20);
  transactional.producer_epoch = producer_epoch(1);
  transactional.transactional = true;
  std::int32_t next = 0, next_in_transaction = 0;
  for (int i = 0; i < 300; ++i) {
    to.append(log, static_cast<wire::codec>(i % 5), 1 + i % 20, {});
    idempotent.base_sequence = sequence(next);
    to.append(log, wire::codec::none, 3, idempotent);
    next += 3;
    if (i % 50 == 10) {
      transactional.base_sequence = sequence(next_in_transaction);
      to.append(log, wire::codec::none, 4, transactional);
      next_in_transaction += 4;
    }
    if (i % 50 == 20 && i < 250) to.end_transaction(log, i % 100 == 20);
  }
}

int run(const std::string& path) {
  writer to(path);
  const topic_partition orders{"orders", partition_id(0)};
  to.run("open", [&](done_handler done) { to.directory.open(to.entropy, to.now, std::move(done)); });
  to.run("create", [&](done_handler done) {
    to.directory.create({orders, random_uuid(to.entropy), path}, to.options, offset(0), to.now,
                        std::move(done));
  });
  auto* log = to.directory.find(orders);
  if (to.failed || log == nullptr) return 1;
  fill(to, *log);
  std::printf("wrote %lld records in %zu segments\n", static_cast<long long>(log->end().value),
              log->segment_count());
  to.run("close", [&](done_handler done) { to.directory.close(7, std::move(done)); });
  return to.failed ? 1 : 0;
}

}  // namespace
}  // namespace klamm::broker::log

int main(int count, char** arguments) {
  if (count != 2) return std::fprintf(stderr, "usage: write_log DIR\n"), 2;
  return klamm::broker::log::run(arguments[1]);
}
