// What every client runs on: its core, the driver that gives the core sockets
// and time, and where its callbacks go.
//
// Commands and completions keep the engine alive; it ends on its input and
// output thread, after the driver was shut down there.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include <klamm/detail/async.hpp>
#include <klamm/options.hpp>

#include "api/error_details.hpp"
#include "api/io_state.hpp"
#include "api/metrics_hook.hpp"
#include "base/unique_function.hpp"
#include "client/client_core.hpp"
#include "handoff/one_shot.hpp"
#include "handoff/snapshot_board.hpp"
#include "net/driver.hpp"
#include "net/io_threads.hpp"

namespace klamm::api {

/// The machines' side of a client's options. Precondition: they were checked.
client::core_options core_options_of(const ClientOptions& options);
duration to_duration(Millis time);
/// What travels has 31 bits of milliseconds: more is as good as that.
duration told_to_brokers(Millis time);

/// The machines' log lines for the application's hook.
class log_adapter final : public log_sink {
 public:
  explicit log_adapter(const ClientOptions& options) : to_(options.log), level_(options.log_level) {}
  bool wants(klamm::log_level level) const override {
    return to_ && static_cast<int>(level) <= static_cast<int>(level_);
  }
  void write(klamm::log_level level, std::string_view where, std::string_view what) override {
    to_({.level = static_cast<LogEvent::Level>(level), .where = where, .what = what});
  }

 private:
  const std::function<void(const LogEvent&)> to_;
  const LogEvent::Level level_;
};

/// What a command does to the core, on its thread.
using core_command = unique_function<void(client::client_core&, instant, link::net_effects&)>;

class engine : public std::enable_shared_from_this<engine> {
 public:
  /// `batches` and `fetches` live in `neighbours`.
  engine(const ClientOptions& options, client::core_options core, std::shared_ptr<void> neighbours,
         client::batch_source* batches, client::fetch_sink* fetches);

  void start();
  void post(core_command what);
  handoff::snapshot_board& snapshots() { return snapshots_; }
  const ClientOptions& options() const { return options_; }

  /// A snapshot, made on the input and output thread.
  Result<Metrics> metrics();
  /// Why a blocking call must not be made here: after a fork, or on the thread
  /// that would have to answer it.
  std::optional<Error> refusal(std::string_view operation) const;
  bool forked() const;
  /// Throws `forked` there: nobody is left who could answer, not even to say so.
  void refuse_after_fork(std::string_view operation) const;
  asio::any_io_executor executor() const { return executor_; }
  bool on_io_thread() const {
    return io_thread_.load(std::memory_order_relaxed) == std::this_thread::get_id();
  }
  /// Runs it where the application wants its callbacks.
  void call_back(Task task);
  /// Whether `task` of call_back runs on a thread of the library's, and another one than this.
  bool calls_back_elsewhere() const {
    return !options_.callbacks && !io_->foreign() && !on_callback_thread();
  }
  /// Runs it behind the callbacks there, or at once if there were none. Precondition: it was calls_back_elsewhere().
  void after_callbacks(Task task);
  bool runs_on_foreign_io() const { return io_->foreign(); }
  bool on_callback_thread() const {
    return callback_thread_.load(std::memory_order_relaxed) == std::this_thread::get_id();
  }

  /// Calls `done` where it belongs: at once if all it does is to post.
  template <class T>
  void complete(detail::Completion<T>&& done, Result<T> outcome) {
    if (done.posts()) return done(std::move(outcome));
    auto held =
        std::make_shared<std::pair<detail::Completion<T>, Result<T>>>(std::move(done), std::move(outcome));
    call_back([held] { held->first(std::move(held->second)); });
  }

  /// Closes the sockets and lets go. The engine is used no more.
  static void shut_down(std::shared_ptr<engine> last);

 private:
  void run_completions();

  const ClientOptions options_;
  const detail::Shared<const detail::IoState> io_;
  const asio::any_io_executor executor_;
  const std::shared_ptr<void> neighbours_;
  const unsigned generation_;
  log_adapter log_;
  metrics_hook metrics_hook_;
  handoff::snapshot_board snapshots_;
  client::client_core core_;
  std::atomic<std::thread::id> io_thread_{};
  std::atomic<std::thread::id> callback_thread_{};
  std::once_flag callbacks_once_;
  std::atomic<bool> callbacks_started_{false};
  std::optional<net::io_threads> callbacks_;
  net::driver driver_;
};

/// Blocks for it, where that is allowed.
template <class T>
Result<T> wait_for(const engine& on, std::string_view what, detail::Deferred<T> operation) {
  if (auto refused = on.refusal(what)) return *std::move(refused);
  auto answer = std::make_shared<handoff::one_shot<Result<T>>>();
  operation(detail::Completion<T>([answer](Result<T> outcome) { answer->set(std::move(outcome)); }, true));
  return answer->wait();
}

/// As wait_for, of what ends a client within `deadline`, unless it is the application's executor that does it and does not run any
/// more: then a second is left for an answer that is only late.
template <class T>
Result<T> wait_for_close(const engine& on, detail::Deferred<T> close, Millis deadline) {
  constexpr Millis late{1000};
  if (!on.runs_on_foreign_io() || deadline > forever - late) return wait_for(on, "close", std::move(close));
  if (auto refused = on.refusal("close")) return *std::move(refused);
  auto answer = std::make_shared<handoff::one_shot<Result<T>>>();
  close(detail::Completion<T>([answer](Result<T> outcome) { answer->set(std::move(outcome)); }, true));
  if (auto came = answer->wait_for(to_duration(deadline + late))) return *std::move(came);
  return to_error({error_code::timed_out, "the executor that the client was given does not run"},
                  {.operation = "close"});
}

}  // namespace klamm::api
