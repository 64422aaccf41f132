#include "net/connector.hpp"

#include <array>
#include <string>

#include <doctest/doctest.h>

#include "net/outbox.hpp"

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
