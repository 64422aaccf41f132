#include "api/option_table.hpp"

namespace klamm::api {
namespace {

constexpr bool accepted = true, refused = false;
constexpr std::string_view bytes_only =
    "keys and values are bytes here: convert them where they are made or used";
constexpr std::string_view java_only = "Java classes cannot be loaded here; use the options' functions";
constexpr std::string_view by_timeouts =
    "retries end with delivery_timeout and api_timeout, not with a count";
constexpr std::string_view by_budget = "all fetches and what they brought share one budget, prefetch";
constexpr std::string_view samples_kept =
    "percentiles are of the last two spans of 30 s, as by Kafka's defaults; the rest are counters";
constexpr std::string_view tokens_by_function =
    "give sasl an OAuthBearer in the options, which fetches tokens";
constexpr std::string_view by_endpoint = "tokens come from sasl.oauthbearer.token.endpoint.url";
constexpr std::string_view by_step = "a provider has 10 s for each step";
constexpr std::string_view by_connection = "a token is asked for again with the next connection";
constexpr std::string_view by_broker = "the token is the broker's to read";

constexpr foreign_key keys[] = {
    {producers, "key.serializer", accepted, bytes_only},
    {producers, "value.serializer", accepted, bytes_only},
    {consumers, "key.deserializer", accepted, bytes_only},
    {consumers, "value.deserializer", accepted, bytes_only},
    {any_client, "interceptor.classes", refused, java_only},
    {any_client, "metric.reporters", accepted, "there is no JMX here"},
    {any_client, "auto.include.jmx.reporter", accepted, "there is no JMX here"},
    {any_client, "metrics.num.samples", accepted, samples_kept},
    {any_client, "metrics.sample.window.ms", accepted, samples_kept},
    {any_client, "metrics.recording.level", accepted, "all metrics are always kept"},
    {any_client, "retries", accepted, by_timeouts},
    {producers, "message.send.max.retries", accepted, by_timeouts},
    {any_client, "retry.backoff.ms", accepted, "backoff grows from 100 ms with jitter (KIP-580)"},
    {any_client, "retry.backoff.max.ms", accepted, "backoff grows to 1 s with jitter (KIP-580)"},
    {any_client, "reconnect.backoff.ms", accepted, "backoff grows from 50 ms with jitter (KIP-580)"},
    {any_client, "reconnect.backoff.max.ms", accepted, "backoff grows to 1 s with jitter (KIP-580)"},
    {any_client, "connections.max.idle.ms", accepted,
     "idle connections are closed after 9 minutes, as by Kafka's default"},
    {any_client, "socket.keepalive.enable", accepted, "requests find dead connections by their own timeouts"},
    {any_client, "socket.nagle.disable", accepted, "small packets are never held back"},
    {any_client, "socket.connection.setup.timeout.ms", accepted, "an address is given 10 s"},
    {any_client, "socket.connection.setup.timeout.max.ms", accepted, "an address is given 10 s"},
    {any_client, "send.buffer.bytes", accepted, "the system sizes socket buffers by itself"},
    {any_client, "receive.buffer.bytes", accepted, "the system sizes socket buffers by itself"},
    {any_client, "client.dns.lookup", accepted, "every address of a name is tried (KIP-602)"},
    {any_client, "metadata.max.age.ms", accepted,
     "metadata are refreshed after 5 minutes, and at once when they are found stale"},
    {any_client, "topic.metadata.refresh.interval.ms", accepted,
     "metadata are refreshed after 5 minutes, and at once when stale"},
    {any_client, "metadata.max.idle.ms", accepted, "unused topics are forgotten after 5 minutes"},
    {any_client, "metadata.recovery.strategy", accepted,
     "the bootstrap servers are asked again when no broker answers (KIP-899)"},
    {any_client, "metadata.recovery.rebootstrap.trigger.ms", accepted,
     "after 5 minutes, as by Kafka's default (KIP-1102)"},
    {any_client, "log_level", refused, "set log and log_level in the options"},
    {any_client, "debug", refused, "set log and log_level in the options"},
    {producers, "partitioner.ignore.keys", refused, "give a partitioner that ignores keys, or round_robin"},
    {producers, "partitioner.availability.timeout.ms", accepted,
     "slow brokers get fewer records without key, and none is left out altogether (KIP-794)"},
    {producers, "queue.buffering.max.messages", accepted,
     "what waits is bounded by its bytes, buffer_memory"},
    {producers, "queue.buffering.max.kbytes", refused, "set buffer.memory, in bytes"},
    {producers, "batch.num.messages", accepted, "batches are bounded by their bytes, batch_size"},
    {producers, "sticky.partitioning.linger.ms", accepted,
     "records without key stay until their batch is full (KIP-794)"},
    {producers, "dr_msg_cb", refused, "give send a callback, or set on_delivery"},
    {producers, "delivery.report.only.error", accepted,
     "Delivery, callbacks and reports tell successes from failures"},
    {consumers, "heartbeat.interval.ms", accepted,
     "heartbeats are sent every 3 s, or a third of session_timeout if that is less"},
    {consumers, "fetch.max.bytes", accepted, by_budget},
    {consumers, "max.partition.fetch.bytes", accepted, by_budget},
    {consumers, "fetch.message.max.bytes", accepted, by_budget},
    {consumers, "queued.min.messages", accepted, by_budget},
    {consumers, "check.crcs", accepted, "checksums are always checked"},
    {consumers, "exclude.internal.topics", accepted, "internal topics are read only where they are named"},
    {consumers, "allow.auto.create.topics", accepted, "reading a topic never creates it"},
    {consumers, "enable.auto.offset.store", accepted, "positions follow the loop that passes records"},
    {consumers, "enable.partition.eof", refused, "compare position with end_offsets instead"},
    {consumers, "group.remote.assignor", refused,
     "not told to the coordinator yet: it takes its first one (group.consumer.assignors)"},
    {any_client, "ssl.truststore.type", accepted, "stores are PEM files, whatever they are called"},
    {any_client, "ssl.keystore.type", accepted, "stores are PEM files, whatever they are called"},
    {any_client, "ssl.truststore.password", accepted, "PEM files of certificates have none"},
    {any_client, "ssl.keystore.password", refused, "set ssl.key.password, which PEM files have"},
    {any_client, "ssl.protocol", accepted, "TLS 1.3 where the broker has it, else 1.2"},
    {any_client, "ssl.enabled.protocols", accepted, "TLS 1.3 where the broker has it, else 1.2"},
    {any_client, "enable.ssl.certificate.verification", refused,
     "certificates are always checked: name who signed the brokers' in ssl.ca.location"},
    {any_client, "sasl.oauthbearer.grant.type", accepted, "tokens come by the client credentials grant"},
    {any_client, "sasl.login.connect.timeout.ms", accepted, by_step},
    {any_client, "sasl.login.read.timeout.ms", accepted, by_step},
    {any_client, "sasl.login.retry.backoff.ms", accepted, by_connection},
    {any_client, "sasl.login.retry.backoff.max.ms", accepted, by_connection},
    {any_client, "sasl.oauthbearer.scope.claim.name", accepted, by_broker},
    {any_client, "sasl.oauthbearer.sub.claim.name", accepted, by_broker},
    {any_client, "sasl.oauthbearer.method", accepted, by_endpoint},
    {any_client, "sasl.oauthbearer.config", refused, tokens_by_function},
    {any_client, "sasl.login.callback.handler.class", accepted, by_endpoint},
    {any_client, "sasl.client.callback.handler.class", refused, java_only},
    {any_client, "sasl.kerberos.service.name", refused, "GSSAPI is not supported"},
};

}  // namespace

std::span<const foreign_key> foreign_keys() { return keys; }

}  // namespace klamm::api
