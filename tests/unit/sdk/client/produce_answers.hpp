// What a leader says to a Produce request of one batch.
#pragma once

#include "wire/messages/produce.hpp"

namespace klamm::test {

inline wire::produce_response answer_to(const wire::produce_request& asked, error_code code,
                                        std::int64_t base) {
  wire::produce_response out;
  auto& topic = out.responses.emplace_back();
  topic.name = asked.topic_data.at(0).name;
  topic.topic_id = asked.topic_data.at(0).topic_id;
  auto& said = topic.partition_responses.emplace_back();
  said.error_code = code;
  said.base_offset = offset(base);
  return out;
}

}  // namespace klamm::test
