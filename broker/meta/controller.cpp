#include "broker/meta/controller.hpp"

#include <algorithm>

#include "broker/meta/config_decisions.hpp"
#include "broker/meta/directory_decisions.hpp"
#include "broker/meta/feature_decisions.hpp"
#include "broker/meta/features.hpp"
#include "broker/meta/image_records.hpp"
#include "broker/meta/node_list.hpp"
#include "broker/meta/partition_decisions.hpp"
#include "broker/meta/reassignment_decisions.hpp"
#include "broker/meta/refusals.hpp"
#include "broker/meta/registration.hpp"
#include "broker/meta/topic_decisions.hpp"

namespace klamm::broker::meta {
namespace {

constexpr millis longest_wait_for_brokers(1000);

}  // namespace

controller::controller(metadata_log& log, const instant& clock, entropy_source& entropy, rng random,
                       const config_map& own, node_id self, std::string cluster_id)
    : log_(log),
      clock_(clock),
      entropy_(entropy),
      random_(random),
      own_(own),
      self_(self),
      brokers_(clock, std::move(cluster_id)) {}

decision controller::begin() {
  decision d(state_->current(), own_, self_, entropy_, random_);
  d.next = log_.end();
  d.faults = faults_;
  return d;
}

void controller::activate(const image& committed) {
  other_leads_ = false;
  state_.emplace(committed);
  brokers_.start(begin(), self_);
  brokers_.note_applied(self_, applied_);
  set_balance_time();
  if (committed.cluster->features.empty()) decide_alone(add_bootstrap);
  if (active()) run_waiting(error_code::none);
}

void controller::on_other_leader() {
  other_leads_ = true;
  run_waiting(error_code::not_controller);
}

void controller::run_waiting(error_code why) {
  while (!waiting_.empty() && (why != error_code::none || active())) {
    auto command = std::move(waiting_.front());
    waiting_.pop_front();
    command(why);
  }
}

void controller::resign() {
  state_.reset();
  brokers_.stop();
  balance_at_ = never;
  parked_.fail(error_code::not_controller);
  served_.fail(error_code::not_controller);
}

void controller::on_committed(offset end) {
  committed_ = std::max(committed_, end);
  parked_.advance(committed_);
  release();
}

void controller::on_applied(offset end) {
  applied_ = std::max(applied_, end);
  if (active()) brokers_.note_applied(self_, applied_);
  on_committed(end);
}

void controller::release() {
  if (active())
    served_.advance(committed_, brokers_.applied_by_all(state_->current(), committed_), clock_.steady);
}

void controller::tick() {
  if (!active()) return;
  fence_silent_brokers();
  if (active() && clock_.steady >= balance_at_) {
    set_balance_time();
    decide_alone(balance_leaders);
  }
  release();
}

time_point controller::deadline() const {
  return active() ? std::min({brokers_.deadline(), served_.deadline(), balance_at_}) : never;
}

/// One at a time: what one leaves behind is seen before the next is decided on.
void controller::fence_silent_brokers() {
  while (const auto silent = brokers_.pop_over()) {
    auto d = begin();
    brokers_.fence(*silent, d);
    if (commit(d.records)) continue;
    brokers_.try_again(*silent, d);
  }
}

void controller::set_balance_time() {
  const config_view configs(state_->current(), own_, self_);
  balance_at_ = never;
  if (configs.broker_flag("auto.leader.rebalance.enable"))
    balance_at_ =
        after(clock_.steady,
              std::chrono::seconds(configs.broker_number("leader.imbalance.check.interval.seconds")));
}

void controller::decide_alone(void (*how)(decision&)) {
  auto d = begin();
  how(d);
  if (!commit(d.records)) resign();
}

void controller::when_active(command run) {
  if (active())
    run(error_code::none);
  else if (other_leads_)
    run(error_code::not_controller);
  else
    waiting_.push_back(std::move(run));
}

result<offset> controller::commit(std::span<const metadata_record> records) {
  // Only what comes and goes with a broker may be more: each change of a partition is whole by itself.
  while (records.size() > most_records_at_once) {
    if (auto end = append(records.first(most_records_at_once)); !end) return end;
    records = records.subspan(most_records_at_once);
  }
  return records.empty() ? log_.end() : append(records);
}

result<offset> controller::append(std::span<const metadata_record> records) {
  std::vector<std::vector<std::byte>> encoded;
  encoded.reserve(records.size());
  for (const auto& record : records) encoded.push_back(encode_record(record));
  auto end = log_.append(encoded);
  if (!end) return end;
  auto at = *end - static_cast<std::int64_t>(records.size());
  for (const auto& record : records) {
    state_->replay(record, at, log_.epoch());
    ++at;
  }
  return end;
}

void controller::park(wait until, offset end, parked_answers::action then) {
  if (until == wait::committed) return parked_.after(end, std::move(then));
  served_.after(end, after(clock_.steady, longest_wait_for_brokers), std::move(then));
  release();
}

template <class Request, class Response, class How>
void controller::decide(How how, wait until, const Request& request, reply<Response> answer) {
  when_active([this, how, until, &request, answer = std::move(answer)](error_code why) {
    Response response;  // the reply keeps the request alive
    const auto fail = [&](error_code code) {
      refuse(request, response, code);
      answer(response);
    };
    if (why != error_code::none) return fail(why);
    auto d = begin();
    response = how(request, d);
    const auto end = commit(d.records);
    if (!end) return fail(end.code());
    park(until, *end,
         [&request, response = std::move(response), texts = d.texts, answer](error_code failed) mutable {
           if (failed != error_code::none) refuse(request, response, failed);
           answer(response);
         });
    if (d.then) decide_alone(d.then);
  });
}

void controller::create_topics(const wire::create_topics_request& request,
                               reply<wire::create_topics_response> answer) {
  decide(meta::create_topics, wait::served, request, std::move(answer));
}
void controller::create_partitions(const wire::create_partitions_request& request,
                                   reply<wire::create_partitions_response> answer) {
  decide(meta::create_partitions, wait::served, request, std::move(answer));
}
void controller::delete_topics(const wire::delete_topics_request& request,
                               reply<wire::delete_topics_response> answer) {
  decide(meta::delete_topics, wait::served, request, std::move(answer));
}
void controller::incremental_alter_configs(const wire::incremental_alter_configs_request& request,
                                           reply<wire::incremental_alter_configs_response> answer) {
  decide(meta::incremental_alter_configs, wait::served, request, std::move(answer));
}
void controller::alter_configs(const wire::alter_configs_request& request,
                               reply<wire::alter_configs_response> answer) {
  decide(meta::alter_configs, wait::served, request, std::move(answer));
}
void controller::elect_leaders(const wire::elect_leaders_request& request,
                               reply<wire::elect_leaders_response> answer) {
  decide(meta::elect_leaders, wait::committed, request, std::move(answer));
}
void controller::alter_partition_reassignments(const wire::alter_partition_reassignments_request& request,
                                               reply<wire::alter_partition_reassignments_response> answer) {
  decide(meta::alter_partition_reassignments, wait::committed, request, std::move(answer));
}
void controller::list_partition_reassignments(const wire::list_partition_reassignments_request& request,
                                              reply<wire::list_partition_reassignments_response> answer) {
  decide(meta::list_partition_reassignments, wait::committed, request, std::move(answer));
}
void controller::update_features(const wire::update_features_request& request,
                                 reply<wire::update_features_response> answer) {
  decide(meta::update_features, wait::committed, request, std::move(answer));
}
void controller::alter_partition(const wire::alter_partition_request& request,
                                 reply<wire::alter_partition_response> answer) {
  decide(meta::alter_partition, wait::committed, request, std::move(answer));
}
void controller::assign_replicas_to_dirs(const wire::assign_replicas_to_dirs_request& request,
                                         reply<wire::assign_replicas_to_dirs_response> answer) {
  decide(meta::assign_replicas_to_dirs, wait::committed, request, std::move(answer));
}
void controller::allocate_producer_ids(const wire::allocate_producer_ids_request& request,
                                       reply<wire::allocate_producer_ids_response> answer) {
  decide(meta::allocate_producer_ids, wait::committed, request, std::move(answer));
}
void controller::register_controller(const wire::controller_registration_request& request,
                                     reply<wire::controller_registration_response> answer) {
  decide(meta::register_controller, wait::committed, request, std::move(answer));
}

void controller::unregister_broker(const wire::unregister_broker_request& request,
                                   reply<wire::unregister_broker_response> answer) {
  decide([this](const auto& r, decision& d) { return brokers_.unregister_broker(r, d); }, wait::committed,
         request, std::move(answer));
}
void controller::register_broker(const wire::broker_registration_request& request,
                                 reply<wire::broker_registration_response> answer) {
  decide([this](const auto& r, decision& d) { return brokers_.register_broker(r, d); }, wait::committed,
         request, std::move(answer));
}

void controller::heartbeat(const wire::broker_heartbeat_request& request,
                           reply<wire::broker_heartbeat_response> answer) {
  decide([this](const auto& r, decision& d) { return brokers_.heartbeat(r, d); }, wait::committed, request,
         std::move(answer));
  release();  // it may be the last that had to apply what an answer waits for
}

}  // namespace klamm::broker::meta
