#include "api/producer_host.hpp"

#include <array>
#include <utility>

#include <asio/post.hpp>
#include <asio/steady_timer.hpp>

#include "api/convert.hpp"
#include "handoff/lone_delivery.hpp"
#include "net/system.hpp"

namespace klamm {
inline namespace v1 {
namespace detail {
namespace {

handoff::accumulator_options accumulator_options_of(const ProducerOptions& o) {
  handoff::accumulator_options to;
  to.batch_size = o.batch_size.value;
  to.compression = {static_cast<wire::codec>(o.compression.codec), o.compression.level};
  to.linger = api::to_duration(o.linger);
  to.max_request_size = o.max_request_size.value;
  to.buffer_memory = o.buffer_memory.value;
  return to;
}

wire::nullable_bytes to_internal(BytesView bytes) {
  return bytes.is_null() ? wire::nullable_bytes() : wire::nullable_bytes(bytes.bytes());
}

// The record's headers in the builder's form: on the stack when there are few.
class header_list {
 public:
  explicit header_list(const HeadersRef& headers) {
    if (headers.size() > few_.size()) many_.reserve(headers.size());
    headers.for_each([this](const HeaderRef& header) { add({header.key, to_internal(header.value)}); });
  }
  std::span<const wire::header_ref> view() const {
    return many_.empty() ? std::span<const wire::header_ref>(few_.data(), used_)
                         : std::span<const wire::header_ref>(many_);
  }

 private:
  void add(const wire::header_ref& header) {
    if (many_.capacity() > 0)
      many_.push_back(header);
    else
      few_[used_++] = header;
  }
  std::array<wire::header_ref, 8> few_{};
  std::size_t used_ = 0;
  std::vector<wire::header_ref> many_;
};

std::uint64_t random_seed() {
  std::uint64_t seed = 0;
  net::system_entropy().fill({reinterpret_cast<std::byte*>(&seed), sizeof seed});
  return seed;
}

class line_backlog final : public api::backlog {
 public:
  line_backlog(const api::topic_line& line, const handoff::accumulator& batches)
      : line_(line), batches_(batches) {}
  std::size_t of(partition_id partition) const override {
    const auto slot = line_.slots.find(partition);
    return slot.value < 0 ? 0 : batches_.waiting(slot);
  }

 private:
  const api::topic_line& line_;
  const handoff::accumulator& batches_;
};

}  // namespace

ProducerHost::ProducerHost(const ProducerOptions& options, fault_injector* faults)
    : options_(options),
      max_block_(api::to_duration(options.max_block)),
      next_seed_(random_seed()),
      batches_(accumulator_options_of(options), *this, faults) {}

void ProducerHost::wake() {
  if (const auto to = engine_.lock())
    to->post(
        [](client::client_core& core, instant now, link::net_effects& out) { core.records_ready(now, out); });
}

// The engine is kept meanwhile, so that it cannot end under the batch.
void ProducerHost::seal_elsewhere(unique_function<void()> seal) {
  std::call_once(sealing_started_, [this] { sealing_.emplace(1); });
  asio::post(sealing_->next(), [keep = engine(), seal = std::move(seal)]() mutable { seal(); });
}

void ProducerHost::resolved(handoff::state_share batch) {
  const auto to = engine();
  if (!to || (!batch->has_callbacks() && !options_.on_delivery)) return;
  auto self = std::static_pointer_cast<ProducerHost>(shared_from_this());
  to->call_back([self = std::move(self), batch = std::move(batch)] { self->tell(batch); });
}

// An exception goes to whoever runs callbacks; those of the other records, and the report, still come.
void ProducerHost::tell(const handoff::state_share& batch) {
  try {
    batch->run_callbacks();
  } catch (...) {
    resolved(batch);
    throw;
  }
  if (options_.on_delivery) report(*batch);
}

void ProducerHost::report(const handoff::batch_state& batch) const {
  const auto [failed, why] = batch.failures();
  std::optional<Error> error;
  if (why) error = api::to_error(*why, {.operation = "produce to", .partition = &batch.at()});
  options_.on_delivery({.at = api::to_public(batch.at()),
                        .first = Offset(failed == 0 ? batch.outcome(0).offset.value : -1),
                        .records = batch.record_count(),
                        .error = error ? &*error : nullptr});
}

api::topic_line& ProducerHost::line_of(std::string_view topic) {
  if (auto* const known = lines_.find(topic)) return *known;
  return lines_.find_or_add(topic, options_.partitioner, options_.batch_size.value, next_seed_++);
}

client::partition_slot ProducerHost::new_slot(std::string_view topic, api::topic_line& line,
                                              partition_id chosen, std::size_t partitions) {
  const auto slot = batches_.slot_of({std::string(topic), chosen});
  line.slots.keep(chosen, slot, partitions);
  return slot;
}

result<handoff::delivery> ProducerHost::append(const RecordRef& record, api::topic_line& line,
                                               const api::topic_glance& topic, handoff::admission how,
                                               handoff::record_callback&& done) {
  const line_backlog waiting(line, batches_);
  const auto chosen =
      line.partitions.choose(record, topic, options_.adaptive_partitioning ? &waiting : nullptr);
  if (!chosen) return chosen.failure();
  auto slot = line.slots.find(*chosen);
  if (slot.value < 0) slot = new_slot(record.topic, line, *chosen, topic.partitions());
  return record.headers.empty() ? put(record, {}, slot, how, std::move(done))
                                : put_with_headers(record, slot, how, std::move(done));
}

result<handoff::delivery> ProducerHost::put_with_headers(const RecordRef& record, client::partition_slot slot,
                                                         handoff::admission how,
                                                         handoff::record_callback&& done) {
  const header_list headers(record.headers);
  return put(record, headers.view(), slot, how, std::move(done));
}

result<handoff::delivery> ProducerHost::put(const RecordRef& record,
                                            std::span<const wire::header_ref> headers,
                                            client::partition_slot slot, handoff::admission how,
                                            handoff::record_callback&& done) {
  const auto stamp =
      record.timestamp ? timestamp(record.timestamp->time_since_epoch().count()) : net::coarse_wall_now();
  return batches_.append(slot,
                         {.timestamp = stamp,
                          .key = to_internal(record.key),
                          .value = to_internal(record.value),
                          .headers = headers},
                         &net::steady_now, how, max_block_, std::move(done));
}

// One record on its way to a topic that is not known yet. Its outcome is settled once, where callbacks run.
class ProducerHost::held_record : public std::enable_shared_from_this<held_record> {
 public:
  held_record(std::shared_ptr<ProducerHost> host, std::shared_ptr<api::engine> on, const RecordRef& record,
              handoff::record_callback done)
      : host_(std::move(host)),
        on_(std::move(on)),
        record_(record),
        at_(std::make_shared<const topic_partition>(
            topic_partition{record_.topic, partition_id(record.partition.value)})),
        outcome_(at_, timestamp(record_.timestamp.time_since_epoch().count()), host_->weak_from_this()),
        done_(std::move(done)),
        serial_(host_->batches().progress().opened()),
        transaction_(host_->transaction_),
        timer_(on_->executor()) {
    ++host_->held_;
  }

  handoff::delivery start(Millis patience) {
    auto delivery = outcome_.outcome_to_come();
    if (patience != forever) {
      timer_.expires_after(patience);
      timer_.async_wait([self = shared_from_this()](asio::error_code cancelled) {
        if (!cancelled && !self->taken_.exchange(true)) self->too_late();
      });
    }
    on_->snapshots().when_settled(record_.topic,
                                  [self = shared_from_this()](const auto& topic) { self->go(topic.get()); });
    return delivery;
  }

 private:
  void go(const client::topic_view* topic) {
    if (taken_.exchange(true)) return;
    asio::post(on_->executor(), [self = shared_from_this()] { self->timer_.cancel(); });
    if (!topic) return fail(error(error_code::closed));
    if (topic->error != error_code::none) return fail(error(topic->error));
    if (transaction_ != host_->transaction_)
      return fail({error_code::transaction_abortable, "the transaction of the record is over"});
    auto sent = host_->append(record_, host_->line_of(record_.topic), api::topic_glance(*topic),
                              handoff::admission::overdraw,
                              [self = shared_from_this()](const handoff::record_outcome& outcome) {
                                self->tell(outcome);
                                self->leave(0, nullptr);
                              });
    if (!sent) return fail(sent.failure());
    // It waited long enough.
    host_->batches().hurry(*sent->batch);
  }

  void too_late() {
    const auto known = on_->snapshots().find(record_.topic);
    if (known && known->error != error_code::none) return fail(error(known->error));
    on_->post([self = shared_from_this()](client::client_core& core, instant, link::net_effects&) {
      self->fail(core.overdue(topic_unknown));
    });
  }

  // Its transaction is without it then: it can only be aborted.
  void fail(const error& why) {
    if (transaction_ != 0 && transaction_ == host_->transaction_)
      on_->post([why](client::client_core& core, instant now, link::net_effects& out) {
        core.doom_transaction(why, now, out);
      });
    on_->call_back([self = shared_from_this(), why] { self->tell({*self->at_, {}, {}, &why}); });
    leave(1, &why);
  }

  void tell(const handoff::record_outcome& outcome) {
    outcome_.resolve(outcome.failure, outcome.offset, outcome.timestamp);
    if (done_) done_(outcome);
  }

  // Those who flush go on. `failed`: the failures that no batch counts.
  void leave(std::size_t failed, const error* why) {
    --host_->held_;
    host_->batches().progress().resolved(serial_, 0, failed, why, at_);
  }

  const std::shared_ptr<ProducerHost> host_;
  const std::shared_ptr<api::engine> on_;
  const Record record_;
  const std::shared_ptr<const topic_partition> at_;
  handoff::lone_delivery outcome_;
  handoff::record_callback done_;
  const std::uint64_t serial_;
  const std::uint64_t transaction_;  // 0: none
  asio::steady_timer timer_;
  std::atomic<bool> taken_{false};
};

handoff::delivery ProducerHost::hold(const RecordRef& record, Millis patience,
                                     handoff::record_callback&& done) {
  auto self = std::static_pointer_cast<ProducerHost>(shared_from_this());
  return std::make_shared<held_record>(std::move(self), engine(), record, std::move(done))->start(patience);
}

}  // namespace detail
}  // namespace v1
}  // namespace klamm
