// transactional_copy BOOTSTRAP SOURCE TARGET GROUP TRANSACTIONAL_ID
//
// Copies from topic to topic exactly once, by a coroutine on one thread that does all input and output as well. A few records go into
// each transaction, and every third is dropped on purpose with all its records sent, which then begin with "dropped ". Says what each
// transaction came to, a line each. SIGTERM ends it. After SIGUSR1 the next transaction is held open with its records stored, which it
// says ("held"), until SIGUSR2.
#include <csignal>
#include <exception>
#include <iostream>
#include <optional>
#include <string>
#include <utility>

#include <asio/awaitable.hpp>
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>
#include <asio/use_awaitable.hpp>

#include <klamm/asio.hpp>
#include <klamm/klamm.hpp>

namespace {

using namespace klamm;
using namespace std::chrono_literals;

/// What the signals ask for.
class orders {
 public:
  explicit orders(asio::io_context& io) : stop_(io, SIGTERM), hold_(io, SIGUSR1), go_on_(io, SIGUSR2) {
    stop_.async_wait([this](auto, int) { stopped = true; });
    hold_.async_wait([this](auto, int) { hold = true; });
  }
  asio::awaitable<void> until_let_go() { co_await go_on_.async_wait(asio::use_awaitable); }

  bool stopped = false, hold = false;

 private:
  asio::signal_set stop_, hold_, go_on_;
};

void say(const char* what) { std::cout << what << std::endl; }

Delivery send(Transaction& to, const std::string& target, const RecordView& record, bool doomed) {
  if (!doomed) return to.send({.topic = target, .key = record.key(), .value = record.value()});
  const auto marked = "dropped " + std::string(record.value().text());
  return to.send({.topic = target, .key = record.key(), .value = marked});
}

asio::awaitable<void> copy(Consumer& in, Producer& out, std::string target, orders& told) {
  int turn = 0;
  while (!told.stopped) {
    auto records = co_await in.async_poll(200ms);
    if (records.empty()) continue;
    auto txn = co_await out.async_begin_transaction(in);
    const bool doomed = ++turn % 3 == 0;
    std::optional<Delivery> last;
    for (auto r : records) last = send(txn, target, r, doomed);
    const bool held = last && !doomed && std::exchange(told.hold, false);
    const bool stored_first = last && (doomed || held);
    if (stored_first) {
      co_await last->async_get();
    }
    if (doomed) {
      say("dropped");
      continue;
    }
    if (held) {
      say("held");
      co_await told.until_let_go();
    }
    const bool committed = co_await txn.async_commit();
    say(committed ? "committed" : "aborted");
  }
  co_await in.async_close(10s);
  // What of its records is not committed does not count.
  static_cast<void>(co_await out.async_close(10s));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6)
    return std::cerr << "usage: transactional_copy BOOTSTRAP SOURCE TARGET GROUP TRANSACTIONAL_ID\n", 2;
  asio::io_context io;
  const ClientOptions cluster{.bootstrap_servers = argv[1], .io = io_executor(io.get_executor())};
  Consumer in(cluster, {.group_id = argv[4],
                        .auto_offset_reset = earliest,
                        .isolation = Isolation::read_committed,
                        .max_poll_records = 200,
                        .session_timeout = 6s});
  // What a killed predecessor left open holds its offsets until then: they are read before the first transaction begins.
  Producer out(cluster, {.transactional_id = argv[5], .transaction_timeout = 10s});
  in.subscribe({std::string_view(argv[2])});
  orders told(io);
  int status = 0;
  asio::co_spawn(io, copy(in, out, argv[3], told), [&](const std::exception_ptr& failed) {
    try {
      if (failed) std::rethrow_exception(failed);
    } catch (const std::exception& why) {
      std::cerr << "transactional_copy: " << why.what() << std::endl;
      status = 1;
    }
    io.stop();
  });
  io.run();
  return status;
}
