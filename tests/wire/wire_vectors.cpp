// wire_vectors FILE...: checks files of golden vectors, messages and record batches, plain or gzip. Prints what fails, and last
// `N passed, N failed`.
#include <cstdio>
#include <exception>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "batch_vectors.hpp"
#include "message_vectors.hpp"
#include "vector_file.hpp"

namespace {

using namespace klamm::wire_test;

struct tally {
  int passed = 0;
  int failed = 0;
};

std::string check(const nlohmann::json& vector, message_checker& messages) {
  if (is_message_vector(vector)) return messages.check(vector);
  if (is_batch_vector(vector)) return check_batch_vector(vector);
  return "neither a message nor a record batch";
}

std::string label(const nlohmann::json& vector) {
  auto text = vector.value("name", "?");
  if (vector.contains("version")) text += " v" + vector.at("version").dump();
  return text + " " + vector.value("instance", "");
}

void check_line(const std::string& line, const std::string& where, message_checker& messages, tally& total) {
  std::string name, fault;
  try {
    const auto vector = nlohmann::json::parse(line);
    name = label(vector);
    fault = check(vector, messages);
  } catch (const std::exception& e) {
    fault = e.what();
  }
  ++(fault.empty() ? total.passed : total.failed);
  if (!fault.empty()) fmt::print("{}: {}: {}\n", where, name, fault);
}

void check_file(const std::string& file, message_checker& messages, tally& total) try {
  int number = 0;
  for (const auto& line : read_lines(file)) {
    ++number;
    if (!line.empty()) check_line(line, fmt::format("{}:{}", file, number), messages, total);
  }
} catch (const std::exception& e) {
  fmt::print("{}: {}\n", file, e.what());
  ++total.failed;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return std::fputs("usage: wire_vectors FILE...\n", stderr), 2;
  message_checker messages;
  tally total;
  for (int i = 1; i < argc; ++i) check_file(argv[i], messages, total);
  fmt::print("{} passed, {} failed\n", total.passed, total.failed);
  return total.failed == 0 ? 0 : 1;
}
