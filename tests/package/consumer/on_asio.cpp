// An application with Asio of its own, header-only, on whose io_context a client's sockets run.
#include <exception>
#include <iostream>

#include <asio/awaitable.hpp>
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>

#include <klamm/asio.hpp>
#include <klamm/broker/broker.hpp>
#include <klamm/klamm.hpp>

namespace {

asio::awaitable<void> send(klamm::Producer& producer) {
  const klamm::RecordRef record{.topic = "greetings", .value = "Guten Tag"};
  const auto where = co_await producer.async_send(record);
  std::cout << "offset " << where.offset << '\n';
}

}  // namespace

int main() {
  klamm::broker::Broker broker;
  asio::io_context io;
  klamm::Producer producer(klamm::ClientOptions{.bootstrap_servers = broker.address(),
                                                .io = klamm::io_executor(io.get_executor())});
  std::exception_ptr failure = std::make_exception_ptr(0);
  asio::co_spawn(io, send(producer), [&](std::exception_ptr outcome) {
    failure = outcome;
    io.stop();
  });
  io.run();
  return failure ? 1 : 0;
}
