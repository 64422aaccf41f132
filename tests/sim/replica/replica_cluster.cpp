#include "tests/sim/replica/replica_cluster.hpp"

#include <fmt/format.h>

#include "tests/sim/bit_rot.hpp"
#include "wire/batch_builder.hpp"
#include "wire/batch_reader.hpp"
#include "wire/reader.hpp"
#include "wire/writer.hpp"

namespace klamm::sim {
namespace {

using namespace std::chrono_literals;
using namespace broker::replica;

constexpr node_id controller_id{0};
constexpr api_version fetch_version = 18;
constexpr duration call_timeout = 1s, beat_interval = 100ms, session_timeout = 400ms, retry_after = 100ms;

std::vector<node_id> ids(int count) {
  std::vector<node_id> all;
  for (int i = 1; i <= count; ++i) all.push_back(node_id(i));
  return all;
}

template <class Message>
buffer_slice encoded(const Message& message) {
  wire::writer out;
  encode(out, message, fetch_version);
  return buffer_slice::own(out.finish().flatten());
}

/// One batch of one record, which says its number.
buffer_slice one_record(std::uint64_t number, wire::compressor& contexts) {
  wire::batch_builder builder;
  const auto text = fmt::format("record {}", number);
  builder.append({.timestamp = timestamp(1000), .key = {}, .value = as_bytes_view(text), .headers = {}});
  const auto batch = builder.seal({wire::codec::none, std::nullopt}, contexts);
  return buffer_slice::own(wire::stamped(batch, {.base_offset = offset(0)}).flatten());
}

void damage(wire::fetch_response& response, rng& random) {
  for (auto& topic : response.responses)
    for (auto& one : topic.partitions) {
      if (!one.records || one.records->empty()) continue;
      auto bytes = one.records->chain().flatten();
      turn_a_bit(bytes, random);
      one.records = wire::records_field(buffer_slice::own(std::move(bytes)));
    }
}

}  // namespace

/// A request that is open: answered once, if the one that asks still lives.
template <class Answer>
struct replica_cluster::call {
  replica_node& from;
  std::uint64_t life;
  unique_function<void(result<Answer>)> done;

