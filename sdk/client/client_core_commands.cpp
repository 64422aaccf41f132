// The commands of the client core that a consumer or the administration carries out.
#include "client/client_core_parts.hpp"

namespace klamm::client {
namespace {

template <class T>
result<T> closed() {
  return error(error_code::closed, "the client is closed");
}

}  // namespace

// Consumer.

void client_core::subscribe(subscription to, instant now, link::net_effects& out) {
  if (parts_->consumer && !parts_->closed) parts_->consumer->subscribe(std::move(to), now);
  parts_->settle(now, out);
}
void client_core::assign(std::vector<topic_partition> partitions, instant now, link::net_effects& out) {
  if (parts_->consumer && !parts_->closed) parts_->consumer->assign(partitions, now);
  parts_->settle(now, out);
}
void client_core::seek(std::vector<seek_command> to, instant now, link::net_effects& out) {
  if (parts_->consumer && !parts_->closed) parts_->consumer->seek(to);
  parts_->settle(now, out);
}
void client_core::pause(const std::vector<topic_partition>& partitions) {
  if (parts_->consumer) parts_->consumer->pause(partitions, true);
}
void client_core::resume(const std::vector<topic_partition>& partitions, instant now,
                         link::net_effects& out) {
  if (parts_->consumer) parts_->consumer->pause(partitions, false);
  parts_->settle(now, out);
}
void client_core::room_freed(instant now, link::net_effects& out) { parts_->settle(now, out); }
void client_core::rebalance_done(std::uint64_t id, instant now, link::net_effects& out) {
  if (parts_->consumer && !parts_->closed) parts_->consumer->rebalance_done(id, now);
  parts_->settle(now, out);
}
void client_core::commit(std::vector<committed_offset> offsets, duration timeout, completion<void> done,
                         instant now, link::net_effects& out) {
  if (parts_->closed) return parts_->completions.post(std::move(done), closed<void>());
  if (!parts_->consumer) return parts_->completions.post(std::move(done), parts::no_consumer<void>());
  parts_->consumer->commit(std::move(offsets), after(now.steady, timeout), std::move(done));
  parts_->settle(now, out);
}
void client_core::committed(std::vector<topic_partition> of, duration timeout,
                            completion<per_item<topic_partition, committed_offset>> done, instant now,
                            link::net_effects& out) {
  using answer = per_item<topic_partition, committed_offset>;
  if (parts_->closed) return parts_->completions.post(std::move(done), closed<answer>());
  if (!parts_->consumer) return parts_->completions.post(std::move(done), parts::no_consumer<answer>());
  parts_->consumer->committed(std::move(of), after(now.steady, timeout), std::move(done));
  parts_->settle(now, out);
}
void client_core::list_offsets(std::vector<std::pair<topic_partition, place>> of, duration timeout,
                               completion<per_item<topic_partition, offset_at_time>> done, instant now,
                               link::net_effects& out) {
  if (parts_->closed) return parts_->completions.post(std::move(done), closed<found_offsets>());
  parts_->lookup.find(of, after(now.steady, timeout),
                      [p = parts_.get(), done = std::move(done)](found_offsets found, instant) mutable {
                        p->completions.post(std::move(done), result<found_offsets>(std::move(found)));
                      });
  parts_->settle(now, out);
}

// Administration.

template <class T, class Command>
void client_core::administer(completion<T> done, Command command, duration timeout, instant now,
                             link::net_effects& out) {
  if (parts_->closed) return parts_->completions.post(std::move(done), closed<T>());
  command(parts_->admin, after(now.steady, timeout), std::move(done));
  parts_->settle(now, out);
}

void client_core::create_topics(std::vector<admin::new_topic> topics, bool validate_only, duration timeout,
                                completion<per_item<std::string, admin::created_topic>> done, instant now,
                                link::net_effects& out) {
  administer(
      std::move(done),
      [&](administration& to, time_point by, auto&& then) {
        to.create_topics(std::move(topics), validate_only, by, std::move(then));
      },
      timeout, now, out);
}
void client_core::delete_topics(std::vector<std::string> topics, duration timeout,
                                completion<per_item<std::string, void>> done, instant now,
                                link::net_effects& out) {
  administer(
      std::move(done),
      [&](administration& to, time_point by, auto&& then) {
        to.delete_topics(std::move(topics), by, std::move(then));
      },
      timeout, now, out);
}
void client_core::describe_topics(std::vector<std::string> topics, duration timeout,
                                  completion<per_item<std::string, admin::topic_description>> done,
                                  instant now, link::net_effects& out) {
  administer(
      std::move(done),
      [&](administration& to, time_point by, auto&& then) {
        to.describe_topics(std::move(topics), by, std::move(then));
      },
      timeout, now, out);
}
void client_core::describe_cluster(duration timeout, completion<admin::cluster_description> done, instant now,
                                   link::net_effects& out) {
  administer(
      std::move(done),
      [](administration& to, time_point by, auto&& then) { to.describe_cluster(by, std::move(then)); },
      timeout, now, out);
}
void client_core::describe_quorum(duration timeout, completion<admin::quorum_description> done, instant now,
                                  link::net_effects& out) {
  administer(
      std::move(done),
      [](administration& to, time_point by, auto&& then) { to.describe_quorum(by, std::move(then)); },
      timeout, now, out);
}
void client_core::describe_features(duration timeout, completion<admin::feature_description> done,
                                    instant now, link::net_effects& out) {
  administer(
      std::move(done),
      [](administration& to, time_point by, auto&& then) { to.describe_features(by, std::move(then)); },
      timeout, now, out);
}
void client_core::unregister_broker(node_id broker, duration timeout, completion<void> done, instant now,
                                    link::net_effects& out) {
  administer(
      std::move(done),
      [broker](administration& to, time_point by, auto&& then) {
        to.unregister_broker(broker, by, std::move(then));
      },
      timeout, now, out);
}
void client_core::add_raft_voter(admin::raft_voter added, duration timeout, completion<void> done,
                                 instant now, link::net_effects& out) {
  administer(
      std::move(done),
      [&](administration& to, time_point by, auto&& then) {
        to.add_raft_voter(std::move(added), by, std::move(then));
      },
      timeout, now, out);
}
void client_core::remove_raft_voter(admin::raft_voter removed, duration timeout, completion<void> done,
                                    instant now, link::net_effects& out) {
  administer(
      std::move(done),
      [&](administration& to, time_point by, auto&& then) {
        to.remove_raft_voter(std::move(removed), by, std::move(then));
      },
      timeout, now, out);
}
void client_core::elect_leaders(admin::election_type type, std::vector<topic_partition> of, duration timeout,
                                completion<per_item<topic_partition, void>> done, instant now,
                                link::net_effects& out) {
  administer(
      std::move(done),
      [&](administration& to, time_point by, auto&& then) {
        to.elect_leaders(type, std::move(of), by, std::move(then));
      },
      timeout, now, out);
}
void client_core::alter_reassignments(std::vector<admin::reassignment_request> to_these, duration timeout,
                                      completion<per_item<topic_partition, void>> done, instant now,
                                      link::net_effects& out) {
  administer(
      std::move(done),
      [&](administration& to, time_point by, auto&& then) {
        to.alter_reassignments(std::move(to_these), by, std::move(then));
      },
      timeout, now, out);
}
void client_core::list_reassignments(std::vector<topic_partition> of, duration timeout,
                                     completion<std::vector<admin::reassignment>> done, instant now,
                                     link::net_effects& out) {
  administer(
      std::move(done),
      [&](administration& to, time_point by, auto&& then) {
        to.list_reassignments(std::move(of), by, std::move(then));
      },
      timeout, now, out);
}
void client_core::list_groups(duration timeout, completion<std::vector<admin::listed_group>> done,
                              instant now, link::net_effects& out) {
  administer(
      std::move(done),
      [](administration& to, time_point by, auto&& then) { to.list_groups(by, std::move(then)); }, timeout,
      now, out);
}
void client_core::describe_groups(std::vector<std::string> groups, duration timeout,
                                  completion<per_item<std::string, admin::group_description>> done,
                                  instant now, link::net_effects& out) {
  administer(
      std::move(done),
      [&](administration& to, time_point by, auto&& then) {
        to.describe_groups(std::move(groups), by, std::move(then));
      },
      timeout, now, out);
}
void client_core::delete_groups(std::vector<std::string> groups, duration timeout,
                                completion<per_item<std::string, void>> done, instant now,
                                link::net_effects& out) {
  administer(
      std::move(done),
      [&](administration& to, time_point by, auto&& then) {
        to.delete_groups(std::move(groups), by, std::move(then));
      },
      timeout, now, out);
}
void client_core::group_offsets(std::string group, std::vector<topic_partition> of, duration timeout,
                                completion<per_item<topic_partition, committed_offset>> done, instant now,
                                link::net_effects& out) {
  administer(
      std::move(done),
      [&](administration& to, time_point by, auto&& then) {
        to.group_offsets_of(std::move(group), std::move(of), by, std::move(then));
      },
      timeout, now, out);
}
void client_core::alter_group_offsets(std::string group, std::vector<committed_offset> offsets,
                                      duration timeout, completion<per_item<topic_partition, void>> done,
                                      instant now, link::net_effects& out) {
  administer(
      std::move(done),
      [&](administration& to, time_point by, auto&& then) {
        to.alter_group_offsets(std::move(group), std::move(offsets), by, std::move(then));
      },
      timeout, now, out);
}
void client_core::describe_configs(
    std::vector<admin::config_resource> of, duration timeout,
    completion<per_item<admin::config_resource, std::vector<admin::config_entry>>> done, instant now,
    link::net_effects& out) {
  administer(
      std::move(done),
      [&](administration& to, time_point by, auto&& then) {
        to.describe_configs(std::move(of), by, std::move(then));
      },
      timeout, now, out);
}
void client_core::alter_configs(
    std::vector<std::pair<admin::config_resource, std::vector<admin::config_change>>> changes,
    bool validate_only, duration timeout, completion<per_item<admin::config_resource, void>> done,
    instant now, link::net_effects& out) {
  administer(
      std::move(done),
      [&](administration& to, time_point by, auto&& then) {
        to.alter_configs(std::move(changes), validate_only, by, std::move(then));
      },
      timeout, now, out);
}

}  // namespace klamm::client
