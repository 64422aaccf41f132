#include "client/consumer_core.hpp"

#include <algorithm>
#include <set>

#include "client/classic_member.hpp"
#include "client/consumer_member.hpp"

namespace klamm::client {

consumer_core::consumer_core(const consumer_options& options, const connection_options& connection,
                             broker_pool& pool, metadata& known, requester& requests, group_offsets& offsets,
                             offset_lookup& lookup, fetch_sink& sink, completion_queue& completions,
                             rng random, fault_injector* faults)
    : options_(options),
      connection_(connection),
      pool_(pool),
      metadata_(known),
      requests_(requests),
      offsets_(offsets),
      sink_(sink),
      completions_(completions),
      faults_(faults),
      positions_(options, connection, pool, known, lookup, sink, random.fork(), faults),
      fetcher_(options, connection, pool, known, positions_, sink, random.fork(), faults),
      member_random_(random.fork()),
      member_(make_member(options.group.protocol)) {}

std::unique_ptr<group_member> consumer_core::make_member(membership_protocol which) {
  const member_surroundings in{options_,   connection_, requests_,      pool_,  metadata_,
                               positions_, sink_,       member_random_, faults_};
  if (which == membership_protocol::classic) return std::make_unique<classic_member>(in);
  return std::make_unique<consumer_member>(in);
}

error consumer_core::no_group() const {
  return {error_code::invalid_options,
          "the consumer has no group_id: it can assign partitions, but neither subscribe nor commit"};
}

// What is consumed.

void consumer_core::subscribe(subscription to, instant now) {
  if (!in_group()) return sink_.failed(std::nullopt, {}, no_group());
  if (to.empty()) return stop_subscription(now);
  if (!member_->subscribed()) assign({}, now);
  subscription_ = to;
  sink_.out_of_group(std::nullopt);
  member_->subscribe(std::move(to), now);
}

void consumer_core::stop_subscription(instant now) {
  if (!member_->subscribed()) return;
  sink_.out_of_group(std::nullopt);
  member_->leave(after(now.steady, connection_.request_timeout), [](result<void>, instant) {}, now);
  metadata_.watch_all(nullptr, now);
}

void consumer_core::assign(const std::vector<topic_partition>& partitions, instant now) {
  stop_subscription(now);
  const std::set<topic_partition> wanted(partitions.begin(), partitions.end());
  std::vector<topic_partition> gone;
  for (const auto& [at, p] : positions_.all())
    if (!wanted.contains(at)) gone.push_back(at);
  for (const auto& at : gone) positions_.unassign(at);
  std::set<std::string, std::less<>> topics;
  for (const auto& at : wanted) {
    topics.insert(at.topic);
    if (!positions_.find(at)) positions_.assign(at, in_group(), now);
  }
  metadata_.pin(std::move(topics), now);
}

void consumer_core::seek(const std::vector<seek_command>& to) {
  for (const auto& s : to) positions_.seek(s);
}

void consumer_core::pause(const std::vector<topic_partition>& partitions, bool paused) {
  for (const auto& at : partitions) positions_.pause(at, paused);
}

// Offsets.

void consumer_core::commit(std::vector<committed_offset> offsets, time_point deadline, completion<void> done,
                           commit_origin origin) {
  if (!in_group()) return completions_.post(std::move(done), result<void>(no_group()));
  if (origin == commit_origin::by_itself)
    std::erase_if(offsets, [&](const committed_offset& place) { return !stands_by_itself(place); });
  send_commit(std::move(offsets), deadline, std::move(done), origin);
}

void consumer_core::send_commit(std::vector<committed_offset> offsets, time_point deadline,
                                completion<void> done, commit_origin origin) {
  if (offsets.empty()) return completions_.post(std::move(done), result<void>());
  const auto who = committing();
  // What a try says may be newer than what was asked for.
  auto told = std::make_shared<told_commits>(who().as, origin);
  for (const auto& place : offsets) {
    const auto* p = positions_.find(place.at);
    if (const auto twice = told->of.find(place.at); twice != told->of.end())
      asked_commits_.refused(twice->second.asked, place.at);
    const auto& asked = asked_commits_.ask(place, p ? p->epoch : position_epoch());
    told->of.insert_or_assign(place.at, told_commit{asked.asked, asked});
  }
  auto renew = [this, told](committed_offset& place) {
    auto& said = told->of.at(place.at).said;
    said = asked_commits_.newest(place.at);
    place = said.place;
  };
  offsets_.commit(
      options_.group.group_id, who, std::move(offsets), deadline,
      [this, told, done = std::move(done)](per_item<topic_partition, void> came, instant at) mutable {
        on_commit(*told, came, std::move(done), at);
      },
      [this](const topic_partition& at) { return is_there(at); }, std::move(renew));
}

void consumer_core::on_commit(const told_commits& told, per_item<topic_partition, void>& came,
                              completion<void> done, instant now) {
  ++commits_;
  // What is committed now may be another place; an automatic commit notes its own when it is told.
  for (const auto& [at, outcome] : came) {
    auto_committed_.erase(at);
    const auto& [asked, said] = told.of.at(at);
    if (outcome || outcome.failure().maybe_written.value_or(true))
      asked_commits_.done(asked, said);
    else
      asked_commits_.refused(asked, at);
    if (auto* p = positions_.find(at); p && outcome) p->committed = said.place.next;
  }
  // Of what has gone with its topic nothing is left to be committed: only who asked for it hears of that.
  const auto counts = [&](const auto& item) {
    return told.origin == commit_origin::by_hand ||
           item.second.code() != error_code::unknown_topic_or_partition || is_there(item.first);
  };
  const auto bad = std::ranges::find_if(came, [&](const auto& item) { return !item.second && counts(item); });
  if (bad == came.end()) return completions_.post(std::move(done), result<void>());
  ++failed_commits_;
  const auto of_member =
      std::ranges::find_if(came, [](const auto& item) { return concerns_member(item.second.code()); });
  if (of_member != came.end() && member_->subscribed())
    member_->commit_refused(told.as, of_member->second.code(), now);
  completions_.post(std::move(done), std::move(bad->second));
}

/// The life of an assigned partition's position that a place belongs to; nothing: it is not assigned any more.
std::optional<consumer_core::auto_commit_place> consumer_core::auto_committable(
    const committed_offset& place) {
  const auto* p = positions_.find(place.at);
  return p ? std::optional(auto_commit_place{p->epoch, place.next}) : std::nullopt;
}

std::vector<committed_offset> consumer_core::to_auto_commit() const {
  auto out = sink_.settled();
  if (fires(faults_, "client.commit_unpassed"))
    for (auto& place : out)
      if (const auto at = positions_.all().find(place.at); at != positions_.all().end())
        place.next = std::max(place.next, at->second.position);
  return out;
}

/// The application may have committed more than what had settled by then.
bool consumer_core::is_behind_a_commit(const committed_offset& place) const {
  const auto p = positions_.all().find(place.at);
  return asked_commits_.beyond(
      place.at, p == positions_.all().end() ? std::nullopt : std::optional(p->second.epoch), place.next);
}

/// Whether the consumer may commit the place without being asked to.
bool consumer_core::stands_by_itself(const committed_offset& place) const {
  return !is_behind_a_commit(place) && !is_of_a_topic_before(place.at);
}

/// What was deleted, or made again with fewer partitions, has no place any more: as far as the broker that was asked last knows,
/// which may lag. What is not known yet may be there.
bool consumer_core::is_there(const topic_partition& at) const {
  const auto* topic = metadata_.now_known().find(at.topic);
  if (!topic) return true;
  if (topic->error != error_code::none) return topic->error != error_code::unknown_topic_or_partition;
  return topic->find(at.partition) != nullptr;
}

/// The topic was made again since the position was reached.
bool consumer_core::is_of_a_topic_before(const topic_partition& at) const {
  const auto p = positions_.all().find(at);
  const auto* topic = metadata_.now_known().find(at.topic);
  return p != positions_.all().end() && topic && !topic->id.is_zero() && !p->second.topic_id.is_zero() &&
         topic->id != p->second.topic_id;
}

void consumer_core::auto_commit(instant now) {
  const auto every = options_.group.auto_commit;
  if (!every || !in_group() || (next_commit_ != never && now.steady < next_commit_)) return;
  if (std::exchange(next_commit_, after(now.steady, *every)) == never) return;
  auto places = to_auto_commit();
  // Once per place and life of a position: after another assignment or a seek, others may have committed since.
  std::map<topic_partition, auto_commit_place> told;
  std::erase_if(places, [&](const committed_offset& place) {
    const auto here = auto_committable(place);
    const auto before = auto_committed_.find(place.at);
    if (!here || (before != auto_committed_.end() && before->second == *here)) return true;
    if (!stands_by_itself(place)) return true;
    told.emplace(place.at, *here);
    return false;
  });
  send_commit(
      std::move(places), after(now.steady, connection_.request_timeout),
      [this, told = std::move(told)](const result<void>& outcome) {
        if (outcome)
          for (const auto& [at, place] : told) auto_committed_[at] = place;
      },
      commit_origin::by_itself);
}

void consumer_core::committed(std::vector<topic_partition> of, time_point deadline,
                              completion<per_item<topic_partition, committed_offset>> done) {
  using answer = result<per_item<topic_partition, committed_offset>>;
  if (!in_group()) return completions_.post(std::move(done), answer(no_group()));
  if (of.empty())
    return completions_.post(std::move(done), answer(per_item<topic_partition, committed_offset>{}));
  offsets_.fetch(options_.group.group_id, std::move(of), deadline,
                 [this, done = std::move(done)](answer came, instant) mutable {
                   completions_.post(std::move(done), std::move(came));
                 });
}

void consumer_core::leave(time_point deadline, unique_function<void(result<void>, instant)> done,
                          instant now) {
  if (member_->subscribed()) return member_->leave(deadline, std::move(done), now);
  assign({}, now);
  done({}, now);
}

void consumer_core::ask_committed(instant now) {
  const auto waiting = positions_.take_uncommitted();
  if (waiting.empty()) return;
  asked_assignments asked;
  for (const auto& at : waiting) asked.emplace(at, positions_.find(at)->epoch);
  offsets_.fetch(options_.group.group_id, waiting, after(now.steady, connection_.request_timeout),
                 [this, asked](result<per_item<topic_partition, committed_offset>> came, instant at) {
                   on_committed(asked, came, at);
                 });
}

void consumer_core::on_committed(const asked_assignments& asked,
                                 const result<per_item<topic_partition, committed_offset>>& came,
                                 instant now) {
  const bool passing = !came && (retriable(came.code()) || came.code() == error_code::timed_out);
  for (const auto& [at, epoch] : asked) {
    auto* p = positions_.find(at);
    // An answer for an assignment that is over: another member may have committed since.
    if (!p || p->epoch != epoch) continue;
    if (passing) {
      p->outstanding = false;
    } else if (!came) {
      positions_.committed_failed(at, came.failure());
    } else {
      const auto found = std::ranges::find_if(*came, [&](const auto& item) { return item.first == at; });
      if (found == came->end())
        positions_.committed({at, {}, {}, {}}, now);
      else if (found->second)
        positions_.committed(*found->second, now);
      else
        positions_.committed_failed(at, found->second.failure());
    }
  }
}

void consumer_core::pump(instant now) {
  auto_commit(now);
  member_->pump(now);
  if (member_->unsupported()) {
    member_ = make_member(membership_protocol::classic);
    member_->subscribe(subscription_, now);
    member_->pump(now);
  }
  ask_committed(now);
  positions_.pump(now);
  fetcher_.pump(now);
}

time_point consumer_core::deadline(time_point now) const {
  auto out = never;
  for (const auto at : {next_commit_, member_->deadline(), positions_.deadline(), fetcher_.deadline()})
    if (at > now) out = std::min(out, at);
  return out;
}

}  // namespace klamm::client
