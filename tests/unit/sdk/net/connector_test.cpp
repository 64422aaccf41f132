#include "net/connector.hpp"

#include <array>
#include <optional>
#include <string>

#include <doctest/doctest.h>

#include "net/outbox.hpp"
#include "tests/unit/sdk/net/scripted_machine.hpp"

namespace klamm::net {
namespace {

using asio::ip::make_address;
using asio::ip::tcp;

TEST_CASE("addresses take turns between the families, the resolver's first one first") {
  const auto at = [](const char* address) { return tcp::endpoint(make_address(address), 1); };
  const auto order = alternate_families({at("::1"), at("::2"), at("::3"), at("10.0.0.1"), at("10.0.0.2")});
  CHECK(order == std::vector{at("::1"), at("10.0.0.1"), at("::2"), at("10.0.0.2"), at("::3")});
  CHECK(alternate_families({at("10.0.0.1"), at("::1")}) == std::vector{at("10.0.0.1"), at("::1")});
  CHECK(alternate_families({}).empty());
}

// An address at which nobody listens: the system says so at once.
struct refusing_address {
  asio::io_context context;
  tcp::acceptor bound{context, tcp::v4()};

  explicit refusing_address(const char* address) { bound.bind({make_address(address), 0}); }
  tcp::endpoint at() const { return bound.local_endpoint(); }
};

// An address whose listener has as many connections waiting as it may have: whoever else connects hears neither yes nor no until one
// of them was accepted.
struct silent_address : refusing_address {
  tcp::socket waiting{context};

  explicit silent_address(const char* address) : refusing_address(address) {
    bound.listen(0);
    waiting.connect(at());
    bound.wait(tcp::acceptor::wait_read);
  }
  void answer() { bound.accept(); }
};

struct open_address : refusing_address {
  explicit open_address(const char* address) : refusing_address(address) { bound.listen(); }
};

struct race_fixture {
  asio::io_context context;
  std::optional<result<tcp::socket>> outcome;
  std::weak_ptr<connector> racing;

  void race(const std::vector<tcp::endpoint>& between, duration stagger) {
    const auto made =
        std::make_shared<connector>(context.get_executor(), link::endpoint{"broker.example", 9092}, stagger,
                                    [this](result<tcp::socket> told) { outcome.emplace(std::move(told)); });
    racing = made;
    made->race(between);
  }
  tcp::endpoint winner() {
    test::run_until(context, [this] { return outcome.has_value(); });
    REQUIRE(*outcome);
    return (*outcome)->remote_endpoint();
  }
};

TEST_CASE(
    "the next address is tried beside one that does not answer, which is let go of once another one has") {
  race_fixture f;
  const silent_address slow("127.0.0.1");
  const open_address next("127.0.0.2");
  f.race({slow.at(), next.at()}, millis(1));
  CHECK(f.winner() == next.at());
  test::run_until(f.context, [&] { return f.racing.expired(); });  // an attempt under way would hold it
}

TEST_CASE("an address that was given a start wins if it answers first, though another one was tried since") {
  race_fixture f;
  silent_address slow("127.0.0.1");
  const silent_address next("127.0.0.2");
  f.race({slow.at(), next.at()}, duration(0));
  REQUIRE(f.context.run_one_for(std::chrono::seconds(20)) == 1);  // the start is over, and no attempt is
  slow.answer();
  CHECK(f.winner() == slow.at());
}

TEST_CASE("an address that refuses gives its turn to the next at once, and where all do each is told of") {
  race_fixture f;
  const refusing_address first("127.0.0.1"), second("127.0.0.2");
  const open_address third("127.0.0.3");
  SUBCASE("one answers") {
    f.race({first.at(), second.at(), third.at()}, std::chrono::hours(1));
    CHECK(f.winner() == third.at());
  }
  SUBCASE("none answers") {
    f.race({first.at(), second.at()}, std::chrono::hours(1));
    test::run_until(f.context, [&] { return f.outcome.has_value(); });
    CHECK(f.outcome->failure().message ==
          "cannot connect to broker.example:9092: 127.0.0.1: Connection refused; 127.0.0.2: Connection "
          "refused");
  }
}

TEST_CASE("an outbox gathers from where the socket stopped, and lets go of what is sent") {
  outbox out;
  auto owner = std::make_shared<std::string>("abcdef");
  byte_chain chain;
  chain.append(buffer_slice(owner, as_bytes_view(*owner).first(4)));
  chain.append(buffer_slice(owner, as_bytes_view(*owner).subspan(4)));
  out.append(chain);
  chain = {};
  out.consume(1);
  std::array<iovec, 8> into;
  auto gathered = out.gather(into);
  REQUIRE(gathered.size() == 2);
  CHECK(std::string_view(static_cast<const char*>(gathered[0].iov_base), gathered[0].iov_len) == "bcd");
  out.consume(4);
  CHECK(owner.use_count() == 2);
  gathered = out.gather(into);
  REQUIRE(gathered.size() == 1);
  CHECK(std::string_view(static_cast<const char*>(gathered[0].iov_base), gathered[0].iov_len) == "f");
  out.consume(1);
  CHECK(owner.use_count() == 1);
  CHECK(out.empty());
}

}  // namespace
}  // namespace klamm::net
