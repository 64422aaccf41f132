// What must compile with Asio's tokens: coroutines, operators, futures, as_result, cancellation.
#include <asio/awaitable.hpp>
#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/experimental/awaitable_operators.hpp>
#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_future.hpp>

#include <klamm/asio.hpp>
#include <klamm/klamm.hpp>

using namespace std::chrono_literals;

asio::awaitable<void> pipeline(klamm::Consumer& in, klamm::Producer& out, klamm::Admin& admin) {
  for (auto r : co_await in.async_poll())
    co_await out.async_send({.topic = "pages", .key = r.key(), .value = "page"});
  co_await in.async_commit();
  const klamm::TopicPartitionOffset place{.at = {"urls", klamm::Partition(0)}, .next = klamm::Offset(7)};
  co_await in.async_commit(place);
  auto tried = co_await in.async_poll(1s, klamm::as_result(asio::use_awaitable));
  if (!tried) co_return;
  auto cluster = co_await admin.async_describe_cluster();
  auto report = co_await out.async_flush(1s);
  static_cast<void>(cluster.nodes.size() + report.failed);
}

asio::awaitable<void> race(klamm::Consumer& in) {
  using namespace asio::experimental::awaitable_operators;
  asio::steady_timer timer(co_await asio::this_coro::executor, 1s);
  auto first = co_await (in.async_poll() || timer.async_wait(asio::use_awaitable));
  static_cast<void>(first.index());
}

void other_tokens(klamm::Consumer& in, klamm::Producer& out, asio::io_context& io) {
  asio::cancellation_signal signal;
  in.async_poll(1s, asio::bind_cancellation_slot(signal.slot(), [](std::exception_ptr, klamm::Records) {}));
  auto flushed = out.async_flush(1s, asio::use_future);
  klamm::ClientOptions cluster{.bootstrap_servers = "localhost:9092",
                               .io = klamm::io_executor(io.get_executor()),
                               .callbacks = klamm::executor(io.get_executor())};
}
