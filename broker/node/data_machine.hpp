// The data's half of a node: its partitions, fetches and coordinators, the handlers that work on them, and its membership of
// the cluster.
//
//   event                 what happens
//   -------------------   --------------------------------------------------------------------------------------------
//   open                  the data directory recovers its logs
//   join                  registers with the controller (lifecycle.hpp)
//   published(image)      the first that has this registration, and those that follow: partitions are made, adopted, led,
//                         removed; then the image is what handlers see, coordinators follow it, and the quorum hears
//                         `applied`. Images that come meanwhile wait; the newest counts
//   leads(controller)     what was to be asked goes there
//   answered              handed on to who asked
//   serve(request)        decoded and handled; the answer comes now or later
//   takes no more, ended  of a connection: its fetches are answered, or forgotten (fetches.hpp)
//   memory is short       for answers: fetches that wait with records are answered
//   leave                 controlled shutdown
//   tick                  fetches, groups, producers, heartbeats and timers that are due
//   the directory fails   every partition answers KAFKA_STORAGE_ERROR; `failed` is told
//
// An older image is nobody's truth: a node that is far behind would take the logs of newer topics for strays.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/entropy.hpp"
#include "base/rng.hpp"
#include "broker/api/context.hpp"
#include "broker/api/dispatch.hpp"
#include "broker/api/request_faults.hpp"
#include "broker/node/brokers.hpp"
#include "broker/node/controller_channel.hpp"
#include "broker/node/directory_reports.hpp"
#include "broker/node/group_shard.hpp"
#include "broker/node/isr_requests.hpp"
#include "broker/node/leader_connections.hpp"
#include "broker/node/lifecycle.hpp"
#include "broker/node/messages.hpp"
#include "broker/node/producer_ids.hpp"

namespace klamm::broker::node {

struct data_options {
  node_id self;
  std::string directory;
  std::string cluster_id;
  std::optional<link::endpoint> advertised;
};

class data_machine final : api::group_directory {
 public:
  data_machine(log::log_environment& environment, const instant& clock, entropy_source& entropy, rng random,
               const meta::config_map& own, data_options options, peer::links& links,
               std::vector<to_quorum>& out, link::reply_memory& memory);
  ~data_machine() override;

  void open(log::done_handler done) { replicas_.open(std::move(done)); }
  void close(log::done_handler done);
  void on(answered message) { message.send(std::move(message.with)); }
  void on(published message);
  void on(leads message) { channel_.on(message); }
  /// Becomes a broker of the cluster. `serving` when clients may come.
  void join(meta::broker_image self, unique_function<void()> serving);
  void leave(unique_function<void()> gone) { lifecycle_.leave(std::move(gone)); }
  /// Does what has become due through earlier events: rounds of fetches, and what this node fetches itself.
  void run() {
    fetches_.run(clock_);
    replicas_.run();
    isr_requests_.run();
    directory_reports_.run();
  }
  void tick();
  time_point deadline() const;

  result<void> serve(api::request request, api::send_response send) {
    if (faulty_) return faulty_->serve(std::move(request), std::move(send));
    return api::dispatch(std::move(request), services_, std::move(send));
  }
  /// From now on requests meet these faults, which outlive the machine.
  void meet(api::request_faults& faults) { faulty_.emplace(faults, services_); }
  void on_takes_no_more(link::connection_id client) { fetches_.hurry(client); }
  void on_ended(link::connection_id client) { fetches_.drop(client); }
  void on_memory_short() { fetches_.relieve(clock_); }

  /// The handlers' view of the node, of which the node knows some itself.
  api::services& services() { return services_; }
  replica::replicas& replicas() { return replicas_; }
  const replica::fetches& fetches() const { return fetches_; }
  const meta::image& metadata() const { return *image_; }

 private:
  result<group::group_coordinator*> coordinator_of(std::string_view group) override;
  std::vector<group::group_coordinator*> coordinators() override;

  void apply_next();
  void on_applied(const std::set<std::string, std::less<>>& deleted);
  void follow_coordinators();
  void reach_brokers();
  void follow_throttles();
  void tell_of_unknown_configs(const meta::image& before);
  bool registered_in(const meta::image& metadata) const;

  const instant& clock_;
  entropy_source& entropy_;
  log_sink& sink_;
  fault_injector* faults_;
  const meta::config_map& own_;
  data_options options_;
  peer::links& links_;
  std::vector<to_quorum>& out_;
  controller_channel channel_;
  lifecycle lifecycle_;
  producer_ids producer_ids_;
  brokers brokers_;
  isr_requests isr_requests_;
  directory_reports directory_reports_;
  leader_connections leaders_;

  api::timers timers_;                         // before those who hold its handles
  std::optional<api::faulty_service> faulty_;  // before those whose end answers what is parked
  replica::replicas replicas_;
  replica::fetches fetches_;
  wire::compressor compressor_;
  meta::image_ptr image_ = std::make_shared<const meta::image>();
  meta::image_ptr applying_, newest_;
  std::map<partition_id, std::unique_ptr<group_shard>> shards_;
  bool joined_ = false, strays_set_aside_ = false, closing_ = false;
  api::services services_;
};

}  // namespace klamm::broker::node
