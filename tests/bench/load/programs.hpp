// The loads, over any client: the same steps, bytes and pace, so that only the client differs. A client is two types:
//
//   producer(const load&)   send(partition, value): takes a record, waits where there is no room
//                           finish(): everything sent is acknowledged, or it throws
//                           send_and_wait(value): one record, acknowledged when it returns
//   consumer(const load&)   reads all partitions from the beginning
//                           poll(): the client's default loop once; how many records came, at most 100 ms later
//
// Verb by verb, and what it prints besides the records and their cost:
//
//   produce   records in turn to all partitions, or where the client's own rule sends them, at a rate or as fast as send takes them
//   consume   what the topic holds
//   ack       one record at a time, from an idle producer: p50, p99 of the time to its acknowledgement, in us
//   first     construction to the first acknowledged record: p50 of several clients, in us
//   memory    producing and consuming at a rate: how much the process grew at most, in KiB, and how many threads it has
#pragma once

#include <atomic>
#include <exception>
#include <functional>
#include <iostream>
#include <map>
#include <optional>
#include <thread>

#include "load.hpp"
#include "measure.hpp"
#include "pace.hpp"

namespace klamm::bench {

/// The partition of a record that the client chooses it for.
constexpr int by_rule = -1;

/// Sends `count` records; gives the processor time that keeping the pace took.
template <class Producer>
double send_records(Producer& to, const load& what, std::uint64_t count, double rate) {
  const auto value = filler(what.size);
  pace every(rate);
  int partition = what.partitions > 0 ? 0 : by_rule;
  for (std::uint64_t i = 0; i < count; ++i) {
    every.step();
    to.send(partition, value);
    if (what.partitions > 0 && ++partition == what.partitions) partition = 0;
  }
  return every.cpu();
}

template <class Producer>
figures produce(const load& what) {
  Producer to(what);
  send_records(to, what, what.warm, what.rate);
  to.finish();
  const stopwatch since;
  const auto pacing = send_records(to, what, what.records, what.rate);
  to.finish();
  return figures().add_cost(since, what.records, pacing);
}

template <class Consumer>
figures consume(const load& what) {
  Consumer from(what);
  for (std::uint64_t warm = 0; warm < std::max<std::uint64_t>(1, what.warm);) warm += from.poll();
  const stopwatch since;
  std::uint64_t count = 0;
  while (count < what.records && (what.seconds == 0 || since.wall() < what.seconds)) count += from.poll();
  return figures().add_cost(since, count);
}

template <class Producer>
figures ack(const load& what) {
  Producer to(what);
  const auto value = filler(what.size);
  for (std::uint64_t i = 0; i < what.warm; ++i) to.send_and_wait(value);
  const stopwatch since;
  std::vector<double> took;
  for (std::uint64_t i = 0; i < what.records; ++i) {
    pace::pause(std::chrono::microseconds(what.pause_us));
    const auto sent = clock::now();
    to.send_and_wait(value);
    took.push_back(seconds(clock::now() - sent) * 1e6);
  }
  return figures().add_spread(std::move(took)).add_cost(since, what.records);
}

template <class Producer>
figures first(const load& what) {
  const auto value = filler(what.size);
  std::vector<double> took;
  for (std::uint64_t i = 0; i < what.records; ++i) {
    const auto began = clock::now();
    Producer to(what);
    to.send_and_wait(value);
    took.push_back(seconds(clock::now() - began) * 1e6);
  }
  return figures().add_spread(std::move(took));
}

template <class Producer, class Consumer>
figures memory(const load& what) {
  const auto before = status("VmRSS");
  std::atomic<bool> produced = false;
  std::uint64_t consumed = 0;
  Producer to(what);
  std::thread reading([&] {
    auto reading_what = what;
    reading_what.properties.clear();  // they are the producer's
    Consumer from(reading_what);
    while (!produced || consumed < what.warm + what.records) consumed += from.poll();
  });
  send_records(to, what, what.warm + what.records, what.rate);
  to.finish();
  const auto threads = status("Threads");
  produced = true;
  reading.join();
  return figures()
      .add("records", static_cast<double>(consumed))
      .add("before_kib", before)
      .add("grew_kib", status("VmHWM") - before)
      .add("threads", threads);
}

using verbs = std::map<std::string, std::function<figures(const load&)>>;

/// The loads that every client has, and `more`.
template <class Producer, class Consumer>
int run(int argc, char** argv, verbs more = {}) try {
  more.merge(verbs{{"produce", produce<Producer>},
                   {"consume", consume<Consumer>},
                   {"ack", ack<Producer>},
                   {"first", first<Producer>},
                   {"memory", memory<Producer, Consumer>}});
  const auto what = parse(argc, argv);
  const auto verb = more.find(what.verb);
  if (verb == more.end() || what.bootstrap.empty() || what.topic.empty()) {
    std::cerr
        << "usage: VERB --bootstrap=HOST:PORT --topic=NAME [--NAME=VALUE...] [property=value...]\nverbs:";
    for (const auto& [name, unused] : more) std::cerr << ' ' << name;
    std::cerr << '\n';
    return 2;
  }
  std::cout << verb->second(what).json() << '\n';
  return 0;
} catch (const std::exception& failed) {
  std::cerr << failed.what() << '\n';
  return 1;
}

}  // namespace klamm::bench
