#include "tests/sim/planted.hpp"

#include <algorithm>
#include <array>

namespace klamm::sim {
namespace {

constexpr std::array all_bugs{
    planted_bug{"client.trust_lost_answer", "takes a Produce request whose answer was lost for acknowledged",
                "produce answers lost"},
    planted_bug{"client.resequence_retry", "sends a batch that may have been written under a new sequence",
                "perhaps written, retried"},
    planted_bug{"client.trust_error_answer", "takes an answer that says a passing error for acknowledged",
                "produce answers with a passing error"},
    planted_bug{"client.skip_what_failed", "fetches from behind a record whose fetch has failed",
                "fetches that failed"},
    planted_bug{"client.forget_unknown_fate",
                "gives a batch that may have been written a new sequence, with the next epoch",
                "perhaps written, retried"},
    planted_bug{"client.split_backwards", "sends the parts of a batch that it splits in the wrong order",
                "batches split"},
    planted_bug{"client.keep_session_place",
                "does not tell the broker that its place in a fetch session moved", "fetches in a session"},
    planted_bug{"client.keep_broken_session", "goes on with a fetch session that has failed",
                "fetch sessions failed"},
    planted_bug{"client.take_stale_fetch", "takes what it fetched for a position that is over",
                "fetches for a position that is over", storm_of::clusters, 1200},
    planted_bug{"client.reset_where_leader_moved",
                "takes a partition that is led elsewhere for one without its position",
                "fetches told of another leader"},
    planted_bug{"client.stay_with_old_leader", "asks on who said that it does not lead",
                "fetches told of another leader"},
    planted_bug{"client.rewind_unproven", "takes a position for lost that nobody could vouch for",
                "positions nobody could vouch for"},
    planted_bug{"client.keep_revoked", "goes on reading partitions that it gave up", "partitions given up"},
    planted_bug{"client.ignore_lost_membership", "stays a member though the coordinator knows it no more",
                "memberships lost"},
    planted_bug{"client.commit_unpassed", "commits what was fetched and not passed", "automatic commits"},
    planted_bug{"log.trust_page_cache", "calls bytes durable that were never synced",
                "asked what is durable"},
    planted_bug{"log.skip_crc", "recovers batches whose checksum is wrong", "recovery scans"},
    planted_bug{"log.serve_damaged", "gives readers batches whose checksum is wrong",
                "damaged batches refused"},
    planted_bug{"log.keep_readers_open", "keeps every segment open that was read", "nodes made"},
    planted_bug{"log.forget_producers", "recovers a log without the producers that wrote it",
                "producers recovered"},
    planted_bug{"log.recover_short", "leaves out the last segment's first batch behind the recovery point",
                "batches recovered"},
    planted_bug{"log.accept_repeats", "appends a batch that it has already", "repeats recognised"},
    planted_bug{"log.ignore_failed_sync", "goes on behind a sync that failed", "syncs failed"},
    planted_bug{"log.truncate_under_readers", "cuts a log while it is being read",
                "logs cut while they were read", storm_of::clusters, 0,
                "a reader notices by the log's generation that it was cut; "
                "tests/unit/broker/log/truncation_test.cpp shows the rule"},
    planted_bug{
        "log.keep_epochs", "keeps the epochs of what it cut off", "logs cut", storm_of::clusters, 0,
        "what the next leader's epoch begins with cuts them off, and so does the next truncation: harm needs "
        "records of older epochs copied past them; tests/unit/broker/log/truncation_test.cpp shows the rule"},
    planted_bug{"log.miss_epochs", "does not note the epochs of what it copies", "epochs copied",
                storm_of::replicas, 100},
    planted_bug{"replica.hide_epoch",
                "asks without the epoch of its last record, so that nobody sees its log part",
                "positions asked from", storm_of::replicas, 100},
    planted_bug{"replica.serve_uncommitted", "lets consumers read above the high watermark", "reads bounded"},
    planted_bug{
        "replica.skip_epoch_check", "serves and takes for leaders that are over", "epochs checked",
        storm_of::clusters, 0,
        "each fetch says the epoch of its last record, which tells of logs that part, and a follower takes "
        "no "
        "answer to what it asked in another epoch; tests/unit/broker/replica/partition_test.cpp shows it"},
    planted_bug{"replica.ack_before_isr", "answers acks=all when its own log has the record",
                "acks=all appends"},
    planted_bug{"replica.advance_hw_early", "counts itself alone for the high watermark",
                "high watermarks counted"},
    planted_bug{"replica.ignore_pending_expansion", "does not count who may be in the ISR already",
                "joining replicas counted", storm_of::replicas, 100},
    planted_bug{"replica.shrink_at_once", "does not count who may be in the ISR still",
                "leaving replicas counted"},
    planted_bug{"replica.join_below_hw", "lets replicas into the ISR that lack committed records",
                "replicas too far behind to join", storm_of::replicas, 100},
    planted_bug{
        "replica.skip_broker_epoch", "takes a follower's earlier life for its present one",
        "followers of earlier lives", storm_of::clusters, 0,
        "a follower asks from behind what it has synced, so that its next life has all that the one before "
        "said; where nothing is synced no power is cut; tests/unit/broker/replica shows the rule"},
    planted_bug{"replica.keep_ends", "goes on with what followers had before another led",
                "changes that a leader missed", storm_of::replicas, 100},
    planted_bug{"replica.forget_leader_epoch", "begins to lead without recording its epoch",
                "leader epochs recorded", storm_of::clusters, 400},
    planted_bug{"replica.truncate_by_hw", "cuts a follower's log at its high watermark", "followers begun",
                storm_of::clusters, 400},
    planted_bug{"replica.fetch_unflushed", "says that it has what it has not synced",
                "followers that flush first", storm_of::replicas, 100},
    planted_bug{"replica.delete_before_durable", "calls records deleted before the disks know",
                "deletions answered"},
    planted_bug{"raft.fetch_unsynced", "says that it has what it has not synced",
                "fetches behind unsynced ends", storm_of::quorums, 1500},
    planted_bug{"raft.count_unsynced", "counts the leader's own records before they are synced",
                "own ends counted", storm_of::quorums, 100},
    planted_bug{"raft.commit_alone", "commits metadata without a majority", "metadata committed"},
    planted_bug{"raft.vote_twice", "votes for all who ask in an epoch", "votes given"},
    planted_bug{"raft.ignore_log", "votes for who has less than itself", "votes asked for"},
    planted_bug{"raft.forget_vote", "does not write down whom it voted for", "elections written",
                storm_of::quorums, 400},
    planted_bug{"meta.skip_leader_epoch", "decides for a leader that is over",
                "leaders that were over fenced", storm_of::clusters, 0,
                "whatever begins a leader epoch begins a partition epoch, whose check stands behind it; "
                "tests/unit/broker/meta/partition_decisions_test.cpp shows the rule"},
    planted_bug{"meta.skip_partition_epoch", "decides on an ISR that is not the present one",
                "stale ISRs refused", storm_of::clusters, 0,
                "one proposal is in flight for a partition, so that a stale one is rare; the storms of "
                "tests/unit/broker/meta/controller_random_test.cpp find it"},
    planted_bug{"meta.join_fenced", "lets fenced brokers into the ISR", "ineligible replicas refused",
                storm_of::clusters, 0,
                "leaders do not propose whom their own image has fenced; the storms of "
                "tests/unit/broker/meta/controller_random_test.cpp find it"},
    planted_bug{"meta.elect_anybody", "elects who was not in sync where nobody else is there",
                "partitions decided on"},
    planted_bug{"meta.repeat_producer_ids", "gives one producer id twice", "producer ids given"},
    planted_bug{"group.reply_before_commit", "acknowledges a commit before its record is committed",
                "group records parked"},
    planted_bug{"group.forget_offsets", "loads a group without its last commits", "offsets loaded"},
    planted_bug{
        "group.accept_fenced_commit", "takes commits of members and generations that are over",
        "commits fenced", storm_of::clusters, 0,
        "our members stop committing by themselves when their session is over, so that seed 628 is the "
        "first in which one does harm"},
    planted_bug{"client.drop_fetched_batch", "moves its position past a batch that it does not hand over",
                "fetches of several batches"},
};

}  // namespace

std::span<const planted_bug> planted_bugs() { return all_bugs; }

const planted_bug* find_planted(std::string_view name) {
  const auto found = std::ranges::find(all_bugs, name, &planted_bug::name);
  return found == all_bugs.end() ? nullptr : &*found;
}

bool fault_plan::fires(std::string_view name) {
  auto found = reached_.find(name);
  if (found == reached_.end()) found = reached_.emplace(name, 0).first;
  ++found->second;
  if (const auto watcher = watchers_.find(name); watcher != watchers_.end() && watcher->second)
    watcher->second();
  return planted_.contains(name);
}

}  // namespace klamm::sim
