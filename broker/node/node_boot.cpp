// How a node starts: its directory's properties -> the quorum, and beside it the data logs -> registration -> partitions. A controller
// alone has nothing to do with data, registration and partitions.
#include <algorithm>

#include <fmt/format.h>

#include "broker/log/checkpoint_files.hpp"
#include "broker/log/claim_directory.hpp"
#include "broker/log/file_names.hpp"
#include "broker/node/node.hpp"
#include "broker/node/own_configs.hpp"
#include "broker/raft/checkpoint.hpp"
#include "broker/raft/durable_file.hpp"

namespace klamm::broker::node {
namespace {

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

/// What a directory holds.
struct node::directory_parts {
  bool properties = false;
  std::string metadata, partition;  // the metadata's log; another that is there; empty: none
};

/// Makes the directory where there is none.
void node::list(const std::string& directory, unique_function<void(const directory_parts&)> done) {
  disk_.submit(log::disk::make_directory{directory}, [this, directory, done = std::move(done)](
                                                         log::disk_completion& made) mutable {
    if (!made.ok()) return fail({made.failure, fmt::format("cannot make {}: {}", directory, made.detail)});
    disk_.submit(log::disk::list_directory{directory}, [this, directory, done = std::move(done)](
                                                           log::disk_completion& listing) mutable {
      if (!listing.ok())
        return fail({listing.failure, fmt::format("cannot list {}: {}", directory, listing.detail)});
      directory_parts found;
      for (const auto& entry : listing.entries) {
        found.properties |= entry.name == properties_file;
        const auto log = entry.is_directory ? log::parse_log_directory(entry.name) : std::nullopt;
        if (log) (log->topic == log::metadata_topic ? found.metadata : found.partition) = entry.name;
      }
      done(found);
    });
  });
}

void node::read_properties() {
  list(options_.data_directory, [this](const directory_parts& data) {
    if (!metadata_apart()) return on_listed(data, data);
    list(options_.metadata_directory,
         [this, data](const directory_parts& metadata) { on_listed(data, metadata); });
  });
}

/// Records without the names or the metadata they belong to are somebody's: they are not taken for strays of a new cluster.
bool node::has_names(const std::string& directory, const directory_parts& found) {
  const auto& witness = found.partition.empty() ? found.metadata : found.partition;
  if (found.properties || witness.empty()) return true;
  fail({error_code::kafka_storage_error,
        fmt::format("{} holds {} but no {}, so nobody knows whose it is: put that file back, or use "
                    "another directory",
                    directory, witness, properties_file)});
  return false;
}

void node::on_listed(const directory_parts& data, const directory_parts& metadata) {
  if (!has_names(options_.data_directory, data) || !has_names(metadata_directory(), metadata)) return;
  if (!data.partition.empty()) return find_metadata_log(data, metadata);
  find_cluster_id(data, metadata);  // a first start may have ended before it had metadata
}

void node::find_metadata_log(const directory_parts& data, const directory_parts& metadata) {
  const auto path = fmt::format("{}/{}-0", metadata_directory(), log::metadata_topic);
  disk_.submit(log::disk::list_directory{path}, [this, path, data, metadata](log::disk_completion& listing) {
    // A snapshot that was fetched replaces the log: a crash may come when the old one is gone and the new one not there yet.
    const auto is_state = [](const log::directory_entry& entry) {
      const auto snapshot = raft::parse_checkpoint_name(entry.name);
      return entry.name.ends_with(".log") || (snapshot && snapshot->end > offset(0));
    };
    const bool has_log = std::any_of(listing.entries.begin(), listing.entries.end(), is_state);
    if (listing.ok() && has_log) return find_cluster_id(data, metadata);
    fail(
        {error_code::kafka_storage_error,
         fmt::format("{} holds {} but {} has no log, so nobody knows its topics: put that directory back, or "
                     "use another data directory",
                     options_.data_directory, data.partition, path)});
  });
}

void node::find_cluster_id(const directory_parts& data, const directory_parts& metadata) {
  const auto found = [this](const log::directory_properties& properties) {
    if (options_.cluster_id.empty()) options_.cluster_id = properties.cluster_id;
    open_data();
  };
  if (!data.properties && !metadata.properties && options_.joins && options_.cluster_id.empty())
    return fail(
        {error_code::invalid_config,
         fmt::format("{} is new and joins the controllers of controller.quorum.bootstrap.servers: say "
                     "which cluster that is (--cluster-id), or that this is its first controller "
                     "(--standalone, --initial-controllers)",
                     options_.data_directory)});
  const auto& own = options_.data_directory;
  const auto& apart = options_.metadata_directory;
  const auto sync_apart = [this, apart, fresh = !metadata.properties](unique_function<void()> then) {
    if (!metadata_apart() || !fresh) return then();
    sync_names_above(apart, apart, std::move(then));
  };
  if (data.properties) return sync_apart([this, own, found] { read_properties_in(own, found); });
  sync_names_above(own, own, [this, sync_apart, apart, found, formed = metadata.properties] {
    if (formed) return read_properties_in(apart, found);
    if (options_.cluster_id.empty()) options_.cluster_id = options_.new_cluster_id;
    if (options_.cluster_id.empty()) options_.cluster_id = to_string(random_uuid(environment_.entropy));
    sync_apart([this] { open_data(); });
  });
}

void node::read_properties_in(const std::string& directory,
                              unique_function<void(const log::directory_properties&)> done) {
  raft::read_file(
      disk_, fmt::format("{}/{}", directory, properties_file),
      [this, directory, done = std::move(done)](result<buffer_slice> file) mutable {
        if (!file) return fail(file.failure());
        const auto properties = log::read_meta_properties(as_text(file->view()));
        if (!properties)
          return fail({properties.code(), fmt::format("{}/{}", directory, properties.failure().message)});
        done(*properties);
      });
}

/// A new directory's name has to survive a power cut before anything in it counts, and so have those of its parents that were
/// made with it. Which were, nobody knows after a kill: all are synced, as far up as this process may look.
void node::sync_names_above(const std::string& path, const std::string& fresh, unique_function<void()> done) {
  const auto parent = parent_of(path);
  if (parent.empty()) return done();
  disk_.submit(log::disk::sync_directory{parent}, [this, path, parent, fresh, done = std::move(done)](
                                                      log::disk_completion& synced) mutable {
    if (synced.ok()) return sync_names_above(parent, fresh, std::move(done));
    if (path == fresh)
      return fail(
          {synced.failure,
           fmt::format("cannot sync the directory that {} is in: {}: the broker has to be able to read "
                       "it when it uses a new data directory",
                       path, synced.detail)});
    say(log_level::warning, fmt::format("cannot sync {}: {}: if {} is new, a power cut may lose it", parent,
                                        synced.detail, path));
    done();
  });
}

/// The quorum does not wait for the data: recovering thousands of partitions takes long, and others elect meanwhile.
void node::open_data() {
  if (state_ != state::starting) return;
  claim(options_.data_directory, [this](const uuid& id) {
    if (state_ != state::starting) return;
    if (options_.is_broker) open_logs();
    claim_metadata_directory(id);
  });
}

void node::open_logs() {
  const data_options options{self_, options_.data_directory, options_.cluster_id, options_.advertised};
  data_ = std::make_unique<data_machine>(logs_, now_, environment_.entropy, random_.fork(), options_.configs,
                                         options, links_, to_quorum_, client_memory_.replies);
  if (environment_.request_faults) data_->meet(*environment_.request_faults);
  data_->replicas().set_offline_listener([this](const error& why) { fail(why); });
  data_->open([this](result<void> opened) {
    if (!opened) return fail(opened.failure());
    data_is_open_ = true;
    join_cluster();
  });
}

void node::claim(const std::string& directory, unique_function<void(const uuid&)> done) {
  const auto id = directory == metadata_directory() ? initial_directory() : uuid();
  log::claim_directory(disk_, directory, {options_.cluster_id, self_, id}, environment_.entropy,
                       [this, done = std::move(done)](const result<uuid>& claimed) mutable {
                         claimed ? done(*claimed) : fail_start(claimed.failure());
                       });
}

/// A directory of its own for the metadata says whose it is, as the data's does.
void node::claim_metadata_directory(const uuid& data_directory) {
  const auto go_on = [this](const uuid& id) {
    quorum_directory_ = id;
    open_quorum();
    join_cluster();
  };
  metadata_apart() ? claim(options_.metadata_directory, go_on) : go_on(data_directory);
}

/// Of the metadata; zero: any.
uuid node::initial_directory() const {
  const auto* const own = raft::find_voter(options_.initial_controllers, self_);
  return own ? own->directory : uuid();
}

/// One that listens for no other controller has no address.
raft::voter node::own_voter() const {
  const auto at = options_.advertised_controller.value_or(link::endpoint{"localhost", 0});
  return {self_, quorum_directory_, std::string(controller_listener), at.host, at.port};
}

/// Who votes while the log does not say, and whom to ask who does: servers that are known by no number have those below -1.
void node::set_controllers_of(raft::quorum_options& options) {
  options.static_voters = !options_.controllers.empty();
  if (options.static_voters)
    options.voters = options_.controllers;
  else if (!options_.initial_controllers.empty())
    options.voters = options_.initial_controllers;
  else if (!options_.joins)
    options.voters = {own_voter()};
  identity_.self = own_voter();
  std::map<node_id, link::endpoint> others;
  for (const auto& voter : options_.controllers) {
    if (voter.id == self_)
      identity_.self = voter;
    else
      others[voter.id] = {voter.host, voter.port};
  }
  for (const auto& server : options_.bootstrap) {
    const node_id number(-2 - static_cast<std::int32_t>(options.bootstrap.size()));
    options.bootstrap.push_back(number);
    others[number] = server;
  }
  links_.set_controllers(std::move(others));
  if (identity_.self.port != 0)
    options.listeners = {{identity_.self.listener, identity_.self.host, identity_.self.port}};
}

void node::open_quorum() {
  if (state_ != state::starting) return;
  const own_configs configs(options_.configs);
  const auto period = [&](std::string_view key) { return millis(configs.view.broker_number(key)); };
  raft::quorum_options options;
  options.data_directory = metadata_directory();
  options.self = self_;
  options.directory = quorum_directory_;
  options.auto_join = options_.auto_join;
  set_controllers_of(options);
  options.snapshot_after_bytes = static_cast<std::uint64_t>(
      configs.view.broker_number("metadata.log.max.record.bytes.between.snapshots"));
  options.election_timeout = period("controller.quorum.election.timeout.ms");
  options.fetch_timeout = period("controller.quorum.fetch.timeout.ms");
  options.retry_backoff = period("controller.quorum.retry.backoff.ms");
  options.request_timeout = period("controller.quorum.request.timeout.ms");
  identity_.cluster_id = options_.cluster_id;
  identity_.request_timeout = options.request_timeout;
  quorum_ = std::make_unique<quorum_machine>(logs_, now_, identity_, std::move(options), peers_,
                                             environment_.entropy, options_.configs, to_data_);
  quorum_->open();
}

/// Once both halves are open.
void node::join_cluster() {
  if (state_ != state::starting || !data_is_open_ || !quorum_) return;
  meta::broker_image self;
  self.id = self_;
  self.incarnation = random_uuid(environment_.entropy);
  self.log_dirs = {data_->replicas().directory_id()};
  if (const auto& at = options_.advertised ? options_.advertised : options_.bound)
    self.endpoints.push_back({std::string(client_listener), at->host, at->port, 0});
  if (const auto rack = options_.configs.find("broker.rack"); rack != options_.configs.end())
    self.rack = rack->second;
  data_->join(std::move(self), [this] { finish_start(); });
}

void node::finish_start() {
  if (state_ != state::starting) return;
  state_ = state::serving;
  say(log_level::info, fmt::format("node {} of cluster {} has opened {}", self_.value, options_.cluster_id,
                                   options_.data_directory));
}

}  // namespace klamm::broker::node
