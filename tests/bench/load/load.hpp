// What a load program is asked to do, by its command line:
//
//   PROGRAM VERB --bootstrap=HOST:PORT --topic=NAME [--NAME=VALUE...] [property=value...]
//
// Options are ours, properties the client's.
#pragma once

#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>

namespace klamm::bench {

struct load {
  std::string verb, bootstrap, topic;
  std::string library;           // of the client, where it is loaded at run time
  std::uint64_t records = 0;     // to measure over
  std::uint64_t warm = 0;        // records before those
  double rate = 0;               // records a second; 0: as fast as it goes
  double seconds = 0;            // the longest that the measured part may take; 0: no bound
  int partitions = 1;            // of the topic; 0: records go where the client's own rule sends them
  std::size_t size = 100;        // of a value, in bytes
  std::int64_t pause_us = 2000;  // between records that are sent one by one
  std::map<std::string, std::string> properties;
};

inline load parse(int argc, char** argv) {
  load to;
  std::map<std::string, std::string> options;
  if (argc > 1) to.verb = argv[1];
  for (int i = 2; i < argc; ++i) {
    const std::string_view given(argv[i]);
    const auto equals = given.find('=');
    if (equals == std::string_view::npos)
      throw std::invalid_argument("not NAME=VALUE: " + std::string(given));
    const auto name = given.substr(0, equals);
    (name.starts_with("--") ? options : to.properties)[std::string(name)] = given.substr(equals + 1);
  }
  const auto take = [&](const char* name, auto& field, auto convert) {
    if (const auto found = options.extract(name)) field = convert(found.mapped());
  };
  const auto text = [](const std::string& s) { return s; };
  const auto whole = [](const std::string& s) { return std::stoull(s); };
  const auto real = [](const std::string& s) { return std::stod(s); };
  take("--bootstrap", to.bootstrap, text);
  take("--topic", to.topic, text);
  take("--library", to.library, text);
  take("--records", to.records, whole);
  take("--warm", to.warm, whole);
  take("--rate", to.rate, real);
  take("--seconds", to.seconds, real);
  take("--partitions", to.partitions, [](const std::string& s) { return std::stoi(s); });
  take("--size", to.size, whole);
  take("--pause", to.pause_us, [](const std::string& s) { return std::stoll(s); });
  if (!options.empty()) throw std::invalid_argument("there is no option " + options.begin()->first);
  return to;
}

}  // namespace klamm::bench
