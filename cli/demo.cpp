// kcli demo: real data through a broker that is killed in the middle, into a group that loses a member; every record counted.
#include <array>
#include <atomic>
#include <filesystem>
#include <future>
#include <iostream>
#include <memory>
#include <optional>
#include <thread>
#include <unistd.h>

#include <fmt/format.h>

#include <klamm/admin.hpp>
#include <klamm/consumer.hpp>
#include <klamm/producer.hpp>

#include "cli/commands.hpp"
#include "cli/demo/broker_process.hpp"
#include "cli/demo/latencies.hpp"
#include "cli/demo/ledger.hpp"
#include "cli/demo/records.hpp"
#include "cli/exit_code.hpp"

namespace klamm::cli {
namespace {

using namespace demo;
using std::chrono::steady_clock;

constexpr const char* topic = "demo";
constexpr const char* number_header = "number";
constexpr int partitions = 6;
/// One record in so many has its latency measured.
constexpr std::size_t sample_every = 100;

struct demo_arguments {
  std::size_t synthetic_records = 1'000'000;
  double deadline_seconds = 300;
  std::string broker;
};

double seconds_since(steady_clock::time_point begin) {
  return std::chrono::duration<double>(steady_clock::now() - begin).count();
}

std::size_t number_of(const RecordView& record) {
  const auto text = record.headers().last(number_header).text();
  return text.empty() ? std::size_t(-1) : std::stoull(std::string(text));
}

/// A member of the group on a thread of its own, which enters what it reads into the ledger.
class member {
 public:
  member(const ClientOptions& client, ledger& into, std::string name) : name_(std::move(name)) {
    thread_ = std::jthread([this, client, &into](std::stop_token stop) { run(client, into, stop); });
  }

  /// Whether it got partitions, which it waits for.
  bool joined(Millis at_most) { return joined_.get_future().wait_for(at_most) == std::future_status::ready; }

  /// Leaves the group as a well-behaved member does.
  void leave() {
    thread_.request_stop();
    thread_.join();
  }
  std::size_t records() const { return records_; }

