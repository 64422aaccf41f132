#include "broker/meta/broker_state.hpp"

#include <doctest/doctest.h>

using namespace klamm::broker::meta;
using enum broker_state;

TEST_CASE("a fenced broker is unfenced once it has applied its registration and wants to serve") {
  CHECK(next_state({.now = fenced}) == fenced);
  CHECK(next_state({.now = fenced, .caught_up = true}) == unfenced);
  CHECK(next_state({.now = fenced, .wants_fence = true, .caught_up = true}) == fenced);
  CHECK(next_state({.now = fenced, .wants_shutdown = true, .caught_up = true}) == shutdown_now);
}

TEST_CASE("a broker leaves once it leads nothing and everyone knows") {
  CHECK(next_state({.now = unfenced}) == unfenced);
  CHECK(next_state({.now = unfenced, .wants_fence = true}) == fenced);
  CHECK(next_state({.now = unfenced, .wants_shutdown = true, .leads = true}) == controlled_shutdown);
  CHECK(next_state({.now = unfenced, .wants_shutdown = true}) == shutdown_now);
  CHECK(next_state({.now = unfenced, .wants_fence = true, .wants_shutdown = true, .leads = true}) ==
        shutdown_now);
  CHECK(next_state({.now = controlled_shutdown, .leads = true, .known_by_all = true}) == controlled_shutdown);
  CHECK(next_state({.now = controlled_shutdown}) == controlled_shutdown);
  CHECK(next_state({.now = controlled_shutdown, .known_by_all = true}) == shutdown_now);
}
