// kcli demo: real data through three brokers, of which the one that leads is killed in the middle, into a group of two members, of
// which one is killed; every record counted.
#include <algorithm>
#include <array>
#include <condition_variable>
#include <filesystem>
#include <iostream>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <unistd.h>

#include <fmt/format.h>

#include <klamm/admin.hpp>
#include <klamm/producer.hpp>

#include "cli/commands.hpp"
#include "cli/demo/broker_cluster.hpp"
#include "cli/demo/failover.hpp"
#include "cli/demo/latencies.hpp"
#include "cli/demo/ledger.hpp"
#include "cli/demo/member_process.hpp"
#include "cli/demo/records.hpp"
#include "cli/demo/silence.hpp"
#include "cli/exit_code.hpp"

namespace klamm::cli {
namespace {

using namespace demo;
using std::chrono::steady_clock;

constexpr const char* topic = "demo";
constexpr int partitions = 6;
/// One record in so many has its latency measured.
constexpr std::size_t sample_every = 100;

struct demo_arguments {
  std::size_t synthetic_records = 1'000'000;
  double deadline_seconds = 300;
  std::string broker;
  bool member = false;
};

double seconds_since(steady_clock::time_point begin) {
  return std::chrono::duration<double>(steady_clock::now() - begin).count();
}

/// Of the brokers and members, who are gone before it goes.
class scratch_directory {
 public:
  scratch_directory()
      : path_(std::filesystem::temp_directory_path() / fmt::format("klamm-demo-{}", ::getpid())) {}
  ~scratch_directory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  scratch_directory(const scratch_directory&) = delete;
  scratch_directory& operator=(const scratch_directory&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

class demonstration {
 public:
  demonstration(const session& in, const demo_arguments& wanted)
      : in_(in),
        wanted_(wanted),
        packages_(package_data::of_this_machine()),
        total_(packages_.stanzas().size() + wanted.synthetic_records),
        ledger_(total_),
        brokers_(wanted.broker, directory_.path()) {}

  int run() {
    say(fmt::format("{} brokers ready in {} ms at {}", broker_cluster::size, brokers_.start().count(),
                    brokers_.addresses()));
    client_ = in_.client();
    client_.bootstrap_servers = brokers_.addresses();
    Admin(client_).create_topic(
        {.name = topic, .partitions = partitions, .replication = broker_cluster::size});
    say(
        fmt::format("{} package stanzas ({:.1f} MB) and {} synthetic records, lz4, idempotent, acks=all, {} "
                    "partitions of {} replicas",
                    packages_.stanzas().size(), static_cast<double>(packages_.bytes()) / 1e6,
                    wanted_.synthetic_records, partitions, broker_cluster::size));
    if (!form_group()) return item_failed;
    const auto begin = steady_clock::now();
    deadline_ = begin + std::chrono::duration_cast<steady_clock::duration>(
                            std::chrono::duration<double>(wanted_.deadline_seconds));
    const auto report = produce();
    silence_.finish();
    if (!member_killed_) kill_first_member();
    const auto produced = seconds_since(begin);
    ledger_.wait_until_complete(deadline_, in_.stop());
    const auto consumed = seconds_since(begin);
    const bool recovered = failover_result();
    second_->leave();
    return conclude(report, produced, consumed) == ok && recovered ? ok : item_failed;
  }

 private:
  /// From any thread.
  void say(const std::string& line) {
    const std::lock_guard lock(mutex_);
    std::cout << line << std::endl;
  }

  /// Both members have to hold partitions before there is anything to read: one that comes late would be killed without a record.
  bool form_group() {
    const auto log = directory_.path() / "members.log";
    first_.emplace(brokers_.addresses(), log, ledger_);
    second_.emplace(brokers_.addresses(), log, ledger_);
    constexpr Millis at_most(30'000);
    if (first_->joined(at_most) && second_->joined(at_most)) return true;
    std::cerr << fmt::format("demo: the members got no partitions in {} s\n", at_most.count() / 1000);
    return false;
  }

  FlushReport produce() {
    Producer producer(client_, {.linger = Millis(5),
                                .compression = {Codec::lz4, {}},
                                .on_delivery = [this](const BatchReport& batch) {
                                  if (!batch.error) silence_.acknowledged(batch.at.partition);
                                }});
    for (std::size_t number = 0; number < total_ && !is_over(); ++number) {
      if (number == total_ / 3) start_failover();
      if (!member_killed_ && number >= total_ / 2 && first_->records() >= total_ / 20) kill_first_member();
      const auto& stanzas = packages_.stanzas();
      if (number < stanzas.size()) {
        send(producer, number, stanzas[number].package, stanzas[number].text);
      } else {
        const synthetic record(number);
        send(producer, number, record.key, record.value);
      }
    }
    const auto left = std::chrono::duration_cast<Millis>(deadline_ - steady_clock::now());
    return producer.close(std::clamp(left, Millis(1'000), Millis(60'000)));
  }

  /// The user, or the deadline, has had enough.
  bool is_over() const { return in_.stop().stop_requested() || steady_clock::now() >= deadline_; }

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
    auto& into = failover_.joinable() ? latencies_after_ : latencies_before_;
    producer.send(record, [&into, sent = steady_clock::now()](const Result<RecordMetadata>& outcome) {
      if (outcome) into.add(steady_clock::now() - sent);
    });
  }

  void kill_first_member() {
    first_->kill();
    say(fmt::format("member 1 killed with -9 after {} records", first_->records()));
    member_killed_ = true;
  }

  /// Beside the producer, which goes on.
  void start_failover() {
    failover_ = std::jthread([this](const std::stop_token& stop) {
      try {
        failover(brokers_, client_, topic, silence_, stop, [this](const auto& line) { say(line); }).run();
      } catch (const std::exception& e) {
        failure_ = e.what();
      }
      const std::lock_guard lock(mutex_);
      failover_is_over_ = true;
      failover_ended_.notify_all();
    });
  }

  /// Whether the broker that was killed is in sync again. A user who has had enough does not wait for that.
  bool failover_result() {
    if (!failover_.joinable()) return true;
    std::unique_lock lock(mutex_);
    const bool in_time =
        failover_ended_.wait_until(lock, in_.stop(), deadline_, [this] { return failover_is_over_; });
    lock.unlock();
    failover_.request_stop();
    failover_.join();
    if (!in_time && failure_.empty() && !in_.stop().stop_requested())
      failure_ = fmt::format(
          "not over after the {:.0f} s of --deadline: its partitions have no leader, or are not in sync: "
          "look whether the other brokers still run",
          wanted_.deadline_seconds);
    if (!failure_.empty()) std::cerr << "demo: the failover: " << failure_ << '\n';
    return failure_.empty();
  }

  int conclude(const FlushReport& report, double produced, double consumed) {
    if (report.first_error)
      std::cout << fmt::format("{} record(s) failed, first: {}\n", report.failed,
                               report.first_error->message());
    const auto result = ledger_.result();
    if (is_over() && result.lost + (total_ - result.sent) != 0)
      return tell_where_it_ended(report, result, consumed);
    const auto count = static_cast<double>(total_);
    std::cout << fmt::format("produced {} records in {:.1f} s: {:.0f} records/s, {:.1f} MB/s\n", total_,
                             produced, count / produced, static_cast<double>(bytes_) / 1e6 / produced);
    std::cout << fmt::format(
        "acknowledged: p50 {:.1f} ms, p99 {:.1f} ms before the kill; {:.1f} ms, {:.1f} ms after it\n",
        latencies_before_.percentile(0.5).count(), latencies_before_.percentile(0.99).count(),
        latencies_after_.percentile(0.5).count(), latencies_after_.percentile(0.99).count());
    std::cout << fmt::format("consumed all in {:.1f} s: {:.0f} records/s\n", consumed, count / consumed);
    if (result.redelivered != 0)
      std::cout << fmt::format("{} read again after the member or the broker died (at least once)\n",
                               result.redelivered);
    if (result.damaged != 0) std::cout << fmt::format("{} damaged\n", result.damaged);
    std::cout << fmt::format("{} lost, {} duplicated\n", result.lost, result.duplicated);
    const bool sound =
        result.sent == total_ && result.lost == 0 && result.duplicated == 0 && result.damaged == 0;
    return sound && report ? ok : item_failed;
  }

  /// What was not read by then need not be lost.
  int tell_where_it_ended(const FlushReport& report, const tally& so_far, double seconds) {
    std::cout << fmt::format(
        "given up after {:.1f} s: {} of {} records were sent, {} of those failed, and {} were not read; {} "
        "duplicated\n",
        seconds, so_far.sent, total_, report.failed, so_far.lost, so_far.duplicated);
    return item_failed;
  }

  const session& in_;
  const demo_arguments& wanted_;
  scratch_directory directory_;
  package_data packages_;
  std::size_t total_;
  ledger ledger_;
  latencies latencies_before_, latencies_after_;  // of those sent before the kill, and after
  silence silence_{partitions};
  broker_cluster brokers_;
  ClientOptions client_;
  std::size_t bytes_ = 0;
  bool member_killed_ = false;
  std::optional<member_process> first_, second_;
  std::mutex mutex_;  // of what is printed, and of the failover's end
  steady_clock::time_point deadline_;
  std::string failure_;
  bool failover_is_over_ = false;
  std::condition_variable_any failover_ended_;
  std::jthread failover_;
};

std::string broker_beside_us() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path() / "klamm-broker";
}

}  // namespace

void declare_demo(CLI::App& app, session& in) {
  auto* verb = app.add_subcommand(
      "demo", "real data through three brokers, one of them killed in the middle; every record counted");
  const auto wanted = std::make_shared<demo_arguments>();
  wanted->broker = broker_beside_us();
  verb->add_option("--records", wanted->synthetic_records, "synthetic records")->capture_default_str();
  verb->add_option("--broker", wanted->broker, "the klamm-broker to start (default: the one beside kcli)");
  verb->add_option("--deadline", wanted->deadline_seconds, "give up after so many seconds")
      ->capture_default_str();
  verb->add_flag("--member", wanted->member)->group("");  // what the demo starts itself
  verb->callback([&in, wanted] {
    in.run = [&in, wanted] {
      in.heed_stop();
      if (wanted->member) return run_member(in.client(), topic, in.stop());
      return demonstration(in, *wanted).run();
    };
  });
}

}  // namespace klamm::cli
