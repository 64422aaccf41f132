// klamm_codegen messages|json <schema folder> <output folder>: writes the codec (or its JSON form) from the
// schemas. Files that would not change are left alone, so that nothing is compiled twice.
#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "wire/codegen/emit.hpp"
#include "wire/codegen/schema_file.hpp"

namespace klamm::codegen {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t chunk_count = 4;

void write_if_changed(const fs::path& path, const std::string& text) {
  std::ifstream old(path);
  if (old && std::string(std::istreambuf_iterator<char>(old), {}) == text) return;
  fs::create_directories(path.parent_path());
  std::ofstream(path) << text;
}

std::vector<schema_file> read_all(const fs::path& folder) {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.path().extension() == ".json") paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  std::vector<schema_file> files;
  for (const auto& path : paths) files.push_back(read_schema(path));
  return files;
}

/// Deals the files out so that each chunk has about as many fields as the others.
std::vector<std::vector<const schema_file*>> chunks(const std::vector<schema_file>& files,
                                                    std::size_t count) {
  std::vector<std::vector<const schema_file*>> out(count);
  std::vector<std::size_t> weight(count);
  for (const auto& file : files) {
    const auto lightest =
        static_cast<std::size_t>(std::min_element(weight.begin(), weight.end()) - weight.begin());
    out[lightest].push_back(&file);
    for (const auto& m : file.messages)
      for (const auto& s : m.structs) weight[lightest] += s.fields.size() + 2;
  }
  return out;
}

template <class Source>
void write_chunks(const std::vector<schema_file>& files, const fs::path& to, const std::string& name,
                  Source source_of) {
  int number = 0;
  for (const auto& chunk : chunks(files, chunk_count))
    write_if_changed(to / "wire" / (name + "_" + std::to_string(number++) + ".cpp"), source_of(chunk));
}

void write_messages(const std::vector<schema_file>& files, const fs::path& to) {
  write_if_changed(to / "wire/api_key.hpp", api_key_header(files));
  write_if_changed(to / "wire/api_table.cpp", api_table_source(files));
  for (const auto& file : files)
    write_if_changed(to / "wire/messages" / (file.name + ".hpp"), message_header(file));
  write_chunks(files, to, "codec", codec_source);
}

void write_json(const std::vector<schema_file>& files, const fs::path& to) {
  write_if_changed(to / "wire/catalog.cpp", catalog_source(files));
  write_chunks(files, to, "json", json_source);
}

}  // namespace
}  // namespace klamm::codegen

int main(int argc, char** argv) try {
  using namespace klamm::codegen;
  const std::string what = argc == 4 ? argv[1] : "";
  if (what != "messages" && what != "json")
    return std::fputs("usage: klamm_codegen messages|json <schema folder> <output folder>\n", stderr), 2;
  const auto files = read_all(argv[2]);
  what == "json" ? write_json(files, argv[3]) : write_messages(files, argv[3]);
  return 0;
} catch (const std::exception& e) {
  std::fprintf(stderr, "klamm_codegen: %s\n", e.what());
  return 1;
}
