// The data's half of a node: its partitions, fetches and coordinators, and the handlers that work on them.
//
//   event                 what happens
//   -------------------   --------------------------------------------------------------------------------------------
//   open                  the data directory recovers its logs
//   published(image)      partitions are made, adopted, led, removed; then the image is what handlers see, coordinators
//                         follow it, and the quorum hears `applied`. Images that come meanwhile wait; the newest counts
//   serve(request)        decoded and handled; the answer comes now or later
//   tick                  fetches, groups, producers and timers that are due
//   the directory fails   every partition answers KAFKA_STORAGE_ERROR; `failed` is told
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/entropy.hpp"
#include "base/rng.hpp"
#include "broker/api/context.hpp"
#include "broker/api/dispatch.hpp"
#include "broker/node/group_shard.hpp"
#include "broker/node/messages.hpp"

namespace klamm::broker::node {

struct data_options {
  node_id self;
  std::string directory;
  std::string cluster_id;
  std::optional<link::endpoint> advertised;
};

class data_machine final : api::group_directory, api::controller_channel, api::producer_id_source {
 public:
  data_machine(log::log_environment& environment, const instant& clock, entropy_source& entropy, rng random,
               const meta::config_map& own, data_options options, std::vector<to_quorum>& out);
  ~data_machine() override;

  void open(log::done_handler done) { replicas_.open(std::move(done)); }
  void close(log::done_handler done);
  void on(published message);
  /// Does what has become due through earlier events: rounds of fetches.
  void run() { fetches_.run(clock_); }
  void tick();
  time_point deadline() const;

  result<void> serve(api::request request, api::send_response send) {
    return api::dispatch(std::move(request), services_, std::move(send));
  }

  void submit(unique_function<void(meta::controller&)> run) override {
    out_.push_back(command{std::move(run)});
  }
  /// The handlers' view of the node, of which the node knows some itself.
  api::services& services() { return services_; }
  replica::replicas& replicas() { return replicas_; }
  const meta::image& metadata() const { return *image_; }

 private:
  result<group::group_coordinator*> coordinator_of(std::string_view group) override;
  std::vector<group::group_coordinator*> coordinators() override;
  void next(unique_function<void(result<producer_id>)> done) override;

  void apply_next();
  void on_applied(const std::set<std::string, std::less<>>& deleted);
  void follow_coordinators();
  void give_producer_ids();
  std::int64_t broker_epoch() const;

  const instant& clock_;
  entropy_source& entropy_;
  log_sink& sink_;
  fault_injector* faults_;
  const meta::config_map& own_;
  data_options options_;
  std::vector<to_quorum>& out_;

  api::timers timers_;  // before those who hold its handles
  replica::replicas replicas_;
  replica::fetches fetches_;
  wire::compressor compressor_;
  meta::image_ptr image_ = std::make_shared<const meta::image>();
  meta::image_ptr applying_, newest_;
  std::map<partition_id, std::unique_ptr<group_shard>> shards_;
  std::deque<unique_function<void(result<producer_id>)>> wanting_ids_;
  meta::producer_id_block ids_;
  bool asked_for_ids_ = false, strays_set_aside_ = false, closing_ = false;
  api::services services_;
};

}  // namespace klamm::broker::node
