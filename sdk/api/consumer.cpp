#include <exception>
#include <utility>

#include <klamm/consumer.hpp>

#include "api/consumer_client.hpp"
#include "api/convert.hpp"
#include "api/instance_id.hpp"
#include "api/option_table.hpp"
#include "client/group_places.hpp"

namespace klamm {
inline namespace v1 {

using api::to_internal;

namespace detail {

ConsumerClient& client_of(Consumer& consumer) noexcept { return *consumer.client_; }

// The destructor's close: as far as the thread that it runs on allows.
void destroy(ConsumerClient* client) noexcept {
  const std::unique_ptr<ConsumerClient> last(client);
  auto& engine = last->engine();
  if (!last->closed() && !engine.refusal("close")) {
    const auto& options = engine.options();
    const auto report =
        api::wait_for_close(engine, last->defer_close(options.close_timeout, std::uncaught_exceptions() > 0),
                            options.close_timeout);
    if (options.log && (!report || !report->committed))
      options.log({.level = LogEvent::warning,
                   .where = "consumer",
                   .what = "closed without committing all positions"});
  }
  last->end();
}

}  // namespace detail

Result<Consumer> Consumer::create(ClientOptions client, ConsumerOptions options) {
  api::option_set all{std::move(client), {}, std::move(options)};
  if (auto faults = api::check_options(api::client_kind::consumer, all); !faults.empty())
    return ConfigError(std::move(faults)).error();
  using owner = std::unique_ptr<detail::ConsumerClient, detail::Destroy>;
  return Consumer(owner(new detail::ConsumerClient(all.client, all.consumer)));
}

void Consumer::assign(ListRef<TopicPartition> partitions) { client_->assign(to_internal(partitions)); }
void Consumer::subscribe(ListRef<std::string_view> topics) {
  client::subscription to;
  for (const auto topic : topics) to.topics.emplace(topic);
  client_->subscribe(std::move(to));
}
void Consumer::subscribe(std::span<const std::string> topics) {
  client_->subscribe({.topics = {topics.begin(), topics.end()}});
}
void Consumer::subscribe_regex(std::string_view pattern) { client_->subscribe_regex(pattern); }

std::vector<TopicPartition> Consumer::assignment() const {
  std::vector<TopicPartition> all;
  for (const auto& at : client_->queue_for("read the assignment").assignment())
    all.push_back(api::to_public(at));
  return all;
}

Records Consumer::poll(Millis timeout, std::stop_token stop) {
  return client_->poll(timeout, std::move(stop)).value();
}
Result<Records> Consumer::poll(Millis timeout, std::stop_token stop, as_result_t) noexcept {
  return client_->poll(timeout, std::move(stop));
}
void Consumer::wakeup() noexcept { client_->wakeup(); }
int Consumer::ready_fd() { return client_->ready_fd(); }

Result<void> Consumer::commit(as_result_t) noexcept {
  return api::wait_for(client_->engine(), "commit", defer_commit());
}
Result<void> Consumer::commit(ListRef<TopicPartitionOffset> offsets, as_result_t) noexcept {
  return api::wait_for(client_->engine(), "commit", defer_commit(offsets));
}

Offset Consumer::position(const TopicPartition& at) const {
  return Offset(client_->queue_for("read the position").position(to_internal(at)).value);
}
std::optional<std::int64_t> Consumer::lag(const TopicPartition& at) const {
  return client_->lag(to_internal(at));
}

void Consumer::pause(ListRef<TopicPartition> partitions) { client_->pause(to_internal(partitions)); }
void Consumer::resume(ListRef<TopicPartition> partitions) { client_->resume(to_internal(partitions)); }
void Consumer::seek(const TopicPartition& at, Offset next) {
  const auto where = to_internal(at);
  if (const auto why = client::unfit(where, offset(next.value)))
    detail::throw_error(api::to_error(*why, {.operation = "seek"}));
  client_->seek({where}, offset(next.value));
}
void Consumer::seek_to_beginning(ListRef<TopicPartition> partitions) {
  client_->seek(to_internal(partitions), client::beginning{});
}
void Consumer::seek_to_end(ListRef<TopicPartition> partitions) {
  client_->seek(to_internal(partitions), client::end{});
}
void Consumer::seek_to_time(ListRef<TopicPartition> partitions, Timestamp time) {
  client_->seek(to_internal(partitions), timestamp(time.time_since_epoch().count()));
}

Result<std::vector<TopicPartitionOffset>> Consumer::committed(ListRef<TopicPartition> partitions,
                                                              as_result_t) noexcept {
  return api::wait_for(client_->engine(), "read committed offsets",
                       client_->defer_committed(to_internal(partitions)));
}
Result<std::vector<TopicPartitionOffset>> Consumer::beginning_offsets(ListRef<TopicPartition> partitions,
                                                                      as_result_t) noexcept {
  return api::wait_for(client_->engine(), "list offsets",
                       client_->defer_offsets(to_internal(partitions), client::beginning{}));
}
Result<std::vector<TopicPartitionOffset>> Consumer::end_offsets(ListRef<TopicPartition> partitions,
                                                                as_result_t) noexcept {
  return api::wait_for(client_->engine(), "list offsets",
                       client_->defer_offsets(to_internal(partitions), client::end{}));
}

Result<Metrics> Consumer::metrics(as_result_t) const noexcept { return client_->engine().metrics(); }
Result<std::string> Consumer::client_instance_id(Millis timeout, as_result_t) const noexcept {
  return api::wait_for(client_->engine(), api::instance_id_of_client, defer_client_instance_id(timeout));
}
detail::Deferred<std::string> Consumer::defer_client_instance_id(Millis timeout) const {
  return api::defer_instance_id(client_->shared_engine(), timeout);
}

CloseReport Consumer::close(Millis deadline) noexcept {
  if (client_->closed()) return {};
  if (auto refused = client_->engine().refusal("close")) return {false, false, std::move(refused)};
  auto report = api::wait_for_close(client_->engine(), defer_close(deadline), deadline);
  return report ? *std::move(report) : CloseReport{false, false, report.error()};
}

detail::Deferred<Records> Consumer::defer_poll(Millis timeout) { return client_->defer_poll(timeout); }
detail::Deferred<void> Consumer::defer_commit() { return client_->defer_commit(); }
detail::Deferred<void> Consumer::defer_commit(ListRef<TopicPartitionOffset> offsets) {
  std::vector<client::committed_offset> places;
  for (const auto& place : offsets) places.push_back(to_internal(place));
  return client_->defer_commit(std::move(places));
}
detail::Deferred<CloseReport> Consumer::defer_close(Millis deadline) {
  return client_->defer_close(deadline, false);
}

}  // namespace v1
}  // namespace klamm
