// Clients in a child process: their threads are the parent's, so each form of each operation is refused there, at once.
#include <algorithm>
#include <optional>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include <klamm/admin.hpp>
#include <klamm/broker/broker.hpp>
#include <klamm/consumer.hpp>
#include <klamm/producer.hpp>

using namespace std::chrono_literals;

namespace klamm {
namespace {

/// Runs it in a child and returns which of its answers were not `forked`, by their letters. A child that hangs is ended by a
/// signal.
template <class F>
std::string wrong_in_child(F f) {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const auto child = ::fork();
  if (child == 0) {
    ::alarm(20);
    std::string wrong;
    f([&wrong](char which, const std::optional<Error>& answer) {
      if (!answer || *answer != errc::forked) wrong += which;
    });
    const auto written = ::write(ends[1], wrong.data(), wrong.size());
    ::_exit(written == static_cast<ssize_t>(wrong.size()) ? 0 : 1);
  }
  ::close(ends[1]);
  int status = -1;
  CHECK(::waitpid(child, &status, 0) == child);
  CHECK(status == 0);
  char wrong[16];
  const auto read = ::read(ends[0], wrong, sizeof wrong);
  ::close(ends[0]);
  return {wrong, static_cast<std::size_t>(std::max<ssize_t>(read, 0))};
}

template <class T>
std::optional<Error> error_of(const Result<T>& outcome) {
  return outcome ? std::nullopt : std::optional(outcome.error());
}

}  // namespace

TEST_CASE("in a child process every call of a client of the parent's answers `forked`, and ends") {
  const broker::Broker broker;
  Producer producer(broker.address(), {.linger = 60s});
  Consumer consumer(broker.address(), {.group_id = "forked", .auto_offset_reset = earliest});
  Admin admin(broker.address());
  admin.create_topic({.name = "t", .partitions = 1, .replication = 1});
  auto pending = producer.send({.topic = "t", .value = "v"});
  consumer.subscribe({"t"});
  const auto wrong = wrong_in_child([&](auto check) {
    const auto letter = [&check](char which) {
      return [&check, which](const auto& outcome) { check(which, error_of(outcome)); };
    };
    check('a', error_of(producer.send({.topic = "t", .value = "v"}, as_result)));
    check('b', error_of(pending.get(as_result)));
    check('c', producer.flush(1s).first_error);
    check('d', error_of(consumer.poll(1s, as_result)));
    check('e', error_of(consumer.commit(as_result)));
    check('f', error_of(admin.list_topics(as_result)));
    // Nothing answers these twice, so what never answers is missing: each letter is checked off when it comes.
    std::string answered;
    const auto noted = [&](char which) {
      return [&, which](const auto& outcome) { answered += which, letter(which)(outcome); };
    };
    pending.async_get(noted('g'));
    consumer.async_poll(1s, noted('h'));
    consumer.async_commit(noted('i'));
    admin.async_list_topics(noted('j'));
    const auto report = [&](char which) {
      return [&, which](const auto& outcome) { answered += which, check(which, outcome->first_error); };
    };
    producer.async_flush(1s, report('k'));
    producer.async_close(1s, report('l'));
    consumer.async_close(1s, noted('m'));
    if (answered != "ghijklm") check('?', std::nullopt);
  });
  CHECK(wrong == "");
  CHECK(producer.flush(30s));
  CHECK(pending.get().offset == Offset(0));
}

}  // namespace klamm
