// Hard part 23: what a forked child inherits are clients without their threads. It hears so, and does not hang.
#include <functional>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include <doctest/doctest.h>

#include <klamm/admin.hpp>
#include <klamm/broker/broker.hpp>
#include <klamm/consumer.hpp>
#include <klamm/producer.hpp>

using namespace std::chrono_literals;

namespace klamm {
namespace {

/// How a child ended that ran this: 0 where all was as it should be, and a signal's number where it hung.
int in_child(const std::function<bool()>& what) {
  const auto child = ::fork();
  if (child == 0) {
    ::alarm(20);
    ::_exit(what() ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
}

bool throws_forked(const std::function<void()>& call) {
  try {
    call();
  } catch (const Exception& e) {
    return e.error() == errc::forked;
  }
  return false;
}

constexpr auto ignore = [](auto&&) {};

}  // namespace

TEST_CASE("every call of a client in a forked child says that it is one, and the parent's go on") {
  const broker::Broker broker;
  const ClientOptions cluster{.bootstrap_servers = broker.address()};
  Producer producer(cluster, {.linger = 10min, .delivery_timeout = 20min});
  Consumer consumer(cluster, {.group_id = "g", .auto_offset_reset = earliest});
  Admin admin(cluster);
  producer.send({.topic = "t", .value = "known"}).get();
  auto open = producer.send({.topic = "t", .value = "open"});
  const TopicPartition at{"t", Partition(0)};
  consumer.assign(at);

  const std::vector<std::pair<std::string, std::function<void()>>> calls{
      {"send", [&] { producer.send({.topic = "t"}); }},
      {"send with a callback", [&] { producer.send({.topic = "t"}, ignore); }},
      {"async_send", [&] { producer.async_send({.topic = "t"}, ignore); }},
      {"try_send", [&] { producer.try_send({.topic = "t"}).value(); }},
      {"get", [&] { open.get(); }},
      {"async_get", [&] { open.async_get(ignore); }},
      {"async_flush", [&] { producer.async_flush(forever, ignore); }},
      {"async_close of a producer", [&] { producer.async_close(1s, ignore); }},
      {"poll", [&] { consumer.poll(1s); }},
      {"poll without waiting", [&] { consumer.poll(0ms); }},
      {"async_poll", [&] { consumer.async_poll(1s, ignore); }},
      {"assign", [&] { consumer.assign(at); }},
      {"subscribe", [&] { consumer.subscribe({"t"}); }},
      {"assignment", [&] { consumer.assignment(); }},
      {"commit", [&] { consumer.commit(); }},
      {"async_commit", [&] { consumer.async_commit(ignore); }},
      {"position", [&] { consumer.position(at); }},
      {"lag", [&] { consumer.lag(at); }},
      {"pause", [&] { consumer.pause(at); }},
      {"resume", [&] { consumer.resume(at); }},
      {"seek", [&] { consumer.seek(at, Offset(0)); }},
      {"seek_to_end", [&] { consumer.seek_to_end(at); }},
      {"committed", [&] { consumer.committed(at); }},
      {"ready_fd", [&] { consumer.ready_fd(); }},
      {"async_close of a consumer", [&] { consumer.async_close(1s, ignore); }},
      {"create_topic", [&] { admin.create_topic({.name = "u"}); }},
      {"async_create_topic", [&] { admin.async_create_topic({.name = "u"}, ignore); }},
  };
  for (const auto& [name, call] : calls) {
    CAPTURE(name);
    CHECK(in_child([&call = call] { return throws_forked(call); }) == 0);
  }
  CHECK(in_child([&] {
          consumer.wakeup();
          const auto flushed = producer.flush(), closed = producer.close(1s);
          const auto left = consumer.close(1s);
          return flushed.first_error && *flushed.first_error == errc::forked && closed.first_error &&
                 *closed.first_error == errc::forked && left.first_error && *left.first_error == errc::forked;
        }) == 0);

  CHECK(producer.flush().failed == 0);
  CHECK(open.get().offset == Offset(1));
  std::size_t read = 0;
  for (int i = 0; i < 100 && read < 2; ++i)
    for (const auto& record : consumer.poll(100ms)) read += record.value().size() > 0 ? 1 : 0;
  CHECK(read == 2);
}

TEST_CASE("a forked child destroys what it inherited without waiting for threads that it does not have") {
  auto io = std::make_unique<IoExecutor>(IoExecutor::shared(2));
  auto unused = std::make_unique<IoExecutor>(IoExecutor::shared(1));
  const ClientOptions nowhere{.bootstrap_servers = "127.0.0.1:1", .close_timeout = 0ms, .io = *io};
  auto producer = std::make_unique<Producer>(nowhere);
  auto consumer = std::make_unique<Consumer>(nowhere);
  auto admin = std::make_unique<Admin>(ClientOptions{.bootstrap_servers = "127.0.0.1:1"});
  CHECK(in_child([&] {
          producer.reset();
          consumer.reset();
          admin.reset();
          io.reset();
          unused.reset();
          return true;
        }) == 0);
}

}  // namespace klamm
