// Keyed bulk load from a file of lines "key<tab>value", with a report of the lines that were not stored.
#include <fstream>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include <klamm/klamm.hpp>

using namespace std::chrono_literals;

int main(int argc, char** argv) {
  if (argc < 2) return std::cerr << "usage: 5_bulk_load FILE [BOOTSTRAP]\n", 2;
  std::ifstream file(argv[1]);
  if (!file) return std::cerr << argv[1] << ": cannot be read\n", 1;
  // Before the producer, whose callbacks use it; they never overlap: no lock.
  std::vector<std::pair<int, klamm::Error>> rejected;
  klamm::Producer producer(argc > 2 ? argv[2] : "localhost:9092",
                           {.linger = 20ms, .compression = {klamm::Codec::lz4}});
  bool all_taken = true;
  std::string line;
  // send waits when the cluster is slower than the disk, and throws what it cannot take, as a line that is too large.
  for (int number = 1; std::getline(file, line); ++number) {
    try {
      producer.send({.topic = "customers",
                     .key = line.substr(0, line.find('\t')),
                     .value = line.substr(line.find('\t') + 1)},
                    [&rejected, number](auto result) {
                      if (!result) rejected.emplace_back(number, result.error());
                    });
    } catch (const klamm::Exception& refused) {
      std::cerr << argv[1] << ':' << number << ": " << refused.error() << '\n';
      all_taken = false;
    }
  }
  auto report = producer.close(60s);  // no callback comes after it
  for (auto& [number, error] : rejected) std::cerr << argv[1] << ':' << number << ": " << error << '\n';
  return report && all_taken ? 0 : 1;
}
