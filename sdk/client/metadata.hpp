// What the client knows of the cluster, and when it asks again. One request is outstanding at a time.
//
//   event                                     what follows
//   ---------------------------------------   ---------------------------------------------------------------------------
//   start                                     ask any broker; the first answer brings the brokers
//   want(topic) that is not known             ask at once, for the topics that are missing
//   identify(ids) that are not known          the same
//   a name that no topic may have             never asked for: one such name would fail the question for all; its error is known at
//                                             once
//   stale (an error said so, a lost broker)   ask for all wanted topics, after the backoff since the last try
//   metadata_max_age passed                   the same
//   answer                                    merge (metadata_merge.hpp), publish; topics with passing errors, or with leaders that
//                                             are not among the brokers: ask again after a backoff
//   failure                                   backoff; another broker next time
//   refusal (credentials, certificates)       the same, and what is not known fails with it meanwhile
//   every broker failed since it last         forget them, ask the seeds (KIP-899)
//     answered
//   asked for `rebootstrap_after` without     forget them, ask the seeds (KIP-1102); no sooner again than that long
//     an answer; or error 129
//   a topic not used for `topic_idle`         no longer asked for
#pragma once

#include <map>
#include <set>
#include <string>

#include "base/backoff.hpp"
#include "client/broker_pool.hpp"
#include "client/metadata_merge.hpp"
#include "client/metadata_snapshot.hpp"

namespace klamm::client {

class metadata {
 public:
  /// `creates`: a topic that does not exist is created by asking for it, where the brokers allow that. For producers: a consumer
  /// that outlives its topic must not bring it back.
  metadata(const connection_options& options, bool creates, broker_pool& pool, snapshot_sink& published,
           rng random);

  const metadata_snapshot& now_known() const { return *known_; }
  snapshot_ptr snapshot() const { return known_; }

  /// The topic is used: asked for if unknown, kept fresh while it is used within `topic_idle`.
  void want(std::string_view topic, instant now);
  /// The topics that are kept however long they are idle: a subscription, an assignment.
  void pin(std::set<std::string, std::less<>> topics, instant now);
  /// Topics of which only the ids are known (KIP-848): asked for until they are found, and then used as by `want`. Replaces those
  /// of the call before.
  void identify(const std::set<uuid>& topics);
  /// Every topic of the cluster is asked for, and those that pass are kept; null: no more.
  void watch_all(std::function<bool(std::string_view)> passes, instant now);
  /// Whether every topic was asked for since, and answered; or none are watched.
  bool watched_known() const { return !passes_ || watched_known_; }

  /// An error said that this is no longer true: asked again after the backoff.
  void stale() { stale_ = true; }
  /// A leader that came with an error (KIP-951). False: it is nothing new, or a broker that is not known.
  bool leader_moved(const topic_partition& of, node_id leader, leader_epoch epoch);
  /// A broker that came with an error, for a leader that moved to it.
  void broker_heard_of(node_id node, const link::endpoint& at);

  void pump(instant now, link::net_effects& out);
  time_point deadline() const;
  /// When the last answer came; `never`: none did.
  time_point answered() const { return answered_; }

 private:
  bool kept(std::string_view topic) const;
  void refuse_bad_names(const std::set<std::string, std::less<>>& names);
  void name_the_unnamed(const wire::metadata_response& said, time_point now);
  bool missing_topics() const;
  void ask(bool only_missing, instant now);
  void on_answer(answer<wire::metadata_response> came, bool of_all, instant now);
  void on_failure(const error& why, instant now);
  void adopt(snapshot_ptr fresh);
  void forget_idle_topics(time_point now);
  bool rebootstrap_is_due(time_point now) const;
  void rebootstrap(instant now, link::net_effects& out);

  const connection_options& options_;
  const bool creates_;
  broker_pool& pool_;
  snapshot_sink& published_;
  rng random_;

  snapshot_ptr known_;
  std::map<std::string, time_point, std::less<>> wanted_;  // and when last used
  std::set<std::string, std::less<>> pinned_;
  std::set<uuid> unnamed_;
  std::function<bool(std::string_view)> passes_;
  bool watched_known_ = false;

  bool outstanding_ = false;
  bool stale_ = true;
  bool new_topics_ = false;
  bool brokers_changed_ = false;
  bool must_rebootstrap_ = false;
  retry_state retry_;
  time_point expires_ = never;
  time_point answered_ = never;
  time_point asking_since_ = never;  // without success; never: the last one succeeded
};

}  // namespace klamm::client
