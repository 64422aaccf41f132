// The commands of the client core that a consumer carries out, and its door to the administration.
#include "client/client_core_parts.hpp"

namespace klamm::client {

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
                         instant now, link::net_effects& out, commit_origin origin) {
  if (parts_->closed) return parts_->completions.post(std::move(done), result<void>(closed()));
  if (!parts_->consumer) return parts_->completions.post(std::move(done), parts::no_consumer<void>());
  if (auto why = unfit(offsets))
    return parts_->completions.post(std::move(done), result<void>(*std::move(why)));
  parts_->consumer->commit(std::move(offsets), after(now.steady, timeout), std::move(done), origin);
  parts_->settle(now, out);
}
void client_core::committed(std::vector<topic_partition> of, duration timeout,
                            completion<per_item<topic_partition, committed_offset>> done, instant now,
                            link::net_effects& out) {
  using answer = per_item<topic_partition, committed_offset>;
  if (parts_->closed) return parts_->completions.post(std::move(done), result<answer>(closed()));
  if (!parts_->consumer) return parts_->completions.post(std::move(done), parts::no_consumer<answer>());
  parts_->consumer->committed(std::move(of), after(now.steady, timeout), std::move(done));
  parts_->settle(now, out);
}
void client_core::list_offsets(std::vector<std::pair<topic_partition, place>> of, duration timeout,
                               completion<per_item<topic_partition, offset_at_time>> done, instant now,
                               link::net_effects& out) {
  if (parts_->closed) return parts_->completions.post(std::move(done), result<found_offsets>(closed()));
  parts_->lookup.find(of, after(now.steady, timeout),
                      [p = parts_.get(), done = std::move(done)](found_offsets found, instant) mutable {
                        p->completions.post(std::move(done), result<found_offsets>(std::move(found)));
                      });
  parts_->settle(now, out);
}

administration* client_core::open_administration() { return parts_->closed ? nullptr : &parts_->admin; }
void client_core::settle(instant now, link::net_effects& out) { parts_->settle(now, out); }
error client_core::closed() { return {error_code::closed, "the client is closed"}; }

}  // namespace klamm::client
