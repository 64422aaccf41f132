#include "client/metadata_snapshot.hpp"

#include <algorithm>

namespace klamm::client {

const topic_view* metadata_snapshot::find(std::string_view topic) const {
  const auto at =
      std::ranges::lower_bound(topics, topic, {}, [](const auto& t) -> std::string_view { return t->name; });
  return at != topics.end() && (*at)->name == topic ? at->get() : nullptr;
}

const topic_view* metadata_snapshot::find(const uuid& topic_id) const {
  const auto at = std::ranges::find_if(topics, [&](const auto& t) { return t->id == topic_id; });
  return at != topics.end() ? at->get() : nullptr;
}

const broker_view* metadata_snapshot::find(node_id broker) const {
  const auto at = std::ranges::lower_bound(brokers, broker, {}, &broker_view::id);
  return at != brokers.end() && at->id == broker ? &*at : nullptr;
}

std::set<std::string, std::less<>> metadata_snapshot::names_that_pass(
    const std::function<bool(std::string_view)>& filter) const {
  std::set<std::string, std::less<>> out;
  for (const auto& t : topics)
    if (t->error == error_code::none && filter(t->name)) out.insert(t->name);
  return out;
}

}  // namespace klamm::client
