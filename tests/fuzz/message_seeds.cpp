// message_seeds FOLDER VECTORS...: writes golden vectors of messages as the first inputs of fuzz_messages.
#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>

#include <nlohmann/json.hpp>

#include "vector_file.hpp"
#include "wire/json/catalog.hpp"

namespace {

using namespace klamm::wire;

void write_seed(const std::filesystem::path& to, const nlohmann::json& vector) {
  const auto all = catalog();
  const auto* type = find_message(vector.at("name").get<std::string>());
  if (type == nullptr) return;
  const auto index = static_cast<unsigned>(std::ranges::find(all, type) - all.begin());
  const auto version = vector.at("version").get<int>() - type->versions.min;
  const char choice[] = {static_cast<char>(index >> 8), static_cast<char>(index), static_cast<char>(version)};
  const auto bytes = klamm::wire_test::from_hex(vector.at("hex").get<std::string>());
  std::ofstream out(to, std::ios::binary);
  out.write(choice, sizeof choice);
  out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 3) return std::fputs("usage: message_seeds FOLDER VECTORS...\n", stderr), 2;
  const std::filesystem::path folder = argv[1];
  std::filesystem::create_directories(folder);
  int number = 0;
  for (int i = 2; i < argc; ++i)
    for (const auto& line : klamm::wire_test::read_lines(argv[i]))
      write_seed(folder / std::to_string(number++), nlohmann::json::parse(line));
  return 0;
} catch (const std::exception& e) {
  std::fprintf(stderr, "message_seeds: %s\n", e.what());
  return 1;
}
