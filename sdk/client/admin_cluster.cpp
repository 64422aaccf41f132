// Administration of the cluster itself: its metadata quorum, its features, its brokers' registrations.
#include "client/admin_calls.hpp"
#include "link/client_connection.hpp"
#include "wire/messages/add_raft_voter.hpp"
#include "wire/messages/api_versions.hpp"
#include "wire/messages/describe_quorum.hpp"
#include "wire/messages/remove_raft_voter.hpp"
#include "wire/messages/unregister_broker.hpp"
#include "wire/messages/update_features.hpp"

namespace klamm::client {
namespace {

constexpr std::string_view metadata_topic = "__cluster_metadata";

const wire::describe_quorum_response::partition_data* only_partition(
    const wire::describe_quorum_response& said) {
  if (said.topics.empty() || said.topics.front().partitions.empty()) return nullptr;
  return &said.topics.front().partitions.front();
}

/// NOT_LEADER_OR_FOLLOWER stands with the partition: who leads the quorum has changed, and the whole is asked again.
error_code code_of_quorum(const wire::describe_quorum_response& said) {
  if (said.error_code != error_code::none) return said.error_code;
  const auto* const partition = only_partition(said);
  return partition ? partition->error_code : error_code::malformed_response;
}

error no_directory(const std::string& text) {
  return {error_code::invalid_request,
          "\"" + text + "\" is no directory id: it is the directory.id of the voter's meta.properties"};
}

std::vector<admin::quorum_replica> replicas_of(const auto& said) {
  std::vector<admin::quorum_replica> out;
  out.reserve(said.size());
  for (const auto& r : said)
    out.push_back({r.replica_id, r.replica_directory_id, r.log_end_offset, r.last_fetch_timestamp,
                   r.last_caught_up_timestamp});
  return out;
}

admin::quorum_description read_quorum(const wire::describe_quorum_response& said) {
  const auto& partition = *only_partition(said);
  admin::quorum_description out{partition.leader_id,
                                partition.leader_epoch,
                                partition.high_watermark,
                                replicas_of(partition.current_voters),
                                replicas_of(partition.observers),
                                {}};
  for (const auto& node : said.nodes)
    for (const auto& l : node.listeners)
      out.endpoints.push_back({node.node_id, std::string(l.name), std::string(l.host), l.port});
  return out;
}

admin::feature_description read_features(const wire::api_versions_response& said) {
  admin::feature_description out;
  for (const auto& f : said.finalized_features)
    out.finalized.emplace(std::string(f.name), f.max_version_level);
  out.epoch = said.finalized_features_epoch;
  for (const auto& f : said.supported_features)
    out.supported.emplace(std::string(f.name), admin::version_range{f.min_version, f.max_version});
  return out;
}

}  // namespace

void administration::describe_quorum(time_point deadline, completion<admin::quorum_description> done) {
  auto make = [](api_version) {
    wire::describe_quorum_request out;
    auto& topic = out.topics.emplace_back();
    topic.topic_name = metadata_topic;
    topic.partitions.push_back({partition_id(0)});
    return out;
  };
  auto finish = [this, done = std::move(done)](answer<wire::describe_quorum_response> came, instant) mutable {
    using described = result<admin::quorum_description>;
    if (!came.got) return completions_.post(std::move(done), described(came.got.failure()));
    const auto code = code_of_quorum(*came.got);
    completions_.post(std::move(done), code == error_code::none
                                           ? described(read_quorum(*came.got))
                                           : described(refused(code, came.got->error_message)));
  };
  requests_.call<wire::describe_quorum_request>(at_any{}, deadline, INT16_MAX, std::move(make),
                                                code_of_quorum, std::move(finish));
}

void administration::describe_features(time_point deadline, completion<admin::feature_description> done) {
  auto make = [us = link::client_connection_options()](api_version) {
    wire::api_versions_request out;
    out.client_software_name = us.software_name;
    out.client_software_version = us.software_version;
    return out;
  };
  auto finish = [this, done = std::move(done)](answer<wire::api_versions_response> came, instant) mutable {
    using described = result<admin::feature_description>;
    completions_.post(std::move(done),
                      came.got ? described(read_features(*came.got)) : described(came.got.failure()));
  };
  requests_.call<wire::api_versions_request>(
      at_any{}, deadline, INT16_MAX, std::move(make),
      [](const wire::api_versions_response& r) { return r.error_code; }, std::move(finish));
}

void administration::update_features(std::vector<admin::feature_update> updates, bool validate_only,
                                     time_point deadline, completion<per_item<std::string, void>> done) {
  std::vector<std::string> names;
  names.reserve(updates.size());
  for (const auto& u : updates) names.push_back(u.name);
  auto outcomes = gathering<std::string, void>::start(std::move(names), completions_, std::move(done));
  if (updates.empty()) return;
  auto make = [updates = std::move(updates), validate_only](api_version version) {
    wire::update_features_request out;
    out.timeout_ms = controller_patience;
    out.validate_only = validate_only;
    for (const auto& u : updates) {
      auto& to = out.feature_updates.emplace_back();
      to.feature = u.name;
      to.max_version_level = u.level;
      if (version == 0)
        to.allow_downgrade = u.type != admin::upgrade_type::upgrade;
      else
        to.upgrade_type = static_cast<std::int8_t>(u.type);
    }
    return out;
  };
  auto finish = [outcomes](answer<wire::update_features_response> came, instant) {
    if (!outcomes->heard(came)) return;
    for (const auto& r : came.got->results)
      outcomes->put(std::string(r.feature), accepted(r.error_code, r.error_message));
    // Version 2 tells of the whole only (KIP-1022); success before it is said of each feature.
    const auto whole = accepted(came.got->error_code, came.got->error_message);
    const auto rest = whole && came.version < 2 ? result<void>(left_out("feature")) : whole;
    for (const auto& name : outcomes->items()) outcomes->put(name, rest);
  };
  requests_.call<wire::update_features_request>(
      at_controller{}, deadline, INT16_MAX, std::move(make),
      [](const wire::update_features_response& r) { return r.error_code; }, std::move(finish));
}

template <class Make>
void administration::tell_controller(Make make, time_point deadline, completion<void> done) {
  ask_for<std::invoke_result_t<Make, api_version>>(
      at_controller{}, std::move(make), [](const auto&) { return result<void>(); }, deadline,
      std::move(done));
}

void administration::unregister_broker(node_id broker, time_point deadline, completion<void> done) {
  auto make = [broker](api_version) {
    wire::unregister_broker_request out;
    out.broker_id = broker;
    return out;
  };
  tell_controller(std::move(make), deadline, std::move(done));
}

void administration::add_raft_voter(admin::raft_voter added, time_point deadline, completion<void> done) {
  const auto directory = parse_uuid(added.directory);
  if (!directory) return completions_.post(std::move(done), result<void>(no_directory(added.directory)));
  auto make = [added = std::move(added), directory = *directory](api_version) {
    wire::add_raft_voter_request out;
    out.cluster_id = std::nullopt;
    out.timeout_ms = controller_patience;
    out.voter_id = added.id;
    out.voter_directory_id = directory;
    for (const auto& at : added.endpoints) {
      auto& listener = out.listeners.emplace_back();
      listener.name = at.listener;
      listener.host = at.host;
      listener.port = at.port;
    }
    return out;
  };
  tell_controller(std::move(make), deadline, std::move(done));
}

void administration::remove_raft_voter(admin::raft_voter removed, time_point deadline,
                                       completion<void> done) {
  const auto directory = parse_uuid(removed.directory);
  if (!directory) return completions_.post(std::move(done), result<void>(no_directory(removed.directory)));
  auto make = [id = removed.id, directory = *directory](api_version) {
    wire::remove_raft_voter_request out;
    out.cluster_id = std::nullopt;
    out.voter_id = id;
    out.voter_directory_id = directory;
    return out;
  };
  tell_controller(std::move(make), deadline, std::move(done));
}

}  // namespace klamm::client