  bool open() const { return done && from.runs() && from.life() == life; }
  void answer(result<Answer> said) {
    if (!open()) return;
    auto told = std::move(done);
    done = nullptr;
    from.event([&] { told(std::move(said)); });
  }
};

template <class Answer>
replica_cluster::call_ptr<Answer> replica_cluster::open_call(replica_node& from,
                                                             unique_function<void(result<Answer>)> done) {
  return std::make_shared<call<Answer>>(from, from.life(), std::move(done));
}

replica_cluster::replica_cluster(std::uint64_t seed, cluster_conditions how, log_sink& log,
                                 fault_injector* faults)
    : time_(seed), how_(std::move(how)), controller_(how_.partitions, ids(how_.nodes)) {
  for (const auto id : ids(how_.nodes))
    nodes_.push_back(std::make_unique<replica_node>(
        replica_node::place{time_, *this, history_, log, faults, *parse_uuid("2TsmqqM9ScCZBABU_Vw36A"),
                            how_.replica},
        id));
  controller_.set_listener([this] { publish(); });
  beat();
}

replica_cluster::~replica_cluster() = default;

void replica_cluster::start_all() {
  for (auto& node : nodes_)
    if (!node->runs()) node->start();
}

// The network

bool replica_cluster::passes(node_id from, node_id to) {
  return !blocked_.contains({from, to}) && !time_.random().chance(how_.loss);
}

void replica_cluster::cut_off(int number) {
  for (int other = 0; other <= size(); ++other) {
    if (other == number) continue;
    block(number, other);
    block(other, number);
  }
}

void replica_cluster::keep_from_learning(node_id who, duration time) {
  sessions_[who].learns_from = after(time_.now().steady, time);
}

void replica_cluster::carry(node_id from, node_id to, unique_function<void(replica_node&)> there) {
  if (!passes(from, to)) return;
  time_.in(delay(), [this, to, there = std::move(there)]() mutable {
    if (auto& node = at(to); node.open()) node.event([&] { there(node); });
  });
}

buffer_slice replica_cluster::pack(const wire::fetch_response& response) {
  if (!time_.random().chance(how_.corruption)) return encoded(response);
  auto damaged = response;
  damage(damaged, time_.random());
  return encoded(damaged);
}

void replica_cluster::fetch(replica_node& from, node_id leader, wire::fetch_request request,
                            fetched_handler done) {
  const auto open = open_call<fetched>(from, std::move(done));
  time_.in(call_timeout, [open] { open->answer(error(error_code::network_exception, "no answer in time")); });
  carry(from.id(), leader, [this, open, frame = encoded(request)](replica_node& there) {
    wire::reader in(frame);
    wire::fetch_request asked;
    decode(in, asked, fetch_version);
    there.fetches().fetch(
        asked, link::connection_id(++connections_),
        [this, open, leader = there.id()](const wire::fetch_response& response) {
          if (!passes(leader, open->from.id())) return;
          auto packed = pack(response);
          time_.in(delay(), [open, frame = std::move(packed)] {
            fetched answer{frame, {}};
            wire::reader back(frame);
            decode(back, answer.response, fetch_version);
            open->answer(std::move(answer));
          });
        },
        there.now());
  });
}

void replica_cluster::range(replica_node& from, node_id leader, const range_question& asked,
                            range_handler done) {
  const auto open = open_call<leader_range>(from, std::move(done));
  time_.in(call_timeout, [open] { open->answer(error(error_code::network_exception, "no answer in time")); });
  carry(from.id(), leader, [this, open, asked](replica_node& there) {
    auto* const one = there.partition(asked.partition.partition);
    const auto why = one ? one->check_leader(asked.leader_epoch) : error_code::unknown_topic_id;
    auto said = why == error_code::none ? result<leader_range>({one->log().start(), one->log().end()})
                                        : result<leader_range>(why);
    if (!passes(there.id(), open->from.id())) return;
    time_.in(delay(), [open, said = std::move(said)] { open->answer(said); });
  });
}

void replica_cluster::propose(replica_node& from, isr_proposal proposal, isr_handler decided) {
  ask_controller(from.id(), std::make_shared<isr_proposal>(std::move(proposal)),
                 open_call<isr_decision>(from, std::move(decided)));
}

/// Again and again: what is lost on the way may have been done.
void replica_cluster::ask_controller(node_id from, std::shared_ptr<isr_proposal> proposal,
                                     call_ptr<isr_decision> answer) {
  if (!answer->open()) return;
  time_.in(retry_after, [this, from, proposal, answer] { ask_controller(from, proposal, answer); });
  if (!passes(from, controller_id)) return;
  time_.in(delay(), [this, from, proposal, answer] {
    auto said = controller_.alter(from, *proposal);
    if (!passes(controller_id, from)) return;
    time_.in(delay(), [answer, said = std::move(said)] { answer->answer(said); });
  });
}

// The controller's sessions

void replica_cluster::started(replica_node& node) {
  time_.in(delay(), [this, &node, life = node.life()] {
    if (!node.runs() || node.life() != life) return;
    controller_.register_broker(node.id());
    sessions_[node.id()] = {life, time_.now().steady, {}};
    publish();
  });
}

void replica_cluster::beat() {
  for (auto& node : nodes_) {
    const auto found = sessions_.find(node->id());
    if (found == sessions_.end()) continue;
    auto& its = found->second;
    const auto& known = controller_.view().brokers.at(node->id());
    const bool heard = node->open() && node->life() == its.registered_life &&
                       passes(node->id(), controller_id) && passes(controller_id, node->id());
    if (heard) its.last_beat = time_.now().steady;
    if (heard && known.fenced && node->knows(known.epoch)) controller_.unfence(node->id());
    if (!known.fenced && after(its.last_beat, session_timeout) < time_.now().steady)
      controller_.fence(node->id());
  }
  publish();
  time_.in(beat_interval, [this] { beat(); });
}

void replica_cluster::publish() {
  for (auto& node : nodes_) {
    const auto found = sessions_.find(node->id());
    if (found == sessions_.end() || found->second.registered_life != node->life() ||
        found->second.learns_from > time_.now().steady)
      continue;
    carry(controller_id, node->id(), [view = controller_.view()](replica_node& there) { there.learn(view); });
  }
}

// Producers

replica_node* replica_cluster::leader(partition_id of) {
  const auto id = controller_.view().partitions.at(static_cast<std::size_t>(of.value)).leader;
  if (id.value < 0 || !at(id).open()) return nullptr;
  const auto* const there = at(id).partition(of);
  return there && there->leading() ? &at(id) : nullptr;
}

bool replica_cluster::produce(replica_node& to, partition_id in, produce_how how, produced_handler done) {
  auto* const there = to.partition(in);
  if (!there || !there->leading()) return false;
  to.event([&] {
    there->produce(one_record(next_value_++, to.contexts()), how, to.contexts(), to.now(), std::move(done));
  });
  return true;
}

bool replica_cluster::produce(partition_id to, produce_how how) {
  std::vector<replica_node*> leaders;  // an old one may not know yet that it is none any more
  for (auto& node : nodes_)
    if (const auto* const there = node->partition(to); there && there->leading())
      leaders.push_back(node.get());
  if (leaders.empty()) return false;
  auto& at_node = *leaders[time_.random().below(leaders.size())];
  const auto batch = one_record(next_value_, at_node.contexts());
  wire::batch_reader reader(batch);
  wire::batch_view view;
  reader.next(view);
  return produce(at_node, to, how,
                 [this, to, acks = how.acks, crc = view.header().crc](const produced& said) {
                   if (said.failure == error_code::none && acks == required_acks::all)
                     history_.acknowledged(to, said.base, crc);
                 });
}

// How it stands

bool replica_cluster::until(duration limit, const std::function<bool()>& so) {
  const auto end = after(time_.now().steady, limit);
  while (!so())
    if (!time_.step(end)) return so();
  return true;
}

bool replica_cluster::agrees() {
  for (int i = 0; i < partitions(); ++i)
    if (!agrees(partition_id(i))) return false;
  return true;
}

bool replica_cluster::agrees(partition_id on) {
  const auto* const leading = leader(on);
  if (!leading) return false;
  const auto& led = controller_.view().partitions.at(static_cast<std::size_t>(on.value));
  if (led.isr.size() != led.replicas.size()) return false;
  const auto& first = at(led.leader).partition(on)->log();
  for (const auto id : led.replicas) {
    const auto* const there = at(id).open() ? at(id).partition(on) : nullptr;
    if (!there || there->epoch() != led.epoch || there->log().end() != first.end() ||
        there->log().high_watermark() != first.end() || there->log().latest_epoch() > led.epoch)
      return false;
  }
  return true;
}

}  // namespace klamm::sim
