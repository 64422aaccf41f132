#include "broker/server/node_disks.hpp"

#include <type_traits>

#include <fmt/format.h>

#include "broker/log/file_names.hpp"
#include "broker/server/file_of.hpp"

namespace klamm::broker::server {
namespace {

const std::string* path_of(const log::disk_operation& operation) {
  return std::visit(
      [](const auto& what) -> const std::string* {
        if constexpr (requires { what.path; })
          return &what.path;
        else if constexpr (requires { what.from; })
          return &what.from;
        else
          return nullptr;
      },
      operation);
}

bool names_metadata(const std::string& path) {
  static const auto directory = fmt::format("/{}-", log::metadata_topic);
  return path.find(directory) != std::string::npos;
}

}  // namespace

node_disks::node_disks(options how, posix_disk::completion_handler on_complete)
    : inline_(how.data_threads == 0),
      data_({.threads = how.data_threads, .files = how.files, .helpers = how.helpers}, on_complete),
      metadata_({.threads = inline_ ? 0 : 1, .files = how.files}, std::move(on_complete)) {}

void node_disks::submit(log::disk_effects&& operations) {
  if (inline_) return data_.submit(std::move(operations));
  log::disk_effects data, metadata;
  for (auto& one : operations) (of_metadata(one.operation) ? metadata : data).push_back(std::move(one));
  metadata_.submit(std::move(metadata));
  data_.submit(std::move(data));
}

void node_disks::retry() {
  data_.retry();
  metadata_.retry();
}

/// A file is where it was opened.
bool node_disks::of_metadata(const log::disk_operation& operation) {
  if (const auto* const path = path_of(operation)) {
    const bool metadata = names_metadata(*path);
    if (const auto* const opened = std::get_if<log::disk::open>(&operation); opened && metadata)
      metadata_files_.insert(opened->file);
    return metadata;
  }
  const auto& file = *file_of(operation);
  if (std::holds_alternative<log::disk::close>(operation)) return metadata_files_.erase(file) > 0;
  return metadata_files_.contains(file);
}

}  // namespace klamm::broker::server
