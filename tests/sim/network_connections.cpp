// How connections are made, carry bytes, and end.
#include <algorithm>
#include <cassert>
#include <utility>

#include "tests/sim/network.hpp"

namespace klamm::sim {
namespace {

/// Ids of accepted connections have the highest bit that keeps them positive (see link/transport.hpp).
link::connection_id accepted_id(std::int64_t count) {
  return link::connection_id(count | std::int64_t{1} << 62);
}

}  // namespace

void network::connect(host_id from, const link::effect::connect& wanted) {
  const auto life = hosts_[index(from)].life;
  const auto delay = world_.between(conditions.least_delay, conditions.most_delay);
  world_.in(delay, [this, from, life, wanted] { establish(from, life, wanted); });
}

void network::establish(host_id from, std::uint64_t life, const link::effect::connect& wanted) {
  if (!runs(from) || hosts_[index(from)].life != life) return;
  const auto to = find_host(wanted.to.host);
  if (to == host_id()) return fail_connect(from, life, wanted.id, "no such host");
  if (blocked(from, to) || blocked(to, from)) {
    world_.in(conditions.connect_timeout, [this, from, life, id = wanted.id] {
      fail_connect(from, life, id, "the connection attempt timed out");
    });
    return;
  }
  auto& host = hosts_[index(to)];
  const auto listener = host.listeners.find(wanted.to.port);
  if (!host.runs || listener == host.listeners.end() || world_.random().chance(conditions.refuse)) {
    ++counts.refused;
    return fail_connect(from, life, wanted.id, "connection refused");
  }
  const auto near = std::make_shared<end>(), far = std::make_shared<end>();
  static_cast<end_name&>(*near) = far->peer = {from, life, wanted.id};
  static_cast<end_name&>(*far) = near->peer = {to, host.life, accepted_id(host.next_accepted++)};
  ends_[{from, near->id}] = near;
  ends_[{to, far->id}] = far;
  ++counts.connections;
  world_.trace("connect", static_cast<std::uint64_t>(from.value), static_cast<std::uint64_t>(to.value));

  const link::endpoint client{hosts_[index(from)].name, 0}, server{host.name, wanted.to.port};
  // Nothing that the server sends overtakes the news that the connection is made.
  far->last_arrival =
      after(world_.now().steady, world_.between(conditions.least_delay, conditions.most_delay));
  world_.at(far->last_arrival, [this, near, client, server] {
    if (alive(*near)) deliver(near->at, link::event::connected{near->id, server, client});
  });
  deliver(to, link::event::accepted{far->id, listener->second, client, server});
}

void network::fail_connect(host_id from, std::uint64_t life, link::connection_id id, std::string why) {
  if (!runs(from) || hosts_[index(from)].life != life) return;
  deliver(from, link::event::closed{id, {error_code::connect_failed, std::move(why)}});
}

void network::send(host_id from, const link::effect::send& what) {
  const auto near = find(from, what.id);
  if (!near || what.bytes.empty()) return;
  const auto far = find(near->peer);
  if (!far) return;  // the peer is gone; the reset is on its way
  const auto bytes = what.bytes.flatten();
  counts.bytes += bytes.size();
  world_.trace("send", bytes);
  for (bytes_view rest(bytes); !rest.empty();) {
    const auto most = conditions.piece == 0 ? rest.size() : 1 + world_.random().below(conditions.piece);
    const auto front = rest.first(std::min<std::size_t>(most, rest.size()));
    std::vector<std::byte> piece(front.begin(), front.end());
    rest = rest.subspan(front.size());
    const auto arrival =
        after(world_.now().steady, world_.between(conditions.least_delay, conditions.most_delay));
    near->last_arrival = std::max(near->last_arrival, arrival);
    world_.at(near->last_arrival,
              [this, near, far, piece = std::move(piece)]() mutable { arrive(near, far, std::move(piece)); });
  }
}

void network::arrive(const end_ptr& from, const end_ptr& to, std::vector<std::byte> bytes) {
  if (!alive(*to)) return;
  if (blocked(from->at, to->at)) {
    return when_reachable(from->at, to->at, [this, from, to, bytes = std::move(bytes)]() mutable {
      arrive(from, to, std::move(bytes));
    });
  }
  if (world_.random().chance(conditions.reset)) {
    // What has arrived may be the front of a frame, and the sender cannot know how much of it counted.
    ++counts.resets;
    bytes.resize(world_.random().below(bytes.size() + 1));
    if (!bytes.empty()) to->arrived.push_back(std::move(bytes));
    read(to);
    return reset(to);
  }
  to->arrived.push_back(std::move(bytes));
  read(to);
}

void network::read(const end_ptr& to) {
  while (alive(*to) && !to->paused && !to->arrived.empty()) {
    const auto resumes = hosts_[index(to->at)].paused_until;
    if (resumes > world_.now().steady) {
      world_.at(resumes, [this, to] { read(to); });
      return;
    }
    auto& front = to->arrived.front();
    const auto room = hosts_[index(to->at)].runs->machine().read_buffer(to->id);
    assert(!room.empty());
    const auto count = std::min(room.size(), front.size());
    std::memcpy(room.data(), front.data(), count);
    front.erase(front.begin(), front.begin() + static_cast<std::ptrdiff_t>(count));
    if (front.empty()) to->arrived.pop_front();
    deliver(to->at, link::event::received{to->id, count});
    const auto sender = to->open ? find(to->peer) : nullptr;
    if (sender && alive(*sender)) deliver(sender->at, link::event::sent{sender->id, count});
  }
}

void network::close(host_id from, const link::effect::close& what) {
  const auto near = find(from, what.id);
  if (!near) return;
  if (what.abort) return reset(near);
  const auto far = find(near->peer);
  near->open = false;
  forget(*near);
  if (far) close_later(far, std::max(near->last_arrival, world_.now().steady), "closed by the peer");
}

void network::reset(const end_ptr& one) {
  const auto other = find(one->peer);
  const bool tell_one = alive(*one);
  forget(*one);
  one->open = false;
  if (tell_one)
    deliver(one->at, link::event::closed{one->id, {error_code::disconnected, "connection reset"}});
  if (other) close_later(other, world_.now().steady, "connection reset by the peer");
}

void network::close_later(const end_ptr& e, time_point when, std::string why) {
  const auto arrival = std::max(when, after(world_.now().steady, conditions.least_delay));
  world_.at(arrival, [this, e, why = std::move(why)]() mutable {
    when_reachable(e->peer.at, e->at, [this, e, why = std::move(why)] {
      if (!alive(*e)) return;
      forget(*e);
      e->open = false;
      deliver(e->at, link::event::closed{e->id, {error_code::disconnected, why}});
    });
  });
}

}  // namespace klamm::sim
