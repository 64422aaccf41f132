// Hello, consumer group: at least once. A record counts once the loop passes it; after a throw it comes again.
#include <csignal>
#include <iostream>

#include <klamm/klamm.hpp>

using namespace std::chrono_literals;

namespace {

volatile std::sig_atomic_t stopped = 0;

void bill(klamm::BytesView key, klamm::BytesView value) {
  std::cout << key.text() << ": " << value.text() << '\n';
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGINT, [](int) { stopped = 1; });
  std::signal(SIGTERM, [](int) { stopped = 1; });
  klamm::Consumer consumer(argc > 1 ? argv[1] : "localhost:9092",
                           {.group_id = "billing", .auto_offset_reset = klamm::earliest});
  consumer.subscribe({"orders"});
  while (!stopped) {
    for (auto r : consumer.poll(1s)) bill(r.key(), r.value());
    consumer.commit();  // optional: auto_commit does it every 5 s, never ahead of the loop
  }
  return consumer.close(5s).committed ? 0 : 1;
}
