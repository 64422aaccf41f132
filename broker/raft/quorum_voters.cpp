// Changes of who votes (KIP-853), one voter at a time, so that a majority of the old voters and one of the new have a member in
// common. The new set counts from the moment it is in the log; who asked is answered when it is committed.
//
//   a change is refused while                           with
//   -------------------------------------------------   --------------------------
//   another one is under way                            REQUEST_TIMED_OUT
//   nothing of the leader's own epoch is committed      REQUEST_TIMED_OUT
//   kraft.version is 0: the voters are configured       UNSUPPORTED_VERSION
//   the voters of the log are not committed             REQUEST_TIMED_OUT
//   add: a voter has that number                        DUPLICATE_VOTER
//   add: it does not say that it can do kraft.version   REQUEST_TIMED_OUT, INVALID_REQUEST
//   add: it has not had the whole log yet               REQUEST_TIMED_OUT
//   remove: there is no such voter, or no other one     VOTER_NOT_FOUND
//   update: there is no such voter                      VOTER_NOT_FOUND
#include <algorithm>

#include <fmt/format.h>

#include "broker/raft/quorum.hpp"

namespace klamm::broker::raft {
namespace {

change_response timed_out(std::string waiting_for) {
  return {error_code::request_timed_out, "Request timed out waiting for " + std::move(waiting_for)};
}

bool says_who(const replica_key& key) { return key.id.value >= 0 && !key.directory.is_zero(); }

}  // namespace

/// Before, the voters that an earlier leader appended may still come to be committed.
bool quorum::epoch_is_committed() const { return high_watermark_ > std::get<leader>(role_).epoch_start(); }

std::optional<change_response> quorum::refuse_change() {
  look_at_change();
  const bool hasty = fires(environment_.faults, "raft.hasty_change");
  if (change_ && !hasty) return timed_out("leader to handle previous voter change request");
  if (!epoch_is_committed() && !hasty)
    return timed_out("leader to establish HWM and fence previous voter changes");
  if (kraft_version() < own_kraft_versions.max)
    return change_response{
        error_code::unsupported_version,
        fmt::format("Cluster doesn't support changing voters because the kraft.version feature is {}",
                    kraft_version())};
  if (voters_.voters_at() >= high_watermark_ && !hasty)
    return timed_out(fmt::format("voters to commit the latest voter change at {} with HWM {}",
                                 voters_.voters_at()->value, high_watermark_.value));
  return std::nullopt;
}

void quorum::on(const add_voter_request& asked, reply<change_response> answer) {
  if (!running()) return keep_for_later(asked, std::move(answer));
  if (!leading()) return answer(change_response{error_code::not_leader_or_follower});
  if (!says_who(asked.added.key()))
    return answer(
        change_response{error_code::invalid_request, "Add voter request didn't include a valid voter"});
  if (auto refused = refuse_change()) return answer(*std::move(refused));
  const auto key = asked.added.key();
  if (find_voter(voters(), key.id))
    return answer(change_response{error_code::duplicate_voter,
                                  fmt::format("The voter id for {} is already part of the set of voters {}.",
                                              describe(key), describe(voters()))});
  change_.emplace(pending_change{asked.added, asked.ack_when_committed, std::move(answer),
                                 after(clock_.steady, options_.request_timeout), std::nullopt});
  peers_.learn(key.id, {asked.added.host, asked.added.port});
  peers_.send(key.id, versions_request(),
              [this, key](const result<versions_response>& came) { on_versions(key, came); });
}

void quorum::on(const versions_request& asked, reply<versions_response> answer) {
  if (!running()) return keep_for_later(asked, std::move(answer));
  answer(versions_response{error_code::none, own_kraft_versions});
}

void quorum::on_versions(const replica_key& of, const result<versions_response>& came) {
  if (!leading() || !change_ || change_->at || change_->added.key() != of) return;
  if (!came || came->error != error_code::none)
    return end_change(
        error_code::request_timed_out,
        fmt::format("Aborted add voter operation for {} since it did not say what it supports: {}",
                    describe(of), came ? std::string(name(came->error)) : came.failure().message));
  if (!came->kraft || !came->kraft->contains(kraft_version()))
    return end_change(error_code::invalid_request,
                      fmt::format("Aborted add voter operation for {} since it doesn't support the finalized "
                                  "kraft.version {}",
                                  describe(of), kraft_version()));
  if (!std::get<leader>(role_).caught_up(of, clock_.steady))
    return end_change(
        error_code::request_timed_out,
        fmt::format("Aborted add voter operation for {} since it is lagging behind", describe(of)));
  change_->added.kraft_versions = *came->kraft;
  const auto at = change_voters(with_voter(voters(), change_->added));
  if (!change_) return;  // the disk has failed
  change_->at = at;
  if (!change_->ack_when_committed) return end_change(error_code::none, {});
  look_at_change();  // fewer may be a majority now
}

void quorum::on(const remove_voter_request& asked, reply<change_response> answer) {
  if (!running()) return keep_for_later(asked, std::move(answer));
  if (!leading()) return answer(change_response{error_code::not_leader_or_follower});
  if (!says_who(asked.removed))
    return answer(
        change_response{error_code::invalid_request, "Remove voter request didn't include a valid voter"});
  if (auto refused = refuse_change()) return answer(*std::move(refused));
  const auto* const removed = find_voter(voters(), asked.removed.id);
  if (!removed || removed->key() != asked.removed || voters().size() == 1)
    return answer(change_response{error_code::voter_not_found,
                                  fmt::format("Cannot remove voter {} from the set of voters {}",
                                              describe(asked.removed), describe(voters()))});
  const auto at = change_voters(without_voter(voters(), asked.removed.id));
  if (!running()) return;
  change_.emplace(
      pending_change{{}, true, std::move(answer), after(clock_.steady, options_.request_timeout), at});
}

/// With kraft.version 0 the leader keeps what it is told: an upgrade needs it of every voter.
void quorum::on(const update_voter_request& asked, reply<update_voter_response> answer) {
  if (!running()) return keep_for_later(asked, std::move(answer));
  const auto say = [&](error_code error) { answer(update_voter_response{error, known()}); };
  if (const auto refused = refuse_fetch(asked.epoch)) return say(*refused);
  const auto& range = asked.updated.kraft_versions;
  if (!says_who(asked.updated.key()) || range.min < 0 || range.max < range.min)
    return say(error_code::invalid_request);
  const auto refused = refuse_change();
  const bool configured = refused && refused->error == error_code::unsupported_version;
  if (refused && !configured) return say(refused->error);
  if (!range.contains(kraft_version())) return say(error_code::invalid_request);
  if (!find_voter(voters(), asked.updated.key())) return say(error_code::voter_not_found);
  if (configured)
    told_of_ = with_voter(told_of_, asked.updated);
  else
    change_voters(with_voter(voters(), asked.updated));
  if (running()) say(error_code::none);
}

/// Gives the offset of the record; none: the disk has failed.
std::optional<offset> quorum::change_voters(std::vector<voter> changed) {
  const auto appended = append_control(voters_value(changed));
  if (!appended) return std::nullopt;
  serve_parked();
  return appended->last;
}

void quorum::end_change(error_code how, std::string message) {
  if (!change_) return;
  auto ended = std::move(*change_);
  change_.reset();
  ended.answer(change_response{how, std::move(message)});
}

/// Only time that was told ends a change: what came before it is heard first.
void quorum::end_overdue_change() {
  if (change_ && change_->until <= clock_.steady)
    end_change(error_code::request_timed_out, "the change was not committed in time");
}

/// Looks whether the change is committed; and whether the leader goes with it.
void quorum::look_at_change() {
  if (change_ && change_->at && *change_->at < high_watermark_) end_change(error_code::none, {});
  if (leading() && kraft_version() > 0 && !votes() && voters_.voters_at() < high_watermark_) resign();
}

/// A leader counts those who vote now.
void quorum::voters_changed() {
  voted_ |= votes();
  if (auto* const leading = std::get_if<leader>(&role_)) {
    leading->set_voters(voters(), clock_.steady);
    if (const auto reached = leading->high_watermark()) advance_high_watermark(*reached);
  }
  listener_.on_voters(voters());
}

// kraft.version 0 to 1

result<void> quorum::upgrade(std::int16_t version, bool validate_only) {
  const auto refuse = [](std::string why) {
    return error(error_code::invalid_update_version, std::move(why));
  };
  if (!leading()) return error(error_code::not_controller);
  if (version == kraft_version()) return {};
  if (version < kraft_version()) return refuse("Can't downgrade kraft.version.");
  if (!own_kraft_versions.contains(version))
    return refuse(fmt::format("This controller only supports versions {}-{}", own_kraft_versions.min,
                              own_kraft_versions.max));
  if (!epoch_is_committed())
    return error(error_code::request_timed_out, "the leader has not committed anything of its epoch yet");
  voter_history::state voting{version, with_voter(told_of_, own_entry())};
  for (const auto& v : voters()) {
    const auto* const told = find_voter(voting.voters, v.id);
    if (!told || told->listener.empty() || !told->kraft_versions.contains(version))
      return refuse(fmt::format("Voter {} has not said that it supports this version.", v.id.value));
  }
  if (validate_only) return {};
  if (auto appended = append_control(voting_values(voting)); !appended) return appended.failure();
  serve_parked();
  return {};
}

}  // namespace klamm::broker::raft
