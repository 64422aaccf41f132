// Votes, and the way from one role to another.
#include <algorithm>

#include "broker/raft/quorum.hpp"

namespace klamm::broker::raft {
namespace {

/// Of the roles that wait for a leader.
const time_point* election_deadline(const role& of) {
  if (const auto* const r = std::get_if<unattached>(&of)) return &r->election_at;
  if (const auto* const r = std::get_if<prospective>(&of)) return &r->election_at;
  if (const auto* const r = std::get_if<candidate>(&of)) return &r->election_at;
  if (const auto* const r = std::get_if<resigned>(&of)) return &r->election_at;
  return nullptr;
}

}  // namespace

// Roles

/// What a leader owes others ends with its role.
void quorum::leave_role() {
  ++round_;
  fetching_ = false;
  loading_.reset();
  tell_at_ = fetch_at_ = never;
  if (!std::holds_alternative<leader>(role_)) return;
  announced_ = false;
  role_ = unattached{};
  refuse_parked();
  told_of_.clear();
  end_change(error_code::not_leader_or_follower, "another voter leads now, or will");
  listener_.on_resigned(election_.epoch);
}

void quorum::become_unattached(leader_epoch epoch) {
  leave_role();
  if (epoch != election_.epoch) election_ = {epoch, node_id(), node_id(), {}};
  election_.leader = node_id();
  role_ = unattached{stands() ? random_timeout() : never};
  keep_election([] {});
  fetch_next();
}

void quorum::become_follower(const known_leader& of) {
  leave_role();
  if (of.epoch != election_.epoch) election_ = {of.epoch, node_id(), node_id(), {}};
  election_.leader = of.node;
  const auto patience = after(clock_.steady, options_.fetch_timeout);
  damage_said_ = false;  // of this leader
  role_ = follower{.leader = of.node, .fetch_deadline = patience, .join_at = patience};
  keep_election([] {});
  fetch_next();
}

/// Others are asked first, so that one who cannot win does not raise the epoch and unseat a leader (KIP-996).
void quorum::become_prospective() {
  leave_role();
  prospective asking{ballot(voter_ids()), random_timeout()};
  asking.votes.count(options_.self, true);
  role_ = std::move(asking);
  ask_for_votes(true);
  fetch_next();
}

void quorum::become_candidate() {
  leave_role();
  ++election_.epoch;
  election_.leader = node_id();
  election_.voted = options_.self;
  election_.voted_directory = options_.directory;
  role_ = candidate{ballot(voter_ids()), random_timeout()};
  // A vote counts when a restart would remember it.
  keep_election([this, epoch = election_.epoch] {
    auto* const standing = std::get_if<candidate>(&role_);
    if (!standing || election_.epoch != epoch) return;
    standing->votes.count(options_.self, true);
    ask_for_votes(false);
  });
}

/// The log of a new cluster says who votes from its first record on, so that whoever fetches it knows.
void quorum::become_leader() {
  auto values = leader_change(options_.self, voters(), std::get<candidate>(role_).votes.granted());
  election_.leader = options_.self;
  role_ = leader(voters(), self(), log_->end(), clock_.steady);
  announced_ = false;
  keep_election([] {});
  log_->begin_epoch(election_.epoch);
  const auto own = own_entry();
  if (kraft_version() > 0 && (voters_.voters_at() < offset(0) || needs_update(own))) {
    voter_history::state voting{kraft_version(), {voters().begin(), voters().end()}};
    if (needs_update(own)) voting.voters = with_voter(voters(), own);
    for (auto& value : voting_values(voting)) values.push_back(std::move(value));
  }
  if (append_control(values)) tell_strangers();
}

/// The others need not wait until they miss their leader.
void quorum::end_epoch() {
  const end_epoch_request over{known(), std::get<leader>(role_).successors()};
  for (const auto& voter : other_voters()) peers_.send(voter.id, over, [](const result<epoch_response>&) {});
}

void quorum::resign() {
  end_epoch();
  leave_role();
  become_resigned();
}

/// It knows of no leader but itself, and must not follow that one.
void quorum::become_resigned() {
  election_.leader = node_id();
  role_ = resigned{random_timeout()};
}

void quorum::hear_of(const known_leader& said) {
  if (said.epoch < election_.epoch) return;
  const bool somebody = said.node.value >= 0 && said.node != options_.self;
  if (somebody && !said.at.host.empty()) peers_.learn(said.node, said.at);
  if (said.epoch > election_.epoch) return somebody ? become_follower(said) : become_unattached(said.epoch);
  if (!somebody || election_.leader.value >= 0) return;  // a leader knows one, too: itself
  become_follower(said);
}

// Asking for votes

void quorum::ask_for_votes(bool pre_vote) {
  vote_request asking{election_.epoch, options_.self, options_.directory, position(), pre_vote};
  for (const auto& voter : other_voters()) {
    asking.voter = voter.key();
    peers_.send(voter.id, asking,
                [this, id = voter.id, pre_vote, epoch = election_.epoch](const result<vote_response>& came) {
                  on_vote(id, pre_vote, epoch, came);
                });
  }
  on_ballot();
}

void quorum::on_vote(node_id from, bool pre_vote, leader_epoch asked_in, const result<vote_response>& came) {
  if (!running() || !came) return;
  hear_of(came->leader);
  if (election_.epoch != asked_in) return;
  const bool granted = came->error == error_code::none && came->granted;
  if (auto* const asking = std::get_if<prospective>(&role_); asking && pre_vote)
    asking->votes.count(from, granted);
  else if (auto* const standing = std::get_if<candidate>(&role_); standing && !pre_vote)
    standing->votes.count(from, granted);
  else
    return;
  on_ballot();
}

/// A majority against it leaves a candidate waiting for its timeout: who is more complete stands meanwhile.
void quorum::on_ballot() {
  if (const auto* const standing = std::get_if<candidate>(&role_)) {
    if (standing->votes.won()) become_leader();
  } else if (const auto* const asking = std::get_if<prospective>(&role_)) {
    if (asking->votes.won()) return become_candidate();
    if (asking->votes.lost()) become_unattached(election_.epoch);
  }
}

// Being asked

void quorum::on(const vote_request& asked, reply<vote_response> answer) {
  if (!running()) return keep_for_later(asked, std::move(answer));
  if (asked.epoch < election_.epoch)
    return answer(vote_response{error_code::fenced_leader_epoch, known(), false});
  if (asked.epoch > election_.epoch) become_unattached(asked.epoch);
  if (!is_meant(asked.voter)) return answer(vote_response{error_code::invalid_voter_key, known(), false});
  if (!may_grant(asked)) return answer(vote_response{error_code::none, known(), false});
  if (asked.pre_vote) {
    answer(vote_response{error_code::none, known(), true});
    if (gives_way_to(asked)) become_unattached(election_.epoch);
    return;
  }
  election_.voted = fires(environment_.faults, "raft.vote_twice") ? node_id() : asked.candidate;
  election_.voted_directory = asked.candidate_directory;
  role_ = unattached{stands() ? random_timeout() : never};
  keep_election([this, epoch = asked.epoch, answer = std::move(answer)]() mutable {
    // A vote that was given stays given, though the epoch may be over.
    answer(vote_response{error_code::none,
                         epoch == election_.epoch ? known() : known_leader{epoch, node_id()}, true});
  });
}

/// A voter that came back with another directory is another voter: what it forgot nobody may count on.
bool quorum::is_meant(const replica_key& asked) const {
  return asked.id.value < 0 ||
         (asked.id == options_.self && (asked.directory.is_zero() || asked.directory == options_.directory));
}

/// Who has not heard yet that it votes is asked too (KIP-853).
bool quorum::may_grant(const vote_request& asked) const {
  auto own = position();
  if (fires(environment_.faults, "raft.ignore_log")) own = {};
  return grants({role_, {election_.voted, election_.voted_directory}, election_.leader, own}, asked);
}

/// Two that miss their leader at the same moment are told by each other that each would be voted for, and then share the votes of an
/// epoch that nobody wins. So one withdraws before: whose log is shorter, and of equals whose id is higher.
bool quorum::gives_way_to(const vote_request& asked) const {
  if (!std::holds_alternative<prospective>(role_)) return false;
  return asked.log != position() || asked.candidate < options_.self;
}

void quorum::on(const begin_epoch_request& told, reply<epoch_response> answer) {
  if (!running()) return keep_for_later(told, std::move(answer));
  if (told.leader.epoch < election_.epoch)
    return answer(epoch_response{error_code::fenced_leader_epoch, known()});
  hear_of(told.leader);
  answer(epoch_response{is_meant(told.voter) ? error_code::none : error_code::invalid_voter_key, known()});
}

/// The most complete successor stands at once, the others later one by one, so that they do not meet.
void quorum::on(const end_epoch_request& told, reply<epoch_response> answer) {
  if (!running()) return keep_for_later(told, std::move(answer));
  if (told.leader.epoch < election_.epoch)
    return answer(epoch_response{error_code::fenced_leader_epoch, known()});
  hear_of(told.leader);
  answer(epoch_response{error_code::none, known()});
  auto* const following = std::get_if<follower>(&role_);
  if (!stands() || !following) return;
  const auto is_self = [this](const replica_key& successor) { return is_meant(successor); };
  const auto place = std::ranges::find_if(told.successors, is_self) - told.successors.begin();
  following->has_fetched = false;  // nobody leads whom a vote could unseat
  following->fetch_deadline =
      std::min(following->fetch_deadline, after(clock_.steady, place * (options_.election_timeout / 2)));
}

// Time

void quorum::tell_strangers() {
  tell_at_ = never;
  const auto* const leading = std::get_if<leader>(&role_);
  if (!leading) return;
  const auto strangers = leading->strangers();
  if (strangers.empty()) return;
  tell_at_ = after(clock_.steady, options_.fetch_timeout / 2);
  for (const auto& voter : strangers)
    peers_.send(voter.id, begin_epoch_request{known(), voter}, [this](const result<epoch_response>& came) {
      if (running() && came) hear_of(came->leader);
    });
}

void quorum::tick_role() {
  if (cutting_) return;
  if (const auto* const at = election_deadline(role_); at && *at <= clock_.steady) {
    if (std::holds_alternative<resigned>(role_)) return become_unattached(election_.epoch + 1);
    return become_prospective();
  }
  if (const auto* const following = std::get_if<follower>(&role_);
      following && following->fetch_deadline <= clock_.steady)
    return stands() ? become_prospective() : become_unattached(election_.epoch);
  if (const auto* const leading = std::get_if<leader>(&role_);
      leading && after(leading->majority_heard_at(), options_.fetch_timeout * 3 / 2) <= clock_.steady)
    resign();
}

time_point quorum::deadline() const {
  if (!running()) return never;
  auto next = std::min({fetch_at_, tell_at_, mark_at_});
  for (const auto& waiting : parked_) next = std::min(next, waiting.until);
  if (cutting_) return next;
  if (const auto* const at = election_deadline(role_)) return std::min(next, *at);
  if (const auto* const following = std::get_if<follower>(&role_))
    return std::min({next, following->fetch_deadline, following->join_at});
  if (change_) next = std::min(next, change_->until);
  return std::min(next, after(std::get<leader>(role_).majority_heard_at(), options_.fetch_timeout * 3 / 2));
}

void quorum::keep_election(unique_function<void()> then) {
  if (fires(environment_.faults, "raft.forget_vote")) return then();
  election_file_.keep(to_json(election_), [this, then = std::move(then)](result<void> kept) mutable {
    if (!kept) return fail(kept.failure());
    if (running()) then();
  });
}

}  // namespace klamm::broker::raft
