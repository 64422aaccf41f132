// metrics_page: prints docs/metrics.md out of the table that Prometheus' text and librdkafka's statistics are made from.
// metrics_page --check FILE: whether the file says the same; names the first line that does not.
#include <string>

#include <fmt/format.h>

#include "api/metric_table.hpp"
#include "page.hpp"

namespace klamm::docs {
namespace {

constexpr std::string_view introduction =
    "# Metrics\n\n"
    "Made by `build/bin/metrics_page` out of the table that the SDK itself uses; a test fails where this "
    "page says "
    "something else.\n\n"
    "`Producer::metrics()` and `Consumer::metrics()` give a snapshot at any time "
    "([klamm/metrics.hpp](../sdk/include/klamm/metrics.hpp)), `ClientOptions::on_metrics` brings one every "
    "`metrics_interval`. `prometheus(m)` makes of one, or of several, the text that a scrape answers with; "
    "`statistics_json(m)` an object in the shape of librdkafka's statistics, with those of its fields that "
    "are named "
    "here. Nothing is counted for each record: the thread that does the input and output counts requests, "
    "answers and "
    "batches, and what waits is looked up when somebody asks.\n\n"
    "Counters begin with the client; those of a consumer's partition with its assignment. A summary has the "
    "quantiles "
    "0.5, 0.75, 0.9, 0.95, 0.99 and 0.9999 of the last half to whole minute, each a sample's nearest rank "
    "and off by "
    "less than one part in 128, and sum and count of all time; librdkafka's object has `min`, `max`, `avg` "
    "and `cnt` of "
    "the same minute. What is not known is left out of Prometheus' text.\n\n"
    "Labels: `client_id` and `kind` (producer, consumer, admin) everywhere; `broker` and `node` for brokers, "
    "where a "
    "node of -2 or below is a bootstrap server; `topic` and `partition`; `api` for "
    "`klamm_broker_api_requests_total` (librdkafka's `req`), the requests of each API.\n";

template <class Row>
void put_row(std::string& page, const std::string& name, std::string_view type, const Row& row) {
  page += fmt::format("| {} | {} | {} | {} | {} |\n", code(name), type, cell(row.text), code(row.kafka),
                      code(row.librdkafka));
}

template <class Of>
void put_group(std::string& page, const api::metric_group<Of>& group) {
  page += fmt::format(
      "\n## {}\n\n| Prometheus | type | | Kafka's Java client | librdkafka |\n|---|---|---|---|---|\n",
      group.title);
  for (const auto& row : group.figures) {
    const bool counts = row.kind == api::figure_kind::counter;
    put_row(page, api::prometheus_name(group.object, row.name, row.unit, counts),
            counts ? "counter" : "gauge", row);
  }
  for (const auto& row : group.spreads)
    put_row(page, api::prometheus_name(group.object, row.name, row.unit, false), "summary", row);
}

std::string make_page() {
  std::string page(introduction);
  put_group(page, api::client_group());
  put_group(page, api::broker_group());
  put_group(page, api::producer_group());
  put_group(page, api::producer_topic_group());
  put_group(page, api::producer_partition_group());
  put_group(page, api::consumer_group());
  put_group(page, api::consumer_partition_group());
  return page;
}

}  // namespace
}  // namespace klamm::docs

int main(int count, char** arguments) {
  return klamm::docs::run(count, arguments, klamm::docs::make_page(), "docs/metrics.md");
}
