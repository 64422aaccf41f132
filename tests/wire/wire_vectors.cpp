// wire_vectors FILE...: checks files of golden vectors, plain or gzip: messages, record batches, assigned groups, hashed keys. Prints
// what fails, and last `N passed, N failed`.
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "assignor_vectors.hpp"
#include "batch_vectors.hpp"
#include "key_vectors.hpp"
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
  if (is_assignor_vector(vector)) return check_assignor_vector(vector);
  return "neither a message nor a record batch nor an assigned group";
}

std::string label(const nlohmann::json& vector) {
  if (is_assignor_vector(vector)) return "group " + vector.at("id").dump();
  auto text = vector.value("name", "?");
  if (vector.contains("version")) text += " v" + vector.at("version").dump();
  return text + " " + vector.value("instance", "");
}

// What the line is of, and what is wrong with it.
std::pair<std::string, std::string> check_line(const std::string& line, message_checker& messages) {
  if (!line.starts_with('{')) return {"key", check_key_vector(line)};
  std::string name;
  try {
    const auto vector = nlohmann::json::parse(line);
    name = label(vector);
    return {name, check(vector, messages)};
  } catch (const std::exception& e) {
    return {name, e.what()};
  }
}

void check_file(const std::string& file, message_checker& messages, tally& total) try {
  int number = 0, checked = 0;
  for (const auto& line : read_lines(file)) {
    ++number;
    if (line.empty() || line.starts_with('#')) continue;
    ++checked;
    const auto [name, fault] = check_line(line, messages);
    ++(fault.empty() ? total.passed : total.failed);
    if (!fault.empty()) fmt::print("{}:{}: {}: {}\n", file, number, name, fault);
  }
  if (checked == 0) throw std::runtime_error("there is no vector in it");
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
