// What a follower tells the leader of its own vote, now and then, while it follows:
//
//   kraft.version   it                                          asks
//   -------------   -----------------------------------------   -------------------------------------------------------------
//   1               votes, but the log says it is elsewhere     UpdateRaftVoter
//   0               votes, and has not told this leader yet     UpdateRaftVoter: an upgrade to 1 needs to know
//   1               does not vote, but joins by itself          RemoveRaftVoter of the voter with its number and another
//                   (KIP-1186)                                  directory, if there is one; then AddRaftVoter
//
// A voter that was removed does not join again before it is started again (KAFKA-19850).
#include "broker/raft/quorum.hpp"

namespace klamm::broker::raft {

void quorum::look_at_own_vote() {
  auto* const following = running() ? std::get_if<follower>(&role_) : nullptr;
  if (!following || following->join_at > clock_.steady) return;
  following->join_at = after(clock_.steady, options_.fetch_timeout);
  const auto own = own_entry();
  if (own.listener.empty()) return;
  const bool tells = kraft_version() > 0 ? needs_update(own) : votes() && !following->told;
  if (!tells) return ask_to_join();
  peers_.send(following->leader, update_voter_request{election_.epoch, own},
              [this, round = round_](const result<update_voter_response>& came) {
                if (!running() || !came) return;
                hear_of(came->leader);
                auto* const still = round == round_ ? std::get_if<follower>(&role_) : nullptr;
                if (still && came->error == error_code::none) still->told = true;
              });
}

/// Whether it was granted, the log will say.
void quorum::ask_to_join() {
  if (!options_.auto_join || kraft_version() == 0 || votes() || voted_) return;
  const auto leader = std::get<follower>(role_).leader;
  auto ignore = [](const result<change_response>&) {};
  if (const auto* const before = find_voter(voters(), options_.self))
    peers_.send(leader, remove_voter_request{before->key()}, ignore);
  else
    peers_.send(leader, add_voter_request{own_entry(), false}, ignore);
}

}  // namespace klamm::broker::raft
