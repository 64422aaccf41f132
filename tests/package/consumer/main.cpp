// What an installed klamm has to do: refuse a bad configuration, start a broker, and carry a record there and back.
#include <chrono>
#include <iostream>
#include <string>

#include <klamm/broker/broker.hpp>
#include <klamm/klamm.hpp>

using namespace std::chrono_literals;

namespace {

bool refuses_a_bad_configuration() {
  try {
    klamm::Producer producer("localhost:9092", {.linger = -1ms});
  } catch (const klamm::ConfigError& refused) {
    return refused.code() == klamm::errc::invalid_options &&
           refused.faults().front().kafka_name == "linger.ms";
  }
  return false;
}

std::string there_and_back(const std::string& address) {
  klamm::Producer producer(address);
  producer.send({.topic = "greetings", .key = "de", .value = "Guten Tag"}).get();
  klamm::Consumer consumer(address);
  const klamm::TopicPartition only{"greetings", klamm::Partition(0)};
  consumer.assign({only});
  consumer.seek(only, klamm::Offset(0));
  for (auto r : consumer.poll(30s)) return std::string(r.value().text());
  return "nothing";
}

}  // namespace

int main() {
  if (!refuses_a_bad_configuration()) {
    std::cerr << "a linger of -1 ms is not refused with a ConfigError that names it\n";
    return 1;
  }
  klamm::broker::Broker broker({.configs = {{"num.partitions", "1"}}});
  const auto came = there_and_back(broker.address());
  std::cout << came << '\n';
  return came == "Guten Tag" ? 0 : 1;
}