 private:
  void run(const ClientOptions& client, ledger& into, const std::stop_token& stop) {
    // A short session has short heartbeats, by which the other member hears of the one that left.
    Consumer consumer(client,
                      {.group_id = "demo", .auto_offset_reset = earliest, .session_timeout = Millis(6'000)});
    consumer.subscribe({topic});
    for (bool joined = false; !stop.stop_requested();) {
      auto records = consumer.poll(Millis(200), stop, as_result);
      if (!joined && !consumer.assignment().empty()) {
        joined = true;
        joined_.set_value();
      }
      if (!records) {
        std::cerr << "demo: " << name_ << ": " << records.error() << '\n';
        continue;
      }
      for (const auto& record : *records) {
        into.read(number_of(record), content_hash(record.key().text(), record.value().text()),
                  record.partition(), record.offset());
        ++records_;
      }
    }
    const auto report = consumer.close(Millis(5'000));
    if (report.first_error) std::cerr << "demo: " << name_ << ": " << *report.first_error << '\n';
  }

  std::string name_;
  std::atomic<std::size_t> records_ = 0;
  std::promise<void> joined_;
  std::jthread thread_;
};

class demonstration {
 public:
  demonstration(const session& in, const demo_arguments& wanted)
      : in_(in),
        wanted_(wanted),
        directory_(std::filesystem::temp_directory_path() / fmt::format("klamm-demo-{}", ::getpid())),
        packages_(package_data::of_this_machine()),
        total_(packages_.stanzas().size() + wanted.synthetic_records),
        ledger_(total_),
        broker_(wanted.broker, (std::filesystem::create_directories(directory_), directory_)) {}
  ~demonstration() {
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }

  int run() {
    std::cout << fmt::format("broker ready in {} ms at ", broker_.start().count()) << broker_.address()
              << '\n';
    client_ = in_.client();
    client_.bootstrap_servers = broker_.address();
    Admin(client_).create_topic({.name = topic, .partitions = partitions, .replication = 1});
    std::cout << fmt::format(
        "{} package stanzas ({:.1f} MB) and {} synthetic records, lz4, idempotent, {} partitions\n",
        packages_.stanzas().size(), static_cast<double>(packages_.bytes()) / 1e6, wanted_.synthetic_records,
        partitions);
    if (!form_group()) return item_failed;
    const auto begin = steady_clock::now();
    const auto report = produce();
    if (!member_stopped_) stop_first_member();
    const auto produced = seconds_since(begin);
    const auto deadline = begin + std::chrono::duration_cast<steady_clock::duration>(
                                      std::chrono::duration<double>(wanted_.deadline_seconds));
    ledger_.wait_until_complete(deadline, in_.stop());
    const auto consumed = seconds_since(begin);
    second_->leave();
    return conclude(report, produced, consumed);
  }

 private:
  /// Both members have to hold partitions before there is anything to read: one that comes late would leave without a record.
  bool form_group() {
    first_.emplace(client_, ledger_, "member 1");
    second_.emplace(client_, ledger_, "member 2");
    constexpr Millis at_most(30'000);
    if (first_->joined(at_most) && second_->joined(at_most)) return true;
    std::cerr << fmt::format("demo: the members got no partitions in {} s\n", at_most.count() / 1000);
    return false;
  }

  FlushReport produce() {
    Producer producer(client_, {.linger = Millis(5), .compression = {Codec::lz4, {}}});
    for (std::size_t number = 0; number < total_ && !in_.stop().stop_requested(); ++number) {
      if (number == total_ / 3) kill_broker();
      if (!member_stopped_ && number >= total_ / 2 && first_->records() >= total_ / 20) stop_first_member();
      const auto& stanzas = packages_.stanzas();
      if (number < stanzas.size()) {
        send(producer, number, stanzas[number].package, stanzas[number].text);
      } else {
        const synthetic record(number);
        send(producer, number, record.key, record.value);
      }
    }
    return producer.close(Millis(60'000));
  }

  void send(Producer& producer, std::size_t number, std::string_view key, std::string_view value) {
    ledger_.sent(number, content_hash(key, value));
    bytes_ += key.size() + value.size();
    const auto text = std::to_string(number);
    const std::array headers{HeaderRef{number_header, text}};
    const RecordRef record{.topic = topic, .key = key, .value = value, .headers = headers};
    if (number % sample_every != 0) {
      static_cast<void>(producer.send(record));
      return;
    }
    producer.send(record, [this, sent = steady_clock::now()](const Result<RecordMetadata>& outcome) {
      if (outcome) latencies_.add(steady_clock::now() - sent);
    });
  }

  void stop_first_member() {
    std::cout << fmt::format("member 1 leaves the group after {} records\n", first_->records());
    first_->leave();
    member_stopped_ = true;
  }

  void kill_broker() {
    broker_.kill();
    std::cout << "broker killed with -9\n";
    std::cout << fmt::format("broker back in {} ms\n", broker_.start().count());
  }

  int conclude(const FlushReport& report, double produced, double consumed) {
    if (report.first_error)
      std::cout << fmt::format("{} record(s) failed, first: {}\n", report.failed,
                               report.first_error->message());
    const auto count = static_cast<double>(total_);
    std::cout << fmt::format("produced {} records in {:.1f} s: {:.0f} records/s, {:.1f} MB/s\n", total_,
                             produced, count / produced, static_cast<double>(bytes_) / 1e6 / produced);
    std::cout << fmt::format("acknowledged: p50 {:.1f} ms, p99 {:.1f} ms (the restart included)\n",
                             latencies_.percentile(0.5).count(), latencies_.percentile(0.99).count());
    std::cout << fmt::format("consumed all in {:.1f} s: {:.0f} records/s\n", consumed, count / consumed);
    const auto result = ledger_.result();
    if (result.redelivered != 0)
      std::cout << fmt::format("{} read again after the member left or the broker died (at least once)\n",
                               result.redelivered);
    if (result.damaged != 0) std::cout << fmt::format("{} damaged\n", result.damaged);
    std::cout << fmt::format("{} lost, {} duplicated\n", result.lost, result.duplicated);
    const bool sound =
        result.sent == total_ && result.lost == 0 && result.duplicated == 0 && result.damaged == 0;
    return sound && report ? ok : item_failed;
  }

  const session& in_;
  const demo_arguments& wanted_;
  std::filesystem::path directory_;
  package_data packages_;
  std::size_t total_;
  ledger ledger_;
  latencies latencies_;
  broker_process broker_;
  ClientOptions client_;
  std::size_t bytes_ = 0;
  bool member_stopped_ = false;
  std::optional<member> first_, second_;
};

std::string broker_beside_us() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path() / "klamm-broker";
}

}  // namespace

void declare_demo(CLI::App& app, session& in) {
  auto* verb = app.add_subcommand(
      "demo", "real data through a broker that is killed in the middle; every record counted");
  const auto wanted = std::make_shared<demo_arguments>();
  wanted->broker = broker_beside_us();
  verb->add_option("--records", wanted->synthetic_records, "synthetic records")->capture_default_str();
  verb->add_option("--broker", wanted->broker, "the klamm-broker to start (default: the one beside kcli)");
  verb->add_option("--deadline", wanted->deadline_seconds, "give up after so many seconds")
      ->capture_default_str();
  verb->callback([&in, wanted] {
    in.run = [&in, wanted] {
      in.heed_stop();
      return demonstration(in, *wanted).run();
    };
  });
}

}  // namespace klamm::cli
