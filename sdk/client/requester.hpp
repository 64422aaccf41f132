// Requests that may go on when a broker changes its role: found, sent, and tried again until they succeed, fail for good, or time is up.
//
//   target                goes to                                              what is looked up again
//   -------------------   --------------------------------------------------   ---------------------------------------------
//   at_any                whichever broker answers soonest                     -
//   at_controller         the controller, or any broker where none is known    metadata, on NOT_CONTROLLER
//   at_node               that broker                                          -
//   at_coordinator        the coordinator of a group or of a transactional     coordinator, on NOT_COORDINATOR,
//                         id (FindCoordinator, kept)                           COORDINATOR_NOT_AVAILABLE, a lost connection,
//                                                                              no answer within `request_timeout`; metadata,
//                                                                              on UNKNOWN_TOPIC_OR_PARTITION
//
// Tried again, after a backoff: what the error table calls retriable, lost connections, and requests without an answer. The caller's `code_of` says what an
// answer as a whole came to; errors of single items are the caller's. CONCURRENT_TRANSACTIONS, which passes in a moment, is
// tried again soon. Who has no outcome in time is told the last answer.
#pragma once

#include <list>
#include <map>
#include <string>
#include <tuple>
#include <variant>

#include "base/backoff.hpp"
#include "client/broker_pool.hpp"
#include "client/metadata.hpp"
#include "wire/messages/find_coordinator.hpp"

namespace klamm::client {

struct at_any {};
struct at_controller {};
struct at_node {
  node_id node;
};
enum class coordinator_type : std::int8_t { group = 0, transaction = 1 };
struct at_coordinator {
  std::string key;  // the group's or the transactional id
  coordinator_type type = coordinator_type::group;
  /// Not where a join may lie at the broker: a commit, and leaving a classic group, must not wait for the others of the group.
  client::lane lane = client::lane::data;

  friend auto operator<=>(const at_coordinator& a, const at_coordinator& b) {
    return std::tie(a.key, a.type) <=> std::tie(b.key, b.type);
  }
};
using call_target = std::variant<at_any, at_controller, at_node, at_coordinator>;

/// What an answer as a whole came to, and whether what was asked for may have been done where that is an error.
struct whole_answer {
  whole_answer(error_code of) : code(of), maybe_written(leaves_open(of)) {}
  whole_answer(error_code of, bool maybe) : code(of), maybe_written(maybe) {}

  error_code code;
  bool maybe_written;
};

class requester {
 public:
  requester(const connection_options& options, broker_pool& pool, metadata& known, rng random)
      : options_(options), pool_(pool), metadata_(known), random_(random) {}

  /// `make(version)` may be called for each try. `code_of(response)`: a whole_answer, or its code alone. What `done` is
  /// told is `maybe_written` where that, or an earlier try, may have been carried out although no answer says so.
  template <class Request, class Make, class CodeOf>
  void call(call_target to, time_point deadline, api_version cap, Make make, CodeOf code_of,
            answer_handler<typename Request::response> done) {
    using response = typename Request::response;
    auto& j = add(std::move(to), deadline);
    auto handler = std::make_shared<answer_handler<response>>(std::move(done));
    j.start = [this, id = j.id, cap, make = std::move(make), code_of, handler](destination broker,
                                                                               time_point until) {
      auto came = [this, id, broker, code_of, handler](answer<response> a, instant now) {
        const auto said = a.got ? whole_answer(code_of(*a.got)) : whole_answer(a.got.code(), a.maybe_written);
        const bool fine = a.got && said.code == error_code::none;
        const auto earlier = fine ? finish(id) : try_again(id, {said, broker.node}, now);
        if (!earlier) return;
        a.maybe_written = *earlier || said.maybe_written;
        if (!a.got) a.got = told_as(a.maybe_written, a.got.failure());
        (*handler)(std::move(a), now);
      };
      pool_.call(broker, make_call<Request>(make, std::move(came), until, cap));
    };
    j.fail = [handler](error why, instant now) {
      const bool unclear = why.maybe_written.value_or(false);
      (*handler)({std::move(why), 0, unclear, {}}, now);
    };
  }

  /// The coordinator, if it is known; it is looked for if not.
  std::optional<node_id> coordinator(const at_coordinator& of, instant now);
  std::optional<node_id> coordinator(const std::string& group, instant now) {
    return coordinator(at_coordinator{group}, now);
  }
  void coordinator_lost(const std::string& group) { coordinators_.erase(at_coordinator{group}); }
  /// Why the coordinator cannot be found at all: the group may not be described. Told once.
  std::optional<error> take_coordinator_failure(const std::string& group);

  /// True: jobs ended, and their handlers ran.
  bool pump(instant now);
  /// The client closes: every job ends with this.
  void fail_all(const error& why, instant now);
  time_point deadline() const { return next_try_; }

 private:
  /// What a try came to that did not succeed, and at whom.
  struct outcome {
    whole_answer said;
    node_id from;
    /// Nothing was answered at all.
    bool lost() const {
      return said.code == error_code::disconnected || said.code == error_code::connect_failed ||
             said.code == error_code::timed_out;
    }
  };
  struct job {
    std::uint64_t id = 0;
    call_target to;
    time_point deadline;
    retry_state retry;
    bool outstanding = false;
    bool maybe_written = false;  // by a try that is over
    std::optional<outcome> last_answer{};
    unique_function<void(destination, time_point)> start;
    unique_function<void(error, instant)> fail;
  };
  struct search {
    bool outstanding = false;
    retry_state retry;
    std::optional<outcome> last_answer{};
  };

  job& add(call_target to, time_point deadline);
  /// The job is over. Whether an earlier try of it may have been carried out; nothing: it was over already.
  std::optional<bool> finish(std::uint64_t id);
  /// As above; nothing where there will be another try.
  std::optional<bool> try_again(std::uint64_t id, const outcome& came, instant now);
  void end(std::list<job>::iterator what, const error& why, instant now);
  /// Why a job has no outcome in its time.
  error overdue(const job& of) const;
  std::optional<destination> find(const call_target& to, instant now);
  void look_for(const at_coordinator& what, instant now);
  void on_coordinator(const at_coordinator& of, answer<wire::find_coordinator_response> came, instant now);

  const connection_options& options_;
  broker_pool& pool_;
  metadata& metadata_;
  rng random_;
  std::list<job> jobs_;
  std::uint64_t next_id_ = 1;
  std::map<at_coordinator, node_id> coordinators_;
  std::map<at_coordinator, search> searches_;
  std::map<at_coordinator, error> hopeless_;
  time_point next_try_ = never;
};

/// Whether an answer with this error, or none, may be different the next time.
bool worth_retrying(error_code code);

}  // namespace klamm::client
