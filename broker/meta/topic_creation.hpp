// Topics that are made because somebody asked for them, not by CreateTopics.
#pragma once

#include <deque>
#include <string>
#include <string_view>

#include "broker/meta/config_view.hpp"
#include "wire/messages/create_topics.hpp"

namespace klamm::broker::meta {

/// A request to make topics, and the texts that it refers to.
struct topic_creation {
  wire::create_topics_request request;
  std::deque<std::string> texts;
};

/// Asks for the topic as the broker makes it by itself: __consumer_offsets as its coordinators need it, others by the defaults.
void add_topic(topic_creation& to, std::string_view name, const config_view& configs);

}  // namespace klamm::broker::meta
