// What a leader says to a Produce request.
#pragma once

#include "wire/messages/produce.hpp"

namespace klamm::test {

/// The same of every partition.
inline wire::produce_response answer_to(const wire::produce_request& asked, error_code code,
                                        std::int64_t base) {
  wire::produce_response out;
  for (const auto& t : asked.topic_data) {
    auto& topic = out.responses.emplace_back();
    topic.name = t.name;
    topic.topic_id = t.topic_id;
    for (const auto& p : t.partition_data) {
      auto& said = topic.partition_responses.emplace_back();
      said.index = p.index;
      said.error_code = code;
      said.base_offset = offset(base);
    }
  }
  return out;
}

}  // namespace klamm::test
