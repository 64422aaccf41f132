// exactly_once BOOTSTRAP TOPIC RECORDS PARTITIONS [PROPERTY=VALUE...]
//
// Creates the topic, produces numbered records of 100 keys, reads all back, and prints what came of it as one line of JSON.
#include <chrono>
#include <iostream>
#include <map>
#include <string>

#include <nlohmann/json.hpp>

#include "tests/delivery/ledger.hpp"

namespace {

using namespace klamm;

nlohmann::json to_json(const delivery::verdict& all) {
  return {{"sent", all.sent},
          {"acknowledged", all.acknowledged},
          {"failed", all.failed},
          {"untold", all.untold},
          {"told_again", all.told_again},
          {"arrived", all.arrived},
          {"duplicates", all.duplicates},
          {"reordered", all.reordered},
          {"foreign", all.foreign},
          {"lost", all.lost},
          {"unpromised", all.unpromised}};
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 5)
    return std::cerr << "usage: exactly_once BOOTSTRAP TOPIC RECORDS PARTITIONS [PROPERTY=VALUE...]\n", 2;
  std::map<std::string, std::string> properties{{"bootstrap.servers", argv[1]}};
  for (int i = 5; i < argc; ++i) {
    const std::string given(argv[i]);
    const auto equals = given.find('=');
    if (equals == std::string::npos) return std::cerr << given << ": give a property as name=value\n", 2;
    properties[given.substr(0, equals)] = given.substr(equals + 1);
  }
  delivery::ledger all(argv[2], static_cast<std::uint32_t>(std::stoul(argv[3])));
  delivery::create_topic(argv[1], all.topic(), std::stoi(argv[4]));
  auto [client, options] = ProducerOptions::from_properties(properties);
  const auto start = std::chrono::steady_clock::now();
  Producer producer(client, options);
  while (!all.full()) all.send_next(producer);
  const auto report = producer.close(std::chrono::minutes(5));
  const auto produced = seconds_since(start);
  delivery::read_back(argv[1], {&all});
  auto told = to_json(all.judged());
  told["produced_in"] = produced;
  told["read_in"] = seconds_since(start) - produced;
  if (report.first_error) told["first_error"] = report.first_error->message();
  std::cout << told.dump() << std::endl;
  return 0;
} catch (const std::exception& failed) {
  std::cerr << "exactly_once: " << failed.what() << '\n';
  return 1;
}
