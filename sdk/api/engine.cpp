#include "api/engine.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <utility>

#include <asio/post.hpp>

#include "api/bootstrap.hpp"
#include "api/metrics_convert.hpp"
#include "api/security.hpp"
#include "net/fork_watch.hpp"
#include "net/system.hpp"

namespace klamm::api {
namespace {

detail::Shared<const detail::IoState> own_or_given(const IoExecutor& given) {
  return given ? given.state() : IoExecutor::shared(1).state();
}

std::uint64_t random_seed() {
  std::array<std::byte, sizeof(std::uint64_t)> bytes{};
  net::system_entropy().fill(bytes);
  std::uint64_t seed = 0;
  std::memcpy(&seed, bytes.data(), sizeof seed);
  return seed;
}

net::driver_options driver_options_of(const ClientOptions& client, unique_function<void()> run) {
  net::driver_options options;
  options.tls = tls_of(client);
  options.after_round = std::move(run);
  return options;
}

}  // namespace

duration to_duration(Millis time) {
  return time >= std::chrono::floor<Millis>(duration::max()) ? duration::max() : duration(time);
}

duration told_to_brokers(Millis time) { return to_duration(std::min(time, Millis(INT32_MAX))); }

client::core_options core_options_of(const ClientOptions& options) {
  client::core_options core;
  core.connection.bootstrap = *parse_bootstrap(options.bootstrap_servers);
  core.connection.client_id = options.client_id;
  core.connection.request_timeout = told_to_brokers(options.request_timeout);
  core.connection.sasl = sasl_of(options);
  core.measure_every = to_duration(options.metrics_interval);
  core.push_metrics = options.enable_metrics_push;
  return core;
}

engine::engine(const ClientOptions& options, client::core_options core, std::shared_ptr<void> neighbours,
               client::batch_source* batches, client::fetch_sink* fetches)
    : options_(options),
      io_(own_or_given(options.io)),
      executor_(io_->next()),
      neighbours_(std::move(neighbours)),
      generation_(net::fork_generation()),
      log_(options),
      metrics_hook_(options_, [this](Task task) { call_back(std::move(task)); }),
      core_(std::move(core),
            {.snapshots = snapshots_,
             .batches = batches,
             .fetches = fetches,
             .log = log_,
             .faults = nullptr,
             .measurements = metrics_hook_.wanted() ? &metrics_hook_ : nullptr},
            random_seed()),
      driver_(executor_, core_, driver_options_of(options, [this] { run_completions(); })) {}

void engine::start() {
  post([](client::client_core& core, instant now, link::net_effects& out) { core.start(now, out); });
}

void engine::post(core_command what) {
  driver_.post(
      [self = shared_from_this(), what = std::move(what)](instant now, link::net_effects& out) mutable {
        self->io_thread_.store(std::this_thread::get_id(), std::memory_order_relaxed);
        what(self->core_, now, out);
      });
}

void engine::run_completions() {
  io_thread_.store(std::this_thread::get_id(), std::memory_order_relaxed);
  core_.completions().run();
}

Result<Metrics> engine::metrics() {
  constexpr std::string_view what = "read the metrics";
  if (auto refused = refusal(what)) return *std::move(refused);
  auto answer = std::make_shared<handoff::one_shot<client::measurements>>();
  post([answer](client::client_core& core, instant now, link::net_effects&) {
    answer->set(core.measure(now));
  });
  const auto patience = std::min<duration>(to_duration(options_.api_timeout), std::chrono::hours(24));
  if (auto came = answer->wait_for(patience)) return to_public(*came, options_);
  return to_error({error_code::timed_out, "the thread that does the client's input and output does not run"},
                  {.operation = what});
}

bool engine::forked() const { return net::fork_generation() != generation_; }

void engine::refuse_after_fork(std::string_view operation) const {
  if (forked()) detail::throw_error(to_error(error(error_code::forked), {.operation = operation}));
}

std::optional<Error> engine::refusal(std::string_view operation) const {
  if (forked()) return to_error(error(error_code::forked), {.operation = operation});
  if (on_io_thread()) return to_error(error(error_code::would_deadlock), {.operation = operation});
  return std::nullopt;
}

void engine::call_back(Task task) {
  auto here = [self = shared_from_this(), task = std::move(task)] {
    self->callback_thread_.store(std::this_thread::get_id(), std::memory_order_relaxed);
    task();
  };
  if (options_.callbacks) return options_.callbacks.post(std::move(here));
  if (io_->foreign()) return asio::post(io_->given, std::move(here));
  std::call_once(callbacks_once_, [this] {
    callbacks_.emplace(1);
    callbacks_started_ = true;
  });
  asio::post(callbacks_->next(), std::move(here));
}

void engine::after_callbacks(Task task) {
  if (callbacks_started_) return call_back(std::move(task));
  task();
}

void engine::shut_down(std::shared_ptr<engine> last) {
  last->metrics_hook_.over();
  if (last->forked()) {
    // The threads that could end it are the parent's: what is left here is its
    // memory.
    static_cast<void>(new std::shared_ptr<engine>(std::move(last)));
    return;
  }
  last->snapshots_.close();
  auto& driver = last->driver_;
  driver.post([last = std::move(last)](instant, link::net_effects&) { last->driver_.shut_down(); });
}

}  // namespace klamm::api
