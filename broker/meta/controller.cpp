#include "broker/meta/controller.hpp"

#include <algorithm>

#include "broker/meta/config_decisions.hpp"
#include "broker/meta/features.hpp"
#include "broker/meta/image_records.hpp"
#include "broker/meta/topic_decisions.hpp"

namespace klamm::broker::meta {
namespace {

constexpr std::int32_t producer_ids_per_block = 1000;

auto& items(wire::create_topics_response& r) { return r.topics; }
auto& items(wire::create_partitions_response& r) { return r.results; }
auto& items(wire::delete_topics_response& r) { return r.responses; }
auto& items(wire::incremental_alter_configs_response& r) { return r.responses; }
auto& items(wire::alter_configs_response& r) { return r.responses; }

/// What would have succeeded did not.
template <class Response>
void fail_items(Response& response, error_code why) {
  for (auto& item : items(response))
    if (item.error_code == error_code::none) item.error_code = why;
}

bool holds(const std::vector<node_id>& nodes, node_id id) {
  return std::find(nodes.begin(), nodes.end(), id) != nodes.end();
}

}  // namespace

controller::controller(metadata_log& log, entropy_source& entropy, const config_map& own, node_id self)
    : log_(log), entropy_(entropy), own_(own), self_(self) {}

void controller::activate(const image& committed) {
  state_.emplace(committed);
  if (committed.cluster->features.empty()) write_bootstrap();
  while (!waiting_.empty() && active()) {
    auto command = std::move(waiting_.front());
    waiting_.pop_front();
    command();
  }
}

void controller::resign() {
  state_.reset();
  parked_.fail(error_code::not_controller);
}

void controller::on_applied(offset end) { parked_.advance(end); }

void controller::write_bootstrap() {
  std::vector<metadata_record> records;
  for (const auto& feature : features) {
    if (feature.name == kraft_version) continue;
    wire::feature_level_record record;
    record.name = feature.name;
    record.feature_level = feature.initial;
    records.emplace_back(record);
  }
  if (!commit(records)) resign();
}

void controller::when_active(unique_function<void()> command) {
  if (active())
    command();
  else
    waiting_.push_back(std::move(command));
}

result<offset> controller::commit(const std::vector<metadata_record>& records) {
  if (records.empty()) return log_.end();
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

template <class Request, class Response>
void controller::decide(Response (*how)(const Request&, decision&), const Request& request,
                        reply<Response> answer) {
  when_active([this, how, &request, answer = std::move(answer)] {  // the reply keeps the request alive
    auto d = begin();
    auto response = how(request, d);
    const auto end = commit(d.records);
    if (!end) {
      fail_items(response, end.code());
      return answer(response);
    }
    parked_.after(*end, [response = std::move(response), texts = d.texts, answer](error_code failed) mutable {
      if (failed != error_code::none) fail_items(response, failed);
      answer(response);
    });
  });
}

void controller::create_topics(const wire::create_topics_request& request,
                               reply<wire::create_topics_response> answer) {
  decide(meta::create_topics, request, std::move(answer));
}
void controller::create_partitions(const wire::create_partitions_request& request,
                                   reply<wire::create_partitions_response> answer) {
  decide(meta::create_partitions, request, std::move(answer));
}
void controller::delete_topics(const wire::delete_topics_request& request,
                               reply<wire::delete_topics_response> answer) {
  decide(meta::delete_topics, request, std::move(answer));
}
void controller::incremental_alter_configs(const wire::incremental_alter_configs_request& request,
                                           reply<wire::incremental_alter_configs_response> answer) {
  decide(meta::incremental_alter_configs, request, std::move(answer));
}
void controller::alter_configs(const wire::alter_configs_request& request,
                               reply<wire::alter_configs_response> answer) {
  decide(meta::alter_configs, request, std::move(answer));
}

template <class T>
void controller::commit_then(const std::vector<metadata_record>& records, T answer,
                             unique_function<void(result<T>)> done) {
  const auto end = commit(records);
  if (!end) return done(end.failure());
  auto shared = std::make_shared<unique_function<void(result<T>)>>(std::move(done));
  parked_.after(*end, [shared, answer](error_code failed) {
    if (failed != error_code::none) return (*shared)(failed);
    (*shared)(answer);
  });
}

void controller::register_broker(const broker_image& broker,
                                 unique_function<void(result<std::int64_t>)> done) {
  when_active([this, broker, done = std::move(done)]() mutable {
    auto registered = broker;
    registered.epoch = log_.end().value;
    registered.fenced = true;
    commit_then<std::int64_t>({registration_record(broker.id, registered)}, registered.epoch,
                              std::move(done));
  });
}

void controller::unfence_broker(node_id id, unique_function<void(result<void>)> done) {
  when_active([this, id, done = std::move(done)]() mutable {
    const auto* const broker = state_->current().broker(id);
    if (!broker) return done(error_code::broker_id_not_registered);
    std::vector<metadata_record> records;
    wire::unfence_broker_record unfence;
    unfence.id = id;
    unfence.epoch = broker->epoch;
    records.emplace_back(unfence);
    for (const auto& [name, topic] : state_->current().topics->by_name) {
      for (std::size_t i = 0; i < topic->partitions.size(); ++i) {
        const auto& p = topic->partitions[i];
        if ((p.leader != id && p.leader != node_id(-1)) || !holds(p.isr, id)) continue;
        wire::partition_change_record change;
        change.topic_id = topic->id;
        change.partition_id = partition_id(static_cast<std::int32_t>(i));
        change.leader = id;
        records.emplace_back(change);
      }
    }
    commit_then<bool>(records, true, [done = std::move(done)](result<bool> committed) mutable {
      if (!committed) return done(committed.failure());
      done({});
    });
  });
}

void controller::allocate_producer_ids(node_id broker,
                                       unique_function<void(result<producer_id_block>)> done) {
  when_active([this, broker, done = std::move(done)]() mutable {
    const auto& state = state_->current();
    const producer_id first(state.cluster->next_producer_id);
    const auto* const registered = state.broker(broker);
    wire::producer_ids_record record;
    record.broker_id = broker;
    record.broker_epoch = registered ? registered->epoch : -1;
    record.next_producer_id = producer_id(first.value + producer_ids_per_block);
    commit_then<producer_id_block>({record}, {first, producer_ids_per_block}, std::move(done));
  });
}

}  // namespace klamm::broker::meta
