// A leader of three voters that the log or the configuration names, and that changes who votes.
#pragma once

#include "scripted_member.hpp"

namespace klamm::broker::raft::test {

inline constexpr node_id fourth(4);

inline uuid directory_of(node_id id) {
  return id == self ? own_directory : uuid{{static_cast<std::uint8_t>(id.value + 100)}};
}
inline replica_key key_of(node_id id) { return {id, directory_of(id)}; }
inline voter entry_of(node_id id) { return {id, directory_of(id), "CONTROLLER", "localhost", 9093}; }

/// The log says who votes.
inline void by_the_log(quorum_options& how) {
  how.static_voters = false;
  how.voters = {entry_of(self), entry_of(two), entry_of(three)};
  how.listeners = {{"CONTROLLER", "localhost", 9093}};
}
/// The configuration does, and this node knows where it is reached.
inline void configured(quorum_options& how) { how.listeners = {{"CONTROLLER", "localhost", 9093}}; }

using change_place = std::shared_ptr<std::optional<change_response>>;

struct changing_leader {
  explicit changing_leader(const member::configure& how = by_the_log) : m(self, how) { m.lead(); }

  /// That replica has everything, and says so.
  void fetch(node_id id) {
    fetch_request request{m.voter->epoch(), key_of(id), m.voter->end(),
                          m.voter->epoch(), offset(-1), millis(0)};
    m.ask<fetch_response>(request);
  }
  void commit() {
    fetch(two);
    fetch(three);
    REQUIRE(m.voter->high_watermark() == m.voter->end());
  }
  change_place add(const voter& who, bool when_committed = true) {
    return m.ask_for<change_response>(add_voter_request{who, when_committed});
  }
  change_place remove(const replica_key& who) {
    return m.ask_for<change_response>(remove_voter_request{who});
  }
  error_code update(const voter& who, int epoch = 1) {
    const auto said = m.ask<update_voter_response>(update_voter_request{leader_epoch(epoch), who});
    return said ? said->error : error_code::unknown_server_error;
  }
  /// What the one that was asked what it can do says.
  void says(result<versions_response> what) {
    auto open = std::exchange(m.others.versions, {});
    REQUIRE(open.size() == 1);
    m.answer(open[0], std::move(what));
  }
  static versions_response can(std::int16_t least, std::int16_t most) {
    return {error_code::none, version_range{least, most}};
  }
  std::size_t voters() const { return m.voter->voters().size(); }

  member m;
};

}  // namespace klamm::broker::raft::test
