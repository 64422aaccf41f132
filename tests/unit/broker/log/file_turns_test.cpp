// How many small files are replaced at once, whoever replaces them.
#include "broker/log/file_turns.hpp"

#include <optional>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "broker/log/disk_port.hpp"
#include "broker/log/file_tasks.hpp"
#include "disk_steps.hpp"

namespace klamm::broker::log::test {
namespace {

/// A node's port, and a disk behind it.
struct one_port {
  one_port() { on.mount("/d"); }
  void replace(disk_client& by, int number) {
    replace_file(by, "/d/" + std::to_string(number), buffer_slice::copy(as_bytes_view("what is new")),
                 [this](result<void> how) { how ? ++replaced : ++failed; });
  }
  /// Until nothing is to be done any more; gives the most files that were open at once.
  std::size_t settle() {
    std::size_t most = 0;
    while (step(*port, on)) most = std::max(most, on.open_files());
    return most;
  }

  sim::disk on{1};
  std::optional<disk_port> port{std::in_place};
  int replaced = 0, failed = 0;
};

constexpr int many = 500;

TEST_CASE("of any number of files only so many are open at once, and all are replaced") {
  one_port node;
  disk_client one(*node.port), other(*node.port);
  for (int i = 0; i < many; ++i) node.replace(i % 2 == 0 ? one : other, i);
  CHECK(node.settle() == file_turns::usual);
  CHECK(node.replaced == many);
  CHECK(node.on.files().size() == many);
  CHECK(node.on.content("/d/499").has_value());
}

TEST_CASE("a file that cannot be replaced gives its turn to the next") {
  one_port node;
  disk_client client(*node.port);
  node.on.set_options({.capacity = 0});
  for (int i = 0; i < many; ++i) node.replace(client, i);
  node.settle();
  CHECK(node.failed == many);
  node.on.set_options({});
  node.replace(client, many);
  node.settle();
  CHECK(node.replaced == 1);
}

TEST_CASE("whoever is gone begins nothing more, and what it had under way keeps nobody waiting") {
  one_port node;
  std::optional<disk_client> gone(std::in_place, *node.port);
  disk_client stays(*node.port);
  for (int i = 0; i < many; ++i) node.replace(*gone, i);
  node.replace(stays, many);
  gone.reset();
  node.settle();
  CHECK(node.replaced == 1);
  CHECK(node.on.content("/d/" + std::to_string(many)).has_value());
  CHECK_FALSE(node.on.content("/d/" + std::to_string(many - 1)).has_value());
}

TEST_CASE("who is apart waits for nobody") {
  one_port node;
  disk_client many_files(*node.port), apart(*node.port, true);
  for (int i = 0; i < many; ++i) node.replace(many_files, i);
  bool done = false;
  replace_file(apart, "/d/election", buffer_slice(),
               [&](result<void> how) { done = static_cast<bool>(how); });
  for (int i = 0; i < 3; ++i) step(*node.port, node.on);  // writes and its sync, and the renaming
  CHECK(done);
  CHECK(node.replaced < many);
}

TEST_CASE("a port that ends begins nothing") {
  one_port node;
  disk_client client(*node.port);
  for (int i = 0; i < many; ++i) node.replace(client, i);
  node.port.reset();
  CHECK(node.replaced + node.failed == 0);
}

}  // namespace
}  // namespace klamm::broker::log::test
