// Making, growing and deleting topics.
//
//   what is wrong with an item of CreateTopics              its error
//   -----------------------------------------------------   ----------------------------------
//   the name stands twice in the request                    INVALID_REQUEST
//   the name is the metadata log's                          TOPIC_AUTHORIZATION_FAILED
//   the name is not allowed, or collides ('.' and '_')      INVALID_TOPIC_EXCEPTION
//   the topic exists                                        TOPIC_ALREADY_EXISTS
//   partitions 0 or below -1                                INVALID_PARTITIONS
//   replication factor 0, below -1, or above the brokers    INVALID_REPLICATION_FACTOR
//   assignments together with numbers                       INVALID_REQUEST
//   assignments with gaps, unknown or repeated brokers      INVALID_REPLICA_ASSIGNMENT
//   a configuration that is unknown, null or out of range   INVALID_CONFIG
//   more than 10,000 records for the request                POLICY_VIOLATION, all of its items
#pragma once

#include "broker/meta/decision.hpp"
#include "wire/messages/create_partitions.hpp"
#include "wire/messages/create_topics.hpp"
#include "wire/messages/delete_topics.hpp"

namespace klamm::broker::meta {

wire::create_topics_response create_topics(const wire::create_topics_request& request, decision& d);
wire::create_partitions_response create_partitions(const wire::create_partitions_request& request,
                                                   decision& d);
wire::delete_topics_response delete_topics(const wire::delete_topics_request& request, decision& d);

}  // namespace klamm::broker::meta
