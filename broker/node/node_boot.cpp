// How a node starts: its directory's properties -> data logs -> the quorum -> registration -> partitions.
#include <algorithm>

#include <fmt/format.h>

#include "broker/log/checkpoint_files.hpp"
#include "broker/node/node.hpp"
#include "broker/raft/durable_file.hpp"

namespace klamm::broker::node {
namespace {

/// Where the quorum's one voter would listen; it talks to nobody yet.
constexpr std::string_view controller_listener = "CONTROLLER";
constexpr std::string_view client_listener = "PLAINTEXT";
constexpr std::string_view properties_file = "meta.properties";

/// Where the directory's name is kept; empty: nowhere further up.
std::string parent_of(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  if (path == "/" || path == ".") return {};
  const auto at = path.rfind('/');
  if (at == std::string::npos) return ".";
  return at == 0 ? "/" : path.substr(0, at);
}

}  // namespace

void node::start(instant now) {
  now_ = now;
  read_properties();
}

void node::read_properties() {
  disk_.submit(log::disk::make_directory{options_.data_directory}, [this](log::disk_completion& made) {
    if (!made.ok())
      return fail({made.failure, fmt::format("cannot make {}: {}", options_.data_directory, made.detail)});
    disk_.submit(log::disk::list_directory{options_.data_directory}, [this](log::disk_completion& listing) {
      if (!listing.ok())
        return fail(
            {listing.failure, fmt::format("cannot list {}: {}", options_.data_directory, listing.detail)});
      const bool found = std::any_of(listing.entries.begin(), listing.entries.end(),
                                     [](const auto& entry) { return entry.name == properties_file; });
      if (!found) {
        if (options_.cluster_id.empty()) options_.cluster_id = to_string(random_uuid(environment_.entropy));
        return sync_names_above(options_.data_directory);
      }
      raft::read_file(disk_, fmt::format("{}/{}", options_.data_directory, properties_file),
                      [this](result<buffer_slice> file) {
                        if (!file) return fail(file.failure());
                        const auto properties = log::read_meta_properties(as_text(file->view()));
                        if (!properties) return fail(properties.failure());
                        if (options_.cluster_id.empty()) options_.cluster_id = properties->cluster_id;
                        open_data();
                      });
    });
  });
}

/// A new directory's name has to survive a power cut before anything in it counts, and so have those of its parents that were
/// made with it. Which were, nobody knows after a kill: all are synced, as far up as this process may look.
void node::sync_names_above(const std::string& path) {
  const auto parent = parent_of(path);
  if (parent.empty()) return open_data();
  disk_.submit(log::disk::sync_directory{parent}, [this, path, parent](log::disk_completion& synced) {
    if (synced.ok()) return sync_names_above(parent);
    if (path == options_.data_directory)
      return fail(
          {synced.failure,
           fmt::format("cannot sync the directory that {} is in: {}: the broker has to be able to read "
                       "it when it uses a new data directory",
                       path, synced.detail)});
    say(log_level::warning, fmt::format("cannot sync {}: {}: if {} is new, a power cut may lose it", parent,
                                        synced.detail, path));
    open_data();
  });
}

void node::open_data() {
  if (state_ != state::starting) return;
  const data_options options{self_, options_.data_directory, options_.cluster_id, options_.advertised};
  data_ = std::make_unique<data_machine>(logs_, now_, environment_.entropy, random_.fork(), options_.configs,
                                         options, to_quorum_);
  data_->replicas().set_offline_listener([this](const error& why) { fail(why); });
  data_->services().quorum = [this] {
    const auto& quorum = quorum_->quorum();
    api::quorum_view view{quorum.leader_id(), quorum.epoch(), quorum.high_watermark(), quorum.end(), {}};
    for (const auto& voter : quorum.voters()) view.voters.emplace_back(voter.id, voter.directory);
    return view;
  };
  data_->open([this](result<void> opened) {
    if (!opened) return fail(opened.failure());
    open_quorum();
  });
}

void node::open_quorum() {
  if (state_ != state::starting) return;
  raft::quorum_options options;
  options.data_directory = options_.data_directory;
  options.self = self_;
  options.voters = {
      {self_, data_->replicas().directory_id(), std::string(controller_listener), "localhost", 0}};
  const meta::config_view configs(data_->metadata(), options_.configs, self_);
  options.snapshot_after_bytes =
      static_cast<std::uint64_t>(configs.broker_number("metadata.log.max.record.bytes.between.snapshots"));
  options.election_timeout = millis(configs.broker_number("controller.quorum.election.timeout.ms"));
  quorum_ = std::make_unique<quorum_machine>(logs_, now_, options, environment_.entropy, options_.configs,
                                             to_data_);
  quorum_->open();
}

void node::register_self() {
  meta::broker_image self;
  self.id = self_;
  self.incarnation = random_uuid(environment_.entropy);
  self.log_dirs = {data_->replicas().directory_id()};
  if (options_.advertised)
    self.endpoints.push_back(
        {std::string(client_listener), options_.advertised->host, options_.advertised->port, 0});
  if (const auto rack = options_.configs.find("broker.rack"); rack != options_.configs.end())
    self.rack = rack->second;
  data_->submit([this, self](meta::controller& c) {
    c.register_broker(self, [this](result<std::int64_t> epoch) {
      if (!epoch) return fail_start(epoch.failure());
      data_->submit([this](meta::controller& controller) {
        controller.unfence_broker(self_, [this](result<void> unfenced) {
          if (!unfenced) return fail_start(unfenced.failure());
          finish_start();
        });
      });
    });
  });
}

void node::finish_start() {
  if (state_ != state::starting) return;
  state_ = state::serving;
  say(log_level::info, fmt::format("node {} of cluster {} serves {}", self_.value, options_.cluster_id,
                                   options_.data_directory));
}

}  // namespace klamm::broker::node
