// Exactly-once copy: what is read, and how far, is committed with what is written. A transaction aborts unless it is committed, and the
// consumer then goes back to where the last commit left it.
#include <csignal>
#include <iostream>

#include <klamm/klamm.hpp>

using namespace std::chrono_literals;

namespace {

volatile std::sig_atomic_t stopped = 0;

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGINT, [](int) { stopped = 1; });
  std::signal(SIGTERM, [](int) { stopped = 1; });
  klamm::ClientOptions cluster{.bootstrap_servers = argc > 1 ? argv[1] : "localhost:9092"};
  klamm::Consumer in(cluster, {.group_id = "copier",
                               .auto_offset_reset = klamm::earliest,
                               .isolation = klamm::Isolation::read_committed});
  klamm::Producer out(cluster, {.transactional_id = "copier-1"});
  in.subscribe({"source"});
  while (!stopped) {
    auto records = in.poll(500ms);
    auto txn = out.begin_transaction(in);  // aborts unless committed; without records it costs nothing
    for (auto r : records)
      txn.send({.topic = "target", .key = r.key(), .value = r.value(), .headers = r.headers()});
    if (!txn.commit()) std::clog << "aborted; the records come again\n";
  }
}
