// What a Produce answer says of each partition: by the topic's id, or by its name before version 13 (KIP-516).
#pragma once

#include <algorithm>
#include <functional>
#include <string_view>
#include <tuple>
#include <vector>

#include "base/ids.hpp"
#include "base/uuid.hpp"
#include "wire/messages/produce.hpp"

namespace klamm::client {

using said_of_partition = wire::produce_response::partition_produce_response;

/// A view of an answer. Where it names a partition twice, the first counts.
class said_of_partitions {
 public:
  said_of_partitions(const wire::produce_response& said, bool by_id) : by_id_(by_id) {
    for (const auto& t : said.responses)
      for (const auto& p : t.partition_responses) all_.push_back({key_of(t.name, t.topic_id, p.index), &p});
    std::ranges::stable_sort(all_, std::less(), &row::at);
  }

  /// Null: the answer leaves it out.
  const said_of_partition* find(const topic_partition& at, const uuid& topic_id) const {
    const auto wanted = key_of(at.topic, topic_id, at.partition);
    const auto found = std::ranges::lower_bound(all_, wanted, std::less(), &row::at);
    return found != all_.end() && found->at == wanted ? found->said : nullptr;
  }

 private:
  using key = std::tuple<uuid, std::string_view, partition_id>;
  struct row {
    key at;
    const said_of_partition* said;
  };

  key key_of(std::string_view topic, const uuid& topic_id, partition_id partition) const {
    return by_id_ ? key(topic_id, {}, partition) : key({}, topic, partition);
  }

  const bool by_id_;
  std::vector<row> all_;
};

}  // namespace klamm::client
