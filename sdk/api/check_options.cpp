// What no single option can be blamed for, and the check of all of them together.
#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "api/option_table.hpp"
#include "api/security.hpp"

namespace klamm::api {
namespace {

using faults = std::vector<ConfigFault>;

void not_yet(bool used, std::string_view field, std::string_view name, std::string_view what, faults& to) {
  if (used)
    to.push_back({std::string(field), std::string(name), "", fmt::format("{} not supported yet", what)});
}

void check_client(const ClientOptions& o, faults& to) {
  if (o.tls)
    if (auto wrong = fault_of(*o.tls)) to.push_back({"tls", "security.protocol", "", std::move(*wrong)});
  const auto nobody = [&](const auto& as) {
    if (as.user.empty()) to.push_back({"sasl", "sasl.username", "", "there has to be a user"});
  };
  if (const auto* plain = std::get_if<Plain>(&o.sasl)) nobody(*plain);
  if (const auto* scram = std::get_if<Scram>(&o.sasl)) nobody(*scram);
  if (const auto* bearer = std::get_if<OAuthBearer>(&o.sasl); bearer && !bearer->token)
    to.push_back({"sasl", "sasl.mechanism", "OAUTHBEARER", "there has to be a function that gives tokens"});
}

/// What cannot be added, being out of its range, has a fault of its own.
Millis least_delivery_timeout(Millis linger, Millis request_timeout) {
  if (linger < Millis(0) || request_timeout <= Millis(0)) return Millis(0);
  return linger > forever - request_timeout ? forever : linger + request_timeout;
}

void check_producer(const ClientOptions& client, const ProducerOptions& o, faults& to) {
  if (!o.transactional_id.empty() && !o.idempotence)
    to.push_back({"transactional_id", "transactional.id", o.transactional_id,
                  "transactions need idempotence (enable.idempotence)"});
  if (o.idempotence && o.acks != Acks::all)
    to.push_back({"acks", "acks", o.acks == Acks::none ? "0" : "1",
                  "idempotence needs all; with fewer, retries may duplicate and reorder: set idempotence to "
                  "false to allow that"});
  if (o.idempotence && o.max_in_flight > 5)
    to.push_back({"max_in_flight", "max.in.flight.requests.per.connection", std::to_string(o.max_in_flight),
                  "idempotence allows at most 5, since brokers remember the last 5 batches"});
  const auto least = least_delivery_timeout(o.linger, client.request_timeout);
  if (o.delivery_timeout < least)
    to.push_back({"delivery_timeout", "delivery.timeout.ms", std::to_string(o.delivery_timeout.count()),
                  fmt::format("shorter than linger + request_timeout ({} ms): a record could fail before its "
                              "first answer is due",
                              least.count())});
  if (o.buffer_memory < o.batch_size)
    to.push_back({"buffer_memory", "buffer.memory", std::to_string(o.buffer_memory.value),
                  fmt::format("less than one batch (batch_size is {})", o.batch_size.value)});
  if (o.compression.level && (o.compression.codec == Codec::none || o.compression.codec == Codec::snappy))
    to.push_back({"compression.level", "", std::to_string(*o.compression.level), "this codec has no levels"});
}

void check_consumer(const ConsumerOptions& o, faults& to) {
  not_yet(o.progress == Progress::by_acknowledge, "progress", "", "by_acknowledge is", to);
  if (!o.group_instance_id.empty() && o.group_id.empty())
    to.push_back({"group_instance_id", "group.instance.id", o.group_instance_id,
                  "static membership needs a group_id"});
}

}  // namespace

faults check_options(client_kind kind, const option_set& options) {
  faults found;
  for (const auto& key : option_keys())
    if (has(key.kinds, kind))
      if (auto wrong = key.check(options))
        found.push_back(
            {std::string(key.field), std::string(key.name), key.show(options), std::move(*wrong)});
  check_client(options.client, found);
  if (kind == client_kind::producer) check_producer(options.client, options.producer, found);
  if (kind == client_kind::consumer) check_consumer(options.consumer, found);
  return found;
}

}  // namespace klamm::api
