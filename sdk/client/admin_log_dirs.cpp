// Administration of brokers' log directories (KIP-113, KIP-827): each broker tells of its own.
#include "client/administration.hpp"
#include "wire/messages/describe_log_dirs.hpp"

namespace klamm::client {
namespace {

admin::log_dir read_directory(const auto& said) {
  admin::log_dir out{std::string(said.log_dir), accepted(said.error_code, {}),
                     said.total_bytes,          said.usable_bytes,
                     said.is_cordoned,          {}};
  for (const auto& t : said.topics)
    for (const auto& p : t.partitions)
      out.replicas.push_back(
          {{std::string(t.name), p.partition_index}, p.partition_size, p.offset_lag, p.is_future_key});
  return out;
}

}  // namespace

void administration::describe_log_dirs(std::vector<node_id> brokers, time_point deadline,
                                       completion<per_item<node_id, std::vector<admin::log_dir>>> done) {
  using outcome = per_item<node_id, std::vector<admin::log_dir>>;
  if (brokers.empty())
    return ask_cluster(deadline, [this, deadline, done = std::move(done)](
                                     result<admin::cluster_description> cluster, instant) mutable {
      if (!cluster) return completions_.post(std::move(done), result<outcome>(cluster.failure()));
      std::vector<node_id> all;
      for (const auto& b : cluster->brokers) all.push_back(b.id);
      if (all.empty()) return completions_.post(std::move(done), result<outcome>(outcome()));
      describe_log_dirs(std::move(all), deadline, std::move(done));
    });
  auto outcomes =
      gathering<node_id, std::vector<admin::log_dir>>::start(brokers, completions_, std::move(done));
  for (const auto node : brokers) {
    auto make = [](api_version) {
      wire::describe_log_dirs_request out;
      out.topics.reset();
      return out;
    };
    auto finish = [outcomes, node](answer<wire::describe_log_dirs_response> came, instant) {
      if (!came.got) return outcomes->put(node, came.got.failure());
      if (came.got->error_code != error_code::none)
        return outcomes->put(node, refused(came.got->error_code, {}));
      // A broker has one directory or more; before version 3 it could not say that it shows none.
      if (came.version < 3 && came.got->results.empty())
        return outcomes->put(node, refused(error_code::cluster_authorization_failed, {}));
      std::vector<admin::log_dir> out;
      for (const auto& d : came.got->results) out.push_back(read_directory(d));
      outcomes->put(node, std::move(out));
    };
    requests_.call<wire::describe_log_dirs_request>(
        at_node{node}, deadline, INT16_MAX, make,
        [](const wire::describe_log_dirs_response& r) { return r.error_code; }, std::move(finish));
  }
}

}  // namespace klamm::client
