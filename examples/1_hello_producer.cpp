// Hello, producer: fire and forget, wait for one, a tombstone with a header, and what became of all.
#include <iostream>

#include <klamm/klamm.hpp>

int main(int argc, char** argv) {
  klamm::Producer producer(argc > 1 ? argv[1] : "localhost:9092");
  producer.send({.topic = "greetings", .key = "de", .value = "Guten Tag"});
  auto where = producer.send({.topic = "greetings", .key = "en", .value = "Hello"}).get();
  std::cout << "partition " << where.partition << ", offset " << where.offset << '\n';
  producer.send({.topic = "greetings", .key = "fr", .value = nullptr, .headers = {{"reason", "deleted"}}});
  auto report = producer.flush();
  if (!report) std::cerr << *report.first_error << '\n';
  return report ? 0 : 1;
}
