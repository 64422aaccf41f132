// One whole node, without I/O: connections both ways, the quorum's machine and the data's machine, and what they say to each
// other. It is a broker and a controller at once, or one of them alone (process.roles):
//
//   role         the quorum's half                                   the data's half   serves when
//   ----------   -------------------------------------------------   ---------------   -----------------------------------
//   both         votes, or observes; may be the active controller    yes               the controller has unfenced it
//   controller   the same                                            none              it knows the quorum's leader
//   broker       observes                                            yes               the controller has unfenced it
//
//   state       what it does                                                         leaves it by
//   ---------   ------------------------------------------------------------------   ------------------------------
//   starting    joins the quorum, and recovers its directory beside it; registers,   as above: serving
//               opens its partitions; controllers are answered, clients not yet
//   serving     answers requests                                                     stop(): stopping
//   stopping    moves its leaderships, and answers clients until they have moved;    all closed: stopped
//               then answers who waits, takes no more requests, closes logs;
//               controllers are answered to the end
//   left        answers controllers, where all nodes stop together                   stop(): stopping
//   stopped     nothing                                                              -
//   failed      nothing: why() says what the process has to end with                 -
//
// After each event the messages between the machines are delivered until none is left, and fetches that became due are read.
#pragma once

#include <algorithm>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/deadline_queue.hpp"
#include "base/entropy.hpp"
#include "base/faults.hpp"
#include "base/log_sink.hpp"
#include "base/rng.hpp"
#include "broker/log/checkpoint_files.hpp"
#include "broker/log/disk_port.hpp"
#include "broker/log/tail_memory.hpp"
#include "broker/node/data_machine.hpp"
#include "broker/node/quorum_machine.hpp"
#include "broker/peer/links.hpp"
#include "broker/peer/quorum_peers.hpp"
#include "link/server_connection.hpp"
#include "link/transport.hpp"

namespace klamm::broker::node {

struct node_options {
  std::string data_directory;
  /// Where the metadata's log is (metadata.log.dir). Empty: in the data directory.
  std::string metadata_directory;
  /// Whether process.roles has it. Without it the node is a controller alone.
  bool is_broker = true;
  /// Kafka's property names; what is not here has its default.
  meta::config_map configs;
  std::optional<link::endpoint> advertised;
  /// Where other nodes reach this one's clients' listener, and clients that asked another node. Null: `advertised`.
  std::optional<link::endpoint> bound;
  /// The controllers of the cluster, this node among them (kraft.version 0). Empty: the log says who they are; a new one says
  /// that this node is the only one, unless it joins others.
  std::vector<raft::voter> controllers;
  /// The controllers that a new log begins with, this node among them, each with the directory that it has to be in (kraft.version
  /// 1). Empty: this node alone, unless it joins others.
  std::vector<raft::voter> initial_controllers;
  /// Whom to ask for the leader (controller.quorum.bootstrap.servers), and whether a new directory's log comes from them.
  std::vector<link::endpoint> bootstrap;
  bool joins = false;
  bool auto_join = false;  // controller.quorum.auto.join.enable
  /// Where other nodes reach this one's controller. Null: where it is bound.
  std::optional<link::endpoint> advertised_controller;
  /// Which of the listeners is the controllers'; the others are the clients'.
  link::listener_id controller_listener;
  /// Empty: what the directory says, or a new one.
  std::string cluster_id;
  /// Of a directory that has none. Empty: a random one.
  std::string new_cluster_id;
  std::size_t tail_memory = 128 * 1024 * 1024;
  /// Segments that stay open for reading, beside those that are written.
  std::size_t open_readers = log::open_readers::usual;
  std::uint64_t seed = 1;
};

/// What the node stands on; all outlive it.
struct node_environment {
  entropy_source& entropy;
  log_sink& sink;
  fault_injector* faults = nullptr;
  api::request_faults* request_faults = nullptr;
};

/// What connections of one listener share.
struct listener_memory {
  explicit listener_memory(const meta::config_map& own);

  link::frame_memory requests;
  link::reply_memory replies;
  time_point deadline() const { return std::min(requests.deadline(), replies.deadline()); }
};

/// Of a node that stops: whether the others stay, or stop at the same time and need its controller until they have left.
enum class others : std::uint8_t { stay, stop_too };

class node final : public link::net_machine {
 public:
  enum class state { starting, serving, stopping, left, stopped, failed };

  node(node_options options, node_environment environment);
  ~node() override;

  /// Before start(): where the clients' listener was bound, and who the controllers are (see node_options).
  void set_bound(link::endpoint at) { options_.bound = std::move(at); }
  void set_controllers(std::vector<raft::voter> all) { options_.controllers = std::move(all); }
  void set_bound_controller(link::endpoint at) {
    if (!options_.advertised_controller) options_.advertised_controller = std::move(at);
  }
  void set_new_cluster_id(std::string id) { options_.new_cluster_id = std::move(id); }
  void start(instant now);
  /// Closes connections as their requests are answered, then the logs. The disk is still needed until `stopped`.
  void stop(instant now, link::net_effects& out, others rest = others::stay);

  mutable_bytes read_buffer(link::connection_id id) override;
  void on(const link::net_event& event, instant now, link::net_effects& out) override;
  time_point deadline() const override;

