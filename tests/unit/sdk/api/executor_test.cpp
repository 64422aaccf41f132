#include <poll.h>
#include <stdexcept>
#include <string>

#include <doctest/doctest.h>

#include <klamm/options.hpp>

namespace klamm {
namespace {

bool readable(int fd) {
  pollfd waiting{fd, POLLIN, 0};
  return ::poll(&waiting, 1, 0) == 1;
}

}  // namespace

TEST_CASE("a callback queue is readable while it has something, and runs it in order") {
  CallbackQueue queue;
  const auto executor = queue.executor();
  std::string ran;
  CHECK(!readable(queue.fd()));
  executor.post([&] { ran += 'a'; });
  executor.post([&] { ran += 'b'; });
  CHECK(readable(queue.fd()));
  CHECK(queue.run_ready() == 2);
  CHECK(ran == "ab");
  CHECK(!readable(queue.fd()));
}

TEST_CASE("what a callback posts waits for the next call, so that one call ends") {
  CallbackQueue queue;
  int ran = 0;
  const std::function<void()> again = [&] { ++ran, queue.executor().post(again); };
  queue.executor().post(again);
  CHECK(queue.run_ready() == 1);
  CHECK(readable(queue.fd()));
  CHECK(queue.run_ready() == 1);
  CHECK(ran == 2);
}

TEST_CASE("an exception of a callback passes through; the rest stays queued") {
  CallbackQueue queue;
  int ran = 0;
  queue.executor().post([] { throw std::runtime_error("mine"); });
  queue.executor().post([&] { ++ran; });
  CHECK_THROWS_AS(queue.run_ready(), std::runtime_error);
  CHECK(readable(queue.fd()));
  CHECK(queue.run_ready() == 1);
  CHECK(ran == 1);
}

TEST_CASE("an executor outlives its queue's other handles") {
  Executor executor;
  CHECK(!executor);
  executor = CallbackQueue().executor();
  executor.post([] {});
  CHECK(executor);
}

}  // namespace klamm
