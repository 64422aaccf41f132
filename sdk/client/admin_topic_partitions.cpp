// Descriptions of topics, page by page (KIP-966), and by Metadata where a broker is too old to have pages.
#include <algorithm>
#include <map>

#include "client/administration.hpp"
#include "client/metadata_merge.hpp"
#include "wire/messages/describe_topic_partitions.hpp"

namespace klamm::client {

using description_page = wire::describe_topic_partitions_response;

/// What the pages so far have told.
struct administration::description {
  std::vector<std::string> names;
  time_point deadline;
  completion<per_item<std::string, admin::topic_description>> done;
  std::map<std::string, result<admin::topic_description>> told;
  struct place {
    std::string topic;
    partition_id partition;
  };
  std::optional<place> next;  // where the following page begins
};

namespace {

std::vector<node_id> owned(const std::optional<std::vector<node_id>>& said) {
  return said.value_or(std::vector<node_id>{});
}

/// A topic whose partitions do not fit on a page goes on with the next.
void add_page(const description_page& page, std::map<std::string, result<admin::topic_description>>& to) {
  for (const auto& t : page.topics) {
    const std::string name(t.name.value_or(""));
    if (t.error_code != error_code::none) {
      to.insert_or_assign(name, refused(t.error_code, {}));
      continue;
    }
    auto& topic =
        to.try_emplace(name, admin::topic_description{{name, t.topic_id, {}, t.is_internal, {}}, {}})
            .first->second;
    if (!topic) continue;
    for (const auto& p : t.partitions) {
      topic->view.partitions.push_back({p.partition_index, p.leader_id, p.leader_epoch, p.replica_nodes,
                                        p.isr_nodes, p.offline_replicas, p.error_code});
      topic->eligible.push_back({owned(p.eligible_leader_replicas), owned(p.last_known_elr)});
    }
  }
}

}  // namespace

void administration::describe_topics(std::vector<std::string> topics, time_point deadline,
                                     completion<per_item<std::string, admin::topic_description>> done) {
  if (topics.empty()) return describe_by_metadata(std::move(topics), deadline, std::move(done));
  ask_page(std::make_shared<description>(description{std::move(topics), deadline, std::move(done), {}, {}}));
}

void administration::ask_page(const std::shared_ptr<description>& of) {
  auto make = [of](api_version) {
    wire::describe_topic_partitions_request out;
    for (const auto& name : of->names) out.topics.push_back({name, {}});
    if (!of->next) return out;
    auto& cursor = out.cursor.emplace();
    cursor.topic_name = of->next->topic;
    cursor.partition_index = of->next->partition;
    return out;
  };
  auto finish = [this, of](answer<description_page> came, instant) {
    if (!came.got && came.got.code() == error_code::unsupported_version)
      return describe_by_metadata(std::move(of->names), of->deadline, std::move(of->done));
    if (came.got) {
      add_page(*came.got, of->told);
      const auto& cursor = came.got->next_cursor;
      // A page that does not lead on would be asked for again and again.
      if (cursor && !came.got->topics.empty()) {
        of->next = description::place{std::string(cursor->topic_name), cursor->partition_index};
        return ask_page(of);
      }
    }
    auto outcomes =
        gathering<std::string, admin::topic_description>::start(of->names, completions_, std::move(of->done));
    for (auto& [name, topic] : of->told) outcomes->put(name, std::move(topic));
    outcomes->fail(outcomes->items(),
                   came.got ? error(error_code::unknown_topic_or_partition, "the answer leaves the topic out")
                            : came.got.failure());
  };
  requests_.call<wire::describe_topic_partitions_request>(
      at_any{}, of->deadline, INT16_MAX, std::move(make), [](const auto&) { return error_code::none; },
      std::move(finish));
}

/// Empty: all topics.
void administration::describe_by_metadata(std::vector<std::string> topics, time_point deadline,
                                          completion<per_item<std::string, admin::topic_description>> done) {
  auto make = [topics](api_version version) {
    wire::metadata_request out;
    if (topics.empty()) out.topics.reset();
    for (const auto& name : topics) out.topics->emplace_back().name = name;
    out.allow_auto_topic_creation = version < 4;  // before version 4 there was no choice
    return out;
  };
  auto finish = [this, topics, done = std::move(done)](answer<wire::metadata_response> came,
                                                       instant) mutable {
    using described = result<per_item<std::string, admin::topic_description>>;
    if (!came.got) return completions_.post(std::move(done), described(came.got.failure()));
    if (topics.empty())
      for (const auto& t : came.got->topics) topics.emplace_back(t.name.value_or(""));
    auto outcomes =
        gathering<std::string, admin::topic_description>::start(topics, completions_, std::move(done));
    for (const auto& t : came.got->topics) {
      if (!t.name) continue;
      const std::string name(*t.name);
      if (t.error_code != error_code::none)
        outcomes->put(name, refused(t.error_code, {}));
      else
        outcomes->put(name, admin::topic_description{*merge_topic(nullptr, t), {}});
    }
    outcomes->fail(outcomes->items(),
                   error(error_code::unknown_topic_or_partition, "the answer leaves the topic out"));
  };
  requests_.call<wire::metadata_request>(
      at_any{}, deadline, INT16_MAX, std::move(make),
      [](const wire::metadata_response& r) { return r.error_code; }, std::move(finish));
}

}  // namespace klamm::client
