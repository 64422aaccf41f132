#include "broker/log/claim_directory.hpp"

#include <utility>

#include <fmt/format.h>

#include "broker/log/checkpoint_files.hpp"
#include "broker/log/file_names.hpp"
#include "broker/log/file_tasks.hpp"

namespace klamm::broker::log {
namespace {

constexpr std::string_view properties_file = "meta.properties";
constexpr std::size_t largest_properties = 64 << 10;

result<uuid> id_for(const directory_owner& owner, const std::string& path, bytes_view content) {
  const auto found = read_meta_properties(as_text(content));
  if (!found) return error(found.code(), path + ": " + found.failure().message);
  if (found->cluster_id != owner.cluster_id)
    return error(error_code::inconsistent_cluster_id,
                 fmt::format("{} belongs to cluster {}, not {}: use another directory, or that cluster's id",
                             path, found->cluster_id, owner.cluster_id));
  if (found->node != owner.node)
    return error(error_code::invalid_options,
                 fmt::format("{} belongs to node {}, not {}: use another directory, or that node id", path,
                             found->node.value, owner.node.value));
  return found->directory_id;
}

}  // namespace

void claim_directory(disk_client& disk, const std::string& path, directory_owner owner,
                     entropy_source& entropy, unique_function<void(result<uuid>)> done) {
  const auto file = join_path(path, properties_file);
  read_file(disk, file, largest_properties,
            [&disk, &entropy, path, file, owner = std::move(owner),
             done = std::move(done)](result<buffer_slice> content) mutable {
              if (content) return done(id_for(owner, path, content->view()));
              if (content.code() != error_code::resource_not_found) return done(content.failure());
              const auto id = owner.new_id.is_zero() ? random_uuid(entropy) : owner.new_id;
              const auto text = write_meta_properties({owner.cluster_id, owner.node, id});
              replace_file(disk, file, buffer_slice::copy(as_bytes_view(text)),
                           [&disk, path, id, done = std::move(done)](result<void> replaced) mutable {
                             if (!replaced) return done(replaced.failure());
                             gathering all([id, done = std::move(done)](result<void> synced) mutable {
                               synced ? done(id) : done(synced.failure());
                             });
                             disk.submit(disk::sync_directory{path}, all.add("sync", path));
                           });
            });
}

}  // namespace klamm::broker::log
