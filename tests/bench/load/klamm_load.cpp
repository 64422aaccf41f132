// The loads of programs.hpp over this SDK, and one of its own:
//
//   io_share   produce, with the client's input and output on a thread of the program's: its share of the processor time
#include <thread>

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>

#include <klamm/asio.hpp>
#include <klamm/klamm.hpp>

#include "programs.hpp"

namespace klamm::bench {
namespace {

template <class Options>
auto options_of(const load& what) {
  auto properties = what.properties;
  properties["bootstrap.servers"] = what.bootstrap;
  auto both = Options::from_properties(properties);
  both.first.log_level = LogEvent::warning;
  both.first.log = [](const LogEvent& e) { std::cerr << e.where << ": " << e.what << '\n'; };
  return both;
}

class producer {
 public:
  explicit producer(const load& what, IoExecutor io = {}) : topic_(what.topic), client_(make(what, io)) {}

  void send(int partition, std::string_view value) {
    client_.send({.topic = topic_, .value = value, .partition = Partition(partition)});
  }
  void send_and_wait(std::string_view value) {
    client_.send({.topic = topic_, .value = value, .partition = Partition(0)}).get();
  }
  void finish() {
    const auto outcome = client_.flush();
    if (!outcome) throw std::runtime_error(outcome.first_error->message());
  }

 private:
  static Producer make(const load& what, IoExecutor io) {
    auto [client, options] = options_of<ProducerOptions>(what);
    client.io = std::move(io);
    return Producer(client, options);
  }

  const std::string topic_;
  Producer client_;
};

class consumer {
 public:
  explicit consumer(const load& what) : client_(make(what)) {
    std::vector<TopicPartition> all;
    for (int i = 0; i < what.partitions; ++i) all.push_back({what.topic, Partition(i)});
    client_.assign(all);
  }

  std::uint64_t poll() {
    std::uint64_t count = 0;
    for (auto record : client_.poll(Millis(100))) {
      seen_ += record.value().size();
      ++count;
    }
    return count;
  }

 private:
  static Consumer make(const load& what) {
    auto [client, options] = options_of<ConsumerOptions>(what);
    options.auto_offset_reset = earliest;
    return Consumer(client, options);
  }

  Consumer client_;
  std::uint64_t seen_ = 0;
};

figures io_share(const load& what) {
  asio::io_context io(1);
  auto work = asio::make_work_guard(io);
  double used = 0, pacing = 0;
  std::thread thread([&] {
    io.run();
    used = thread_cpu_seconds();
  });
  const stopwatch since;
  {
    producer to(what, io_executor(io.get_executor()));
    pacing = send_records(to, what, what.records, what.rate);
    to.finish();
  }
  work.reset();
  thread.join();
  const auto all = since.cpu() - pacing;
  return figures().add_cost(since, what.records, pacing).add("io_share", used / all);
}

}  // namespace
}  // namespace klamm::bench

int main(int argc, char** argv) {
  using namespace klamm::bench;
  return run<producer, consumer>(argc, argv, {{"io_share", io_share}});
}
