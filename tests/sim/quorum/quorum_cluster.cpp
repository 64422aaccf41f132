#include "tests/sim/quorum/quorum_cluster.hpp"

#include <functional>

#include <fmt/format.h>

#include "tests/sim/bit_rot.hpp"

namespace klamm::sim {
namespace {

using namespace broker::raft;

constexpr duration request_timeout = std::chrono::seconds(1);
constexpr duration look_every = std::chrono::milliseconds(10);
constexpr const char* listener = "CONTROLLER";

/// Whoever of the answer and the timeout comes first tells; the other is passed over.
template <class Response>
struct pending {
  reply<Response> then;
  void tell(result<Response> came) {
    if (auto told = std::exchange(then, nullptr)) told(std::move(came));
  }
};

template <class Response>
void damage(Response&, rng&) {}
void damage(fetch_response& answer, rng& random) {
  auto bytes = answer.records.flatten();
  turn_a_bit(bytes, random);
  answer.records = byte_chain(buffer_slice::own(std::move(bytes)));
}
void damage(snapshot_response& answer, rng& random) {
  std::vector<std::byte> bytes(answer.bytes.view().begin(), answer.bytes.view().end());
  turn_a_bit(bytes, random);
  answer.bytes = buffer_slice::own(std::move(bytes));
}

}  // namespace

/// A member's way out.
class quorum_cluster::post final : public peers {
 public:
  post(quorum_cluster& in, node_id from) : in_(in), from_(from) {}

  void send(node_id to, const vote_request& what, reply<vote_response> then) override {
    carry(to, what, then);
  }
  void send(node_id to, const begin_epoch_request& what, reply<epoch_response> then) override {
    carry(to, what, then);
  }
  void send(node_id to, const end_epoch_request& what, reply<epoch_response> then) override {
    carry(to, what, then);
  }
  void send(node_id to, const fetch_request& what, reply<fetch_response> then) override {
    carry(to, what, then);
  }
  void send(node_id to, const snapshot_request& what, reply<snapshot_response> then) override {
    carry(to, what, then);
  }
  void send(node_id to, const versions_request& what, reply<versions_response> then) override {
    carry(to, what, then);
  }
  void send(node_id to, const add_voter_request& what, reply<change_response> then) override {
    carry(to, what, then);
  }
  void send(node_id to, const remove_voter_request& what, reply<change_response> then) override {
    carry(to, what, then);
  }
  void send(node_id to, const update_voter_request& what, reply<update_voter_response> then) override {
    carry(to, what, then);
  }
  void learn(node_id, const host_port&) override {}  // everybody knows everybody here

 private:
  template <class Request, class Response>
  void carry(node_id to, const Request& what, reply<Response>& then) {
    in_.carry(from_, to, what, std::move(then));
  }

  quorum_cluster& in_;
  node_id from_;
};

quorum_cluster::quorum_cluster(std::uint64_t seed, quorum_conditions how, log_sink& log,
                               fault_injector* faults)
    : time_(seed), how_(how) {
  quorum_options options;
  options.data_directory = "/data";
  options.snapshot_after_bytes = how.snapshot_after_bytes;
  options.auto_join = how.auto_join;
  options.static_voters = how.configured;
  for (int i = 1; i <= how.voters; ++i) {
    options.voters.push_back(entry_of(i));
    if (how.configured) options.voters.back().directory = {};
  }
  const auto size = how.voters + how.observers + how.joiners;
  for (int i = 1; i <= size; ++i) {
    options.self = node_id(i);
    options.directory = entry_of(i).directory;
    if (how.change_voters) options.listeners = {{listener, "localhost", entry_of(i).port}};
    if (i > how.voters + how.observers)
      for (const auto& known : std::exchange(options.voters, {})) options.bootstrap.push_back(known.id);
    posts_.push_back(std::make_unique<post>(*this, node_id(i)));
    members_.push_back(std::make_unique<quorum_member>(
        quorum_member::surroundings{time_, history_, *posts_.back(), log, faults}, options));
  }
}

quorum_cluster::~quorum_cluster() = default;

void quorum_cluster::start_all() {
  for (const auto& one : members_)
    if (!one->runs()) one->start();
}

bool quorum_cluster::passes(node_id from, node_id to) {
  return !blocked_.contains({from, to}) && !time_.random().chance(how_.loss);
}

template <class Request, class Response>
void quorum_cluster::carry(node_id from, node_id to, Request what, reply<Response> then) {
  auto& sender = member(from.value);
  auto waiting = std::make_shared<pending<Response>>(pending<Response>{std::move(then)});
  // What is told, is told to the life that asked.
  auto tell = [&sender, waiting, life = sender.life()](result<Response> came) {
    if (sender.life() == life && sender.runs())
      sender.event([&](quorum&) { waiting->tell(std::move(came)); });
  };
  time_.in(request_timeout, [tell] { tell(error(error_code::timed_out)); });
  if (!passes(from, to)) return;
  time_.in(delay(), [this, from, to, tell, what = std::move(what)] {
    auto& receiver = member(to.value);
    if (!receiver.runs()) return tell(error(error_code::disconnected));
    receiver.event([&](quorum& voter) {
      voter.on(what, [this, from, to, tell](result<Response> answer) {
        if (!passes(to, from)) return;
        if (answer && time_.random().chance(how_.corruption)) damage(*answer, time_.random());
        time_.in(delay(), [tell, answer = std::move(answer)] { tell(answer); });
      });
    });
  });
}

quorum_member* quorum_cluster::leader() {
  quorum_member* found = nullptr;
  for (const auto& one : members_) {
    if (!one->runs() || !one->voter().leading()) continue;
    if (!found || one->voter().epoch() > found->voter().epoch()) found = one.get();
  }
  return found;
}

bool quorum_cluster::append() {
  auto* const to = leader();
  if (!to) return false;
  const auto value = fmt::format("record {}", next_value_++);
  const auto bytes = as_bytes_view(value);
  bool taken = false;
  to->event([&](quorum& voter) {
    const std::vector<record_value> values{{bytes.begin(), bytes.end()}};
    taken = voter.append(values).has_value();
  });
  return taken;
}

voter quorum_cluster::entry_of(int number) {
  uuid directory;
  directory.bytes.back() = static_cast<std::uint8_t>(number);
  return {node_id(number), directory, listener, "localhost", static_cast<std::uint16_t>(9000 + number)};
}

bool quorum_cluster::add_voter(const voter& added, reply<change_response> then) {
  return ask(add_voter_request{added}, std::move(then));
}

bool quorum_cluster::remove_voter(const replica_key& removed, reply<change_response> then) {
  return ask(remove_voter_request{removed}, std::move(then));
}

template <class Request>
bool quorum_cluster::ask(const Request& request, reply<change_response> then) {
  auto* const to = leader();
  if (to) to->event([&](quorum& leading) { leading.on(request, std::move(then)); });
  return to != nullptr;
}

bool quorum_cluster::until(duration limit, const std::function<bool()>& so) {
  const auto end = after(time_.now().steady, limit);
  while (!so()) {
    if (time_.now().steady >= end) return false;
    time_.run_until(std::min(end, after(time_.now().steady, look_every)));
  }
  return true;
}

bool quorum_cluster::agrees() {
  const auto* const leading = leader();
  if (!leading) return false;
  for (const auto& one : members_)
    if (!one->runs() || one->delivered() != leading->voter().end() || one->state() != leading->state())
      return false;
  return true;
}

}  // namespace klamm::sim
