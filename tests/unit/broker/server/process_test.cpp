// What a broker process does besides serving: locks, signals, the ready file.
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <unistd.h>

#include <asio/io_context.hpp>
#include <doctest/doctest.h>

#include "broker/server/directory_lock.hpp"
#include "broker/server/ready_file.hpp"
#include "broker/server/stop_signals.hpp"
#include "tests/unit/broker/server/temporary_directory.hpp"

namespace klamm::broker::server {
namespace {

using test::temporary_directory;

std::string content(const std::string& path) {
  std::ostringstream all;
  all << std::ifstream(path).rdbuf();
  return all.str();
}

TEST_CASE("a data directory has one broker at a time, in this process too") {
  const temporary_directory directory;
  {
    const auto held = directory_lock::acquire(directory.path());
    REQUIRE(held);
    const auto second = directory_lock::acquire(directory.path());
    REQUIRE(!second);
    CHECK(second.failure().message ==
          "the data directory " + directory.path() + " is in use by another broker (process " +
              std::to_string(::getpid()) + "); stop it, or choose another directory");
  }
  CHECK(directory_lock::acquire(directory.path()));
}

TEST_CASE("the lock of a directory that is not there names it") {
  const auto refused = directory_lock::acquire("/nonexistent/klamm");
  REQUIRE(!refused);
  CHECK(refused.failure().message ==
        "cannot open the lock /nonexistent/klamm/.lock: No such file or directory");
}

TEST_CASE("the ready file names each listener on a line") {
  const temporary_directory directory;
  REQUIRE(write_ready_file(directory / "ready", {{"127.0.0.1", 9092}, {"::1", 9093}}));
  CHECK(content(directory / "ready") == "127.0.0.1:9092\n[::1]:9093\n");
  CHECK(std::distance(std::filesystem::directory_iterator(directory.path()), {}) == 1);
}

TEST_CASE("a ready file that cannot be written says why") {
  const auto refused = write_ready_file("/nonexistent/ready", {});
  REQUIRE(!refused);
  CHECK(refused.failure().message ==
        "cannot write the ready file /nonexistent/ready: No such file or directory");
}

TEST_CASE("the first SIGTERM asks to stop, the second forces it") {
  asio::io_context context;
  std::vector<std::string> heard;
  stop_signals signals(
      context.get_executor(), [&](int signal) { heard.push_back("stop " + std::to_string(signal)); },
      [&](int signal) { heard.push_back("force " + std::to_string(signal)); });
  const auto hear = [&](std::size_t count) {
    while (heard.size() < count && context.run_one_for(std::chrono::seconds(10)) > 0) continue;
  };
  std::raise(SIGTERM);
  hear(1);
  CHECK(heard == std::vector<std::string>{"stop 15"});
  std::raise(SIGHUP);  // a terminal says so twice
  std::raise(SIGINT);
  hear(2);
  CHECK(heard == std::vector<std::string>{"stop 15", "force 2"});
}

TEST_CASE(
    "who stops without hearing signals leaves the second one its effect, and a terminal that closes none") {
  asio::io_context context;
  bool stopping = false;
  stop_signals signals(context.get_executor(), [&](int) { stopping = true; }, nullptr);
  const auto has_its_usual_effect = [](int signal) {
    struct sigaction now{};
    REQUIRE(::sigaction(signal, nullptr, &now) == 0);
    return now.sa_handler == SIG_DFL;
  };
  signals.leave_the_second();
  CHECK_FALSE(has_its_usual_effect(SIGTERM));  // it would be the first
  std::raise(SIGTERM);
  while (!stopping && context.run_one_for(std::chrono::seconds(10)) > 0) continue;
  REQUIRE(stopping);
  signals.leave_the_second();
  CHECK(has_its_usual_effect(SIGTERM));
  CHECK(has_its_usual_effect(SIGINT));
  CHECK_FALSE(has_its_usual_effect(SIGHUP));
}

}  // namespace
}  // namespace klamm::broker::server
