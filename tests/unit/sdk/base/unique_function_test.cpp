#include "base/unique_function.hpp"

#include <array>
#include <memory>

#include <doctest/doctest.h>

using klamm::unique_function;

TEST_CASE("it calls what it holds, after any number of moves") {
  auto owned = std::make_unique<int>(40);
  unique_function<int(int)> add = [owned = std::move(owned)](int n) { return *owned + n; };
  unique_function<int(int)> moved = std::move(add);
  CHECK(!add);
  CHECK(moved(2) == 42);
  unique_function<int(int)> assigned = [](int) { return 0; };
  assigned = std::move(moved);
  CHECK(assigned(1) == 41);
}

TEST_CASE("what it holds is destroyed once, inside or on the heap") {
  auto watched = std::make_shared<int>(0);
  std::array<std::byte, 200> bulk{};
  {
    unique_function<void()> small = [watched] {};
    unique_function<void()> large = [watched, bulk] { static_cast<void>(bulk); };
    CHECK(watched.use_count() == 3);
    auto elsewhere = std::move(large);
    small = nullptr;
    CHECK(watched.use_count() == 2);
  }
  CHECK(watched.use_count() == 1);
}

TEST_CASE("an empty one says so") { CHECK(!unique_function<void()>()); }
