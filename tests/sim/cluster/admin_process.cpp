#include "tests/sim/cluster/admin_process.hpp"

namespace klamm::sim {

admin_process::admin_process(stage& on, host_id at) : client_process(on, at) {
  make_core(options(), neighbours());
}

void admin_process::begin() {
  act([](auto& core, instant now, auto& out) { core.start(now, out); });
  create();
}

void admin_process::create() {
  client::admin::new_topic topic;
  topic.name = topic_name;
  topic.partitions = stage_.how.partitions;
  topic.replication = stage_.how.replication;
  act([this, topic](auto& core, instant now, auto& out) {
    core.create_topics(
        {topic}, false, std::chrono::seconds(5),
        [this](const auto& made) {
          const bool there =
              made && !made->empty() &&
              (made->front().second || made->front().second.code() == error_code::topic_already_exists);
          if (there)
            done_ = true;
          else
            soon(std::chrono::milliseconds(100), [this] { create(); });
        },
        now, out);
  });
}

}  // namespace klamm::sim
