// What a request that waits for its answer holds meanwhile.
#include "broker/api/serve.hpp"

#include <optional>

#include <doctest/doctest.h>

#include "wire/messages/heartbeat.hpp"

using namespace klamm;
using namespace klamm::broker::api;

namespace {

/// Services whose handlers answer later.
template <class Request>
struct later {
  std::optional<reply<typename Request::response>> answer;
  std::optional<result<byte_chain>> sent;

  static void handle(const Request&, const caller&, later& node, reply<typename Request::response> answer) {
    node.answer.emplace(std::move(answer));
  }

  /// Serves a request; gives what keeps its bytes alive.
  std::weak_ptr<const void> serve(api_version version) {
    wire::writer to;
    encode(to, Request{}, version);
    auto bytes = std::make_shared<std::vector<std::byte>>(to.finish().flatten());
    std::weak_ptr<const void> alive = bytes;
    buffer_slice frame(bytes, *bytes);
    bytes.reset();
    request asked{Request::api, {version, "test", {}, {}, {}}, frame, std::move(frame)};
    const auto served = serve_with<Request, later, &later::handle>(
        std::move(asked), *this, [this](result<byte_chain> body) { sent = std::move(body); });
    REQUIRE(served.has_value());
    return alive;
  }
};

}  // namespace

TEST_CASE("a member that waits for a rebalance waits without the bytes of its request") {
  later<wire::join_group_request> joins;
  CHECK(joins.serve(6).expired());
  (*joins.answer)({});
  REQUIRE(joins.sent);
  CHECK(joins.sent->has_value());
  later<wire::sync_group_request> syncs;
  CHECK(syncs.serve(5).expired());
}

TEST_CASE("another handler may look into its request for as long as its answer is open") {
  later<wire::heartbeat_request> beats;
  const auto bytes = beats.serve(4);
  CHECK(!bytes.expired());
  beats.answer.reset();
  CHECK(bytes.expired());
}
