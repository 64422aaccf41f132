// Hard part 14: the versions that requests go out in, where names and ids of topics do not go together (KIP-516).
#include <doctest/doctest.h>

#include "consumer_script.hpp"

using namespace klamm;
using namespace klamm::client;

namespace {

constexpr api_version last_fetch_by_name = 12, last_commit_by_name = 9, last_committed_by_name = 9;

/// The versions of the requests to this API that lie at the broker.
template <class Request>
std::vector<api_version> versions(const consumer_script& f) {
  std::vector<api_version> out;
  for (const auto& request : f.cluster.held)
    if (request.header.request_api_key == Request::api) out.push_back(request.header.request_api_version);
  return out;
}

template <class Request>
api_version newest_of() {
  return wire::find_api(Request::api)->latest_stable;
}

}  // namespace

TEST_CASE("a fetch of a topic whose id is not known names it, in the last version that can, a look too") {
  consumer_script f;
  f.cluster.topic_ids = false;
  f.assign({a0});
  f.seek(a0, 7);
  CHECK(versions<wire::fetch_request>(f) == std::vector{last_fetch_by_name, last_fetch_by_name});
  for (const auto& fetch : f.fetches()) CHECK(fetch.topics.at(0).topic == "a");
}

TEST_CASE("a fetch by ids goes out in the newest version that both know") {
  consumer_script f;
  f.assign({a0});
  REQUIRE(newest_of<wire::fetch_request>() > last_fetch_by_name);
  CHECK(versions<wire::fetch_request>(f) == std::vector{newest_of<wire::fetch_request>()});
  CHECK(f.fetches()[0].topics.at(0).topic_id == uuid{{'a'}});
}

TEST_CASE("what a group commits is named, in the last versions that can") {
  consumer_script f{consuming("g")};
  f.cluster.hold<wire::offset_fetch_request>();
  f.cluster.hold<wire::offset_commit_request>();
  f.assign({a0});
  f.cluster.core.commit({{a0, offset(1), {}, {}}}, second, [](auto) {}, f.cluster.now, f.cluster.out);
  f.cluster.settle();
  REQUIRE(newest_of<wire::offset_fetch_request>() > last_committed_by_name);
  REQUIRE(newest_of<wire::offset_commit_request>() > last_commit_by_name);
  CHECK(versions<wire::offset_fetch_request>(f) == std::vector{last_committed_by_name});
  CHECK(versions<wire::offset_commit_request>(f) == std::vector{last_commit_by_name});
  for (const auto& request : f.cluster.held)
    if (request.header.request_api_key == wire::offset_commit_request::api)
      CHECK(request.read<wire::offset_commit_request>().topics.at(0).name == "a");
}
