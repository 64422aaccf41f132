// What producing costs: against any broker, in records a second and in the client's CPU time a record.
//
//   produce_bench bulk BOOTSTRAP TOPIC RECORDS SIZE [PROPERTY=VALUE...]    keyed, as fast as send takes them
//   produce_bench ping BOOTSTRAP TOPIC RECORDS SIZE [PROPERTY=VALUE...]    one after the other is acknowledged: the latency
//
// Each value starts with the record's number, so that a consumer can tell losses, duplicates and reordering.
#include <algorithm>
#include <cstdio>
#include <iostream>
#include <map>
#include <string>
#include <sys/resource.h>
#include <vector>

#include <fmt/format.h>

#include <klamm/producer.hpp>

namespace {

using clock_type = std::chrono::steady_clock;

double seconds_since(clock_type::time_point start) {
  return std::chrono::duration<double>(clock_type::now() - start).count();
}

double cpu_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto of = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return of(used.ru_utime) + of(used.ru_stime);
}

struct load {
  std::string topic;
  int records = 0;
  std::size_t size = 0;
};

// Text that compresses about as well as the messages of a real application do.
std::string filler(std::size_t size) {
  std::string text;
  for (unsigned state = 1; text.size() < size; state = state * 1103515245 + 12345)
    text += fmt::format("{:x} ", state >> 20);
  return text;
}

int report(const klamm::FlushReport& outcome, const load& what, double elapsed, double cpu) {
  const auto bytes = static_cast<double>(what.size) * what.records;
  fmt::print("{} records in {:.3f} s: {:.0f} records/s, {:.1f} MB/s, {:.3f} us CPU a record\n", what.records,
             elapsed, what.records / elapsed, bytes / elapsed / 1e6, cpu * 1e6 / what.records);
  if (outcome) return 0;
  fmt::print("{} failed, {} unresolved: {}\n", outcome.failed, outcome.unresolved,
             outcome.first_error ? outcome.first_error->message() : "");
  return 1;
}

int bulk(klamm::Producer& producer, const load& what) {
  auto value = filler(what.size);
  producer.send({.topic = what.topic, .key = "warm", .value = "up"}).get();
  const auto cpu = cpu_seconds();
  const auto start = clock_type::now();
  char key[16];
  for (int i = 0; i < what.records; ++i) {
    const auto* end = fmt::format_to(key, "k{}", i % 10'000);
    fmt::format_to(value.data(), "{:010}", i);
    producer.send({.topic = what.topic,
                   .key = std::string_view(key, static_cast<std::size_t>(end - key)),
                   .value = value});
  }
  const auto outcome = producer.flush();
  return report(outcome, what, seconds_since(start), cpu_seconds() - cpu);
}

int ping(klamm::Producer& producer, const load& what) {
  const auto value = filler(what.size);
  std::vector<double> took;
  producer.send({.topic = what.topic, .key = "warm", .value = "up"}).get();
  const auto cpu = cpu_seconds();
  const auto start = clock_type::now();
  for (int i = 0; i < what.records; ++i) {
    const auto sent = clock_type::now();
    producer.send({.topic = what.topic, .value = value}).get();
    took.push_back(seconds_since(sent) * 1e6);
  }
  const auto elapsed = seconds_since(start);
  std::ranges::sort(took);
  const auto at = [&](double part) {
    return took[static_cast<std::size_t>(part * static_cast<double>(took.size() - 1))];
  };
  fmt::print("latency in us: median {:.0f}, 99 % {:.0f}, largest {:.0f}\n", at(0.5), at(0.99), took.back());
  return report(producer.flush(), what, elapsed, cpu_seconds() - cpu);
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 6)
    return std::cerr << "usage: produce_bench bulk|ping BOOTSTRAP TOPIC RECORDS SIZE [PROPERTY=VALUE...]\n",
           2;
  std::map<std::string, std::string> properties{{"bootstrap.servers", argv[2]}};
  for (int i = 6; i < argc; ++i) {
    const std::string_view given(argv[i]);
    const auto equals = given.find('=');
    properties[std::string(given.substr(0, equals))] = given.substr(std::min(equals, given.size() - 1) + 1);
  }
  auto [client, options] = klamm::ProducerOptions::from_properties(properties);
  client.log = [](const klamm::LogEvent& e) { fmt::print(stderr, "{}: {}\n", e.where, e.what); };
  klamm::Producer producer(client, options);
  const load what{argv[3], std::stoi(argv[4]), std::max<std::size_t>(10, std::stoul(argv[5]))};
  return std::string_view(argv[1]) == "ping" ? ping(producer, what) : bulk(producer, what);
} catch (const std::exception& e) {
  std::cerr << e.what() << '\n';
  return 1;
}
