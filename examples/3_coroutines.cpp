// A coroutine pipeline on the application's own io_context: a hundred workers, one consumer, one producer, one thread in all.
#include <csignal>
#include <string>
#include <string_view>

#include <asio/awaitable.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <asio/signal_set.hpp>

#include <klamm/asio.hpp>
#include <klamm/klamm.hpp>

using namespace std::chrono_literals;

namespace {

// Stands for whatever takes its time: a request, a database.
asio::awaitable<std::string> enrich(std::string_view url) {
  std::string page(url);
  co_await asio::post(asio::use_awaitable);
  page += " was here";
  co_return page;
}

asio::awaitable<void> worker(klamm::Consumer& in, klamm::Producer& out) {
  for (;;)  // until async_close makes the poll throw `closed`
    for (auto r : co_await in.async_poll()) {
      auto page = co_await enrich(r.value().text());
      co_await out.async_send({.topic = "pages", .key = r.key(), .value = page});
    }
}

}  // namespace

int main(int argc, char** argv) {
  asio::io_context io;
  klamm::ClientOptions cluster{.bootstrap_servers = argc > 1 ? argv[1] : "localhost:9092",
                               .io = klamm::io_executor(io.get_executor())};
  klamm::Producer out(cluster, {.compression = {klamm::Codec::zstd, 3}});
  klamm::Consumer in(cluster, {.group_id = "enricher", .max_poll_partitions = 1});
  in.subscribe({"urls"});
  for (int i = 0; i < 100; ++i) asio::co_spawn(io, worker(in, out), asio::detached);
  asio::signal_set signals(io, SIGINT, SIGTERM);
  signals.async_wait([&](auto, int) { in.async_close(5s, [&](auto) { out.async_close(5s, [](auto) {}); }); });
  io.run();
}