  /// What the disk has to do, and what it has done.
  void take_disk(log::disk_effects& out) { port_.take(out); }
  void complete(log::disk_completion done, instant now, link::net_effects& out);

  /// The shell cannot do for it what it needs: it is `failed` from now on.
  void fail(error why);

  state current_state() const { return state_; }
  /// Of the state `failed`.
  const error& why() const { return why_; }
  const std::string& cluster_id() const { return options_.cluster_id; }
  node_id id() const { return self_; }
  /// Its halves, for whoever looks on; null before they are made. A controller alone has no data.
  data_machine* data() { return data_.get(); }
  const raft::quorum* quorum() const { return quorum_ ? &quorum_->quorum() : nullptr; }
  const listener_memory& client_memory() const { return client_memory_; }
  const listener_memory& controller_memory() const { return controller_memory_; }
  const log::tail_memory& tail() const { return tail_; }
  std::size_t connections() const { return connections_.size(); }
  /// From now on clients are told to connect to this address; null: to the one they dialled.
  void advertise(std::optional<link::endpoint> at);

 private:
  struct connection;
  struct directory_parts;
  struct received_request {
    link::connection_id from;
    link::incoming what;
  };

  // Starting: node_boot.cpp.
  bool metadata_apart() const { return !options_.metadata_directory.empty(); }
  const std::string& metadata_directory() const {
    return metadata_apart() ? options_.metadata_directory : options_.data_directory;
  }
  void list(const std::string& directory, unique_function<void(const directory_parts&)> done);
  void read_properties();
  bool has_names(const std::string& directory, const directory_parts& found);
  void on_listed(const directory_parts& data, const directory_parts& metadata);
  void find_metadata_log(const directory_parts& data, const directory_parts& metadata);
  void find_cluster_id(const directory_parts& data, const directory_parts& metadata);
  void read_properties_in(const std::string& directory,
                          unique_function<void(const log::directory_properties&)> done);
  void sync_names_above(const std::string& path, const std::string& fresh, unique_function<void()> done);
  void open_data();
  void open_logs();
  void claim(const std::string& directory, unique_function<void(const uuid&)> done);
  void claim_metadata_directory(const uuid& data_directory);
  void open_quorum();
  raft::voter own_voter() const;
  uuid initial_directory() const;
  void set_controllers_of(raft::quorum_options& options);
  void join_cluster();
  void finish_start();

  void handle(const link::event::accepted& event);
  void handle(const link::event::connected& event);
  void handle(const link::event::received& event);
  void handle(const link::event::sent& event);
  void handle(const link::event::closed& event);
  void handle(const link::event::tick&);

  template <class Call>
  void with_connection(link::connection_id id, Call call);
  /// A broker that is leaving tells who comes where its partitions are now.
  bool serves_clients() const { return state_ == state::serving || leaving_; }
  void serve(connection& from, link::incoming request);
  void respond(link::connection_id id, link::request_number number, const result<byte_chain>& body);
  void settle();
  void serve_received();
  void turn_away(link::connection_id id, link::request_number number);
  void tell_of_connections();
  void hand_out(link::frame_memory& memory);
  void judge(listener_memory& memory);
  void deliver_messages();
  void deliver(answered message) { data_->on(std::move(message)); }
  void deliver(published message) {
    if (data_) data_->on(std::move(message));
  }
  void deliver(leads message);
  void deliver(voting message);
  void deliver(failed message) { fail(std::move(message.why)); }
  link::net_effects& effects() { return out_ ? *out_ : held_; }
  void close_connections(bool of_controllers);
  void close_machines();
  void on_left();
  void close_quorum();
  void finish_stop();
  /// As fail(), of a step of the start: a node that is being stopped meanwhile may well not come further.
  void fail_start(error why) {
    if (state_ == state::starting) fail(std::move(why));
  }
  void say(log_level level, const std::string& what) const;

  node_options options_;
  node_environment environment_;
  node_id self_;
  instant now_;
  rng random_;
  listener_memory client_memory_, controller_memory_;  // apart: what clients hold keeps no vote waiting
  log::disk_port port_;
  log::tail_memory tail_;
  wire::compressor compressor_;
  log::log_environment logs_;
  log::disk_client disk_;
  std::vector<to_quorum> to_quorum_;
  std::vector<to_data> to_data_;
  raft::identity identity_;
  peer::links links_;
  peer::quorum_peers peers_;
  std::unique_ptr<data_machine> data_;
  uuid quorum_directory_{};  // that this node votes by: the metadata's
  std::unique_ptr<quorum_machine> quorum_;
  state state_ = state::starting;
  bool data_is_open_ = false;
  bool leaving_ = false;           // of the state `stopping`: its leaderships move
  bool stays_controller_ = false;  // the same: until stop() is called again
  error why_{error_code::none};
  std::unordered_map<link::connection_id, std::unique_ptr<connection>> connections_;  // looked up only
  deadline_queue<link::connection_id> connection_deadlines_;
  std::vector<received_request> inbox_;
  std::vector<link::connection_id> full_, ended_;  // of which the data's machine has to hear
  link::net_effects* out_ = nullptr;               // of the event that is being handled
  link::net_effects held_;                         // decided between events
};

}  // namespace klamm::broker::node
