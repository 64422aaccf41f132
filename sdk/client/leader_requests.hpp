// Requests to the leaders of partitions: one for all partitions of a leader, tried again partition by partition until the deadline.
//
//   event                              what happens
//   --------------------------------   ----------------------------------------------------------
//   ask                                partitions are grouped by leader and asked for
//   no leader known                    the metadata is asked; tried again
//   retriable error, lost connection   metadata stale where the error says so; tried again after a backoff
//   another error                      that partition's outcome
//   topic not known for 5 s            that error: it may have been created a moment ago, but not longer
//   no answer to what changes things   tried again, unless the change is `once`: that ends; every error says what may have happened
//   deadline                           what is left ends with the last error, or `timed_out`
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <type_traits>

#include "base/backoff.hpp"
#include "client/broker_pool.hpp"
#include "client/commands.hpp"
#include "client/metadata.hpp"
#include "client/topic_entries.hpp"

namespace klamm::client {

/// What becomes of a partition that is asked for: nothing, the same however often it is asked, or more each time.
enum class asking : std::uint8_t { reads, changes, changes_once };

/// What an answer says of a partition; nothing: it leaves it out. Borrows the answer.
template <class T>
using partition_reader = std::function<std::optional<result<T>>(const topic_partition&)>;

/// Reads each entry of a list by `read(entry, partition)`, which gives a result<T>.
template <class T, class Topics>
partition_reader<T> read_entries(const Topics& said, auto read) {
  return [entries = entries_by_partition(said), read](const topic_partition& at) {
    const auto* const of = entries.find(at);
    return of ? std::optional<result<T>>(read(*of, at)) : std::nullopt;
  };
}

/// What is asked of the leaders. `T`: what is learnt of each partition.
template <class Request, class T>
struct leader_question {
  using response = typename Request::response;

  /// What an error says there is not: "offset of".
  std::string_view wanted;
  std::vector<topic_partition> of;
  /// The request for those at these places of `of`; it may borrow from the question. `limit`: how long the leader may take.
  std::function<Request(const leader_question&, const std::vector<std::size_t>& which, millis limit)> make;
  std::function<partition_reader<T>(const response&)> read;
  /// By the places of `of`; empty: all only read.
  std::vector<asking> effects{};
};

class leader_requests {
 public:
  template <class T>
  using handler = unique_function<void(per_item<topic_partition, T>, instant)>;

  leader_requests(const connection_options& options, broker_pool& pool, metadata& known, rng random)
      : options_(options), pool_(pool), metadata_(known), random_(random) {}

  /// Outcomes come in the order asked, at the next pump() or later.
  template <class Request, class T>
  void ask(leader_question<Request, T> what, time_point deadline, std::type_identity_t<handler<T>> done);
  /// True: a command ended, and its handler ran.
  bool pump(instant now);
  /// The client closes: what has no outcome yet ends with this.
  void fail_all(const error& why, instant now);
  time_point deadline() const { return next_try_; }

 private:
  using places = std::vector<std::size_t>;
  struct item {
    topic_partition at;
    enum { open, asked, told, failed } state = open;
    retry_state retry;
    /// Why nothing is told yet, or at all.
    std::optional<error> why;
    std::optional<time_point> unknown_since;
    asking effect = asking::reads;
    /// It was asked for and not answered: what it changes may be changed.
    bool maybe_done = false;
  };
  struct job {
    std::uint64_t id = 0;
    std::string_view wanted;
    std::vector<item> items;
    time_point deadline;
    unique_function<void(node_id leader, const places&, instant now, duration limit)> send;
    unique_function<void(std::vector<item>&&, instant)> done;
  };

  job& add(std::string_view wanted, const std::vector<topic_partition>& of,
           const std::vector<asking>& effects, time_point deadline);
  void ask(job& of, instant now);
  /// What came of one; none: it is told. `written`: the leader may have seen the request.
  void on_answer(std::uint64_t job_id, std::size_t place, std::optional<error> why, bool written,
                 instant now);
  void again(item& of, error why, instant now);
  static void say_what_may_be_done(item& of);
  void wait_for_topic(item& of, std::string_view wanted, error_code why, instant now);
  static void give_up(item& of, std::string_view wanted);

  const connection_options& options_;
  broker_pool& pool_;
  metadata& metadata_;
  std::list<job> jobs_;
  std::uint64_t next_id_ = 1;
  time_point next_try_ = never;
  rng random_;
};

template <class Request, class T>
void leader_requests::ask(leader_question<Request, T> what, time_point deadline,
                          std::type_identity_t<handler<T>> done) {
  using response = typename Request::response;
  struct question {
    leader_question<Request, T> what;
    std::vector<std::optional<result<T>>> told;
    handler<T> done;
  };
  const auto all = std::make_shared<question>(question{std::move(what), {}, std::move(done)});
  all->told.resize(all->what.of.size());
  auto& j = add(all->what.wanted, all->what.of, all->what.effects, deadline);
  j.send = [this, all, id = j.id](node_id leader, const places& which, instant asked_at, duration limit) {
    auto came = [this, all, id, which](answer<response> a, instant now) {
      const auto read = a.got ? all->what.read(*a.got) : partition_reader<T>();
      for (const auto n : which) {
        auto said = a.got ? read(all->what.of[n]) : std::nullopt;
        const bool written = a.got ? !said || leaves_open(said->code()) : a.maybe_written;
        if (!said && a.got)
          said = error(error_code::disconnected, "the answer leaves the partition out");
        else if (!said)
          said = a.got.failure();
        on_answer(id, n, *said ? std::nullopt : std::optional(said->failure()), written, now);
        all->told[n] = std::move(said);
      }
    };
    auto make = [all, which, limit](api_version) {
      return all->what.make(all->what, which, std::chrono::duration_cast<millis>(limit));
    };
    pool_.call({leader}, make_call<Request>(std::move(make), std::move(came), after(asked_at.steady, limit)));
  };
  j.done = [all](std::vector<item>&& items, instant now) {
    per_item<topic_partition, T> out;
    for (std::size_t n = 0; n < items.size(); ++n)
      out.emplace_back(std::move(items[n].at), items[n].state == item::told
                                                   ? *std::move(all->told[n])
                                                   : result<T>(*std::move(items[n].why)));
    all->done(std::move(out), now);
  };
}

}  // namespace klamm::client
