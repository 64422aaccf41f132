// transactional_copy BOOTSTRAP SOURCE TARGET GROUP TRANSACTIONAL_ID
//
// Copies from topic to topic exactly once, by a coroutine on one thread that does all input and output as well. A few records go into
// each transaction, and every third is dropped on purpose with all its records sent. Ends with SIGTERM.
#include <csignal>
#include <exception>
#include <iostream>
#include <string>

#include <asio/awaitable.hpp>
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>

#include <klamm/asio.hpp>
#include <klamm/klamm.hpp>

namespace {

using namespace klamm;
using namespace std::chrono_literals;

asio::awaitable<void> copy(Consumer& in, Producer& out, std::string target, const bool& stopped) {
  int turn = 0;
  while (!stopped) {
    auto records = co_await in.async_poll(200ms);
    if (records.empty()) continue;
    auto txn = co_await out.async_begin_transaction(in);
    for (auto r : records) txn.send({.topic = target, .key = r.key(), .value = r.value()});
    if (++turn % 3 == 0) continue;
    const bool committed = co_await txn.async_commit();
    std::cout << (committed ? "committed" : "aborted") << std::endl;
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
  bool stopped = false;
  int status = 0;
  asio::signal_set signals(io, SIGTERM);
  signals.async_wait([&](auto, int) { stopped = true; });
  asio::co_spawn(io, copy(in, out, argv[3], stopped), [&](const std::exception_ptr& failed) {
    signals.cancel();
    try {
      if (failed) std::rethrow_exception(failed);
    } catch (const std::exception& why) {
      std::cerr << "transactional_copy: " << why.what() << '\n';
      status = 1;
    }
    io.stop();
  });
  io.run();
  return status;
}
