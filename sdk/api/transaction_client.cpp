#include "api/transaction_client.hpp"

#include <utility>

#include "api/convert.hpp"
#include "client/transaction_errors.hpp"

namespace klamm {
inline namespace v1 {
namespace detail {
namespace {

constexpr std::string_view beginning = "begin a transaction";

error not_open() { return {error_code::invalid_txn_state, "the transaction is over: begin another"}; }

Error too_late(std::string_view operation) {
  return api::to_error(
      {error_code::timed_out, "the transaction's coordinator did not settle it within api_timeout"},
      {.operation = operation});
}

void doom(api::engine& on, const error& why) {
  on.post([why](client::client_core& core, instant now, link::net_effects& out) {
    core.doom_transaction(why, now, out);
  });
}

// In the name of the member that the consumer is by then.
void commit_offsets(const std::shared_ptr<api::engine>& on, std::uint64_t number,
                    const api::bound_consumer& of, std::vector<client::committed_offset> offsets,
                    client::completion<void> done, std::function<void()> then) {
  struct shared {
    std::vector<client::committed_offset> offsets;
    client::completion<void> done;
  };
  auto what = std::make_shared<shared>(shared{std::move(offsets), std::move(done)});
  of.ask_identity([=, group = of.group, then = std::move(then)](client::committer as) {
    on->post([=](client::client_core& core, instant now, link::net_effects& out) {
      core.send_offsets(number, {group, as, std::move(what->offsets)}, std::move(what->done), now, out);
    });
    if (then) then();
  });
}

}  // namespace

void destroy(TransactionClient* client) noexcept { delete client; }

TransactionClient::TransactionClient(std::shared_ptr<ProducerClient> producer,
                                     std::shared_ptr<api::engine> on, std::uint64_t number,
                                     std::optional<api::bound_consumer> from)
    : producer_(std::move(producer)), course_(std::make_shared<course>()) {
  course_->on = std::move(on);
  course_->host = producer_->host();
  course_->number = number;
  course_->from = std::move(from);
}

Result<Delivery> TransactionClient::send(const RecordRef& record) {
  if (course_->now() != phase::open) return api::to_error(not_open(), {.operation = "produce"});
  return producer_->send(record, producer_->admission_here(), nullptr, ProducerClient::gate::transactions);
}

Deferred<void> TransactionClient::defer_offsets(api::bound_consumer of,
                                                std::vector<client::committed_offset> offsets) {
  struct operation final : Deferred<void>::Operation {
    void start(Completion<void> done, std::stop_token stop) override {
      constexpr std::string_view what = "commit offsets in the transaction";
      auto waiting = std::make_shared<api::awaited<void>>(in->on, std::move(done));
      if (in->now() != phase::open) return waiting->answer(api::to_error(not_open(), {.operation = what}));
      if (of.group.empty())
        return waiting->answer(api::to_error({error_code::invalid_options, "the consumer has no group_id"},
                                             {.operation = what}));
      waiting->stop_with(std::move(stop));
      waiting->time_out_after(in->on->options().api_timeout, [what] { return Result<void>(too_late(what)); });
      commit_offsets(
          in->on, in->number, of, std::move(offsets),
          [waiting, what](result<void> outcome) {
            waiting->answer(outcome ? Result<void>() : api::to_error(outcome.failure(), {.operation = what}));
          },
          {});
    }
    std::shared_ptr<course> in;
    api::bound_consumer of;
    std::vector<client::committed_offset> offsets;
  };
  auto made = std::make_unique<operation>();
  made->in = course_;
  made->of = std::move(of);
  made->offsets = std::move(offsets);
  return Deferred<void>(std::move(made));
}

Deferred<bool> TransactionClient::defer_commit() {
  struct operation final : Deferred<bool>::Operation {
    void start(Completion<bool> done, std::stop_token stop) override {
      in->on->refuse_after_fork("commit a transaction");
      auto waiting = std::make_shared<api::awaited<bool>>(in->on, std::move(done));
      waiting->stop_with(std::move(stop));
      waiting->time_out_after(in->on->options().api_timeout,
                              [] { return Result<bool>(too_late("commit a transaction")); });
      in->commit(std::move(waiting));
    }
    std::shared_ptr<course> in;
  };
  auto made = std::make_unique<operation>();
  made->in = course_;
  return Deferred<bool>(std::move(made));
}

void TransactionClient::abort() noexcept {
  if (course_->on->forked()) return;
  const auto was = [&] {
    const std::lock_guard held(course_->lock);
    const auto before = course_->at;
    if (before == phase::open) course_->at = phase::over;
    return before;
  }();
  if (was == phase::over) return;
  // What a commit came to is not known yet: the outcome rewinds, if it has to.
  if (was == phase::open && course_->from) course_->from->rewind();
  course_->end(false, nullptr);
}

bool TransactionClient::course::start_committing() {
  const std::lock_guard held(lock);
  const bool first = at == phase::open;
  if (first) at = phase::committing;
  return first;
}

void TransactionClient::course::commit(std::shared_ptr<api::awaited<bool>> waiting) {
  if (!start_committing()) {
    if (now() == phase::committing) return end(true, std::move(waiting));
    return waiting->answer(outcome ? over(*outcome)
                                   : Result<bool>(api::to_error(not_open(), {.operation = "commit"})));
  }
  host->batches().flush();
  note_places();
  if (places.empty()) return flush_and_end(std::move(waiting));
  commit_offsets(on, number, *from, places, {}, [self = shared_from_this(), waiting] {
    if (self->from->queue->torn()) self->note_places();
    self->flush_and_end(waiting);
  });
}

// Of a partition that was taken away, the records are in the transaction, and somebody else may process them again.
void TransactionClient::course::note_places() {
  if (!from) return;
  if (auto passed = from->queue->uncommitted())
    places = *std::move(passed);
  else
    doom(*on, {error_code::rebalance_in_progress,
               "the group has given partitions away whose records are in the transaction"});
}

void TransactionClient::course::flush_and_end(std::shared_ptr<api::awaited<bool>> waiting) {
  auto& batches = host->batches();
  batches.progress().then(batches.flush(), [self = shared_from_this(), waiting = std::move(waiting)] {
    self->end(true, waiting);
  });
}

void TransactionClient::course::end(bool commit, std::shared_ptr<api::awaited<bool>> waiting) {
  on->post([self = shared_from_this(), commit, waiting = std::move(waiting)](
               client::client_core& core, instant at, link::net_effects& out) mutable {
    auto done = [self, waiting = std::move(waiting)](result<bool> came) {
      auto told = self->over(std::move(came));
      if (waiting) waiting->answer(std::move(told));
    };
    core.end_transaction(self->number, commit, std::move(done), at, out);
  });
}

// The first outcome counts, and settles what becomes of the consumer's positions.
Result<bool> TransactionClient::course::over(result<bool> came) {
  const bool first = [&] {
    const std::lock_guard held(lock);
    if (at == phase::over) return false;
    at = phase::over;
    outcome = came;
    return true;
  }();
  if (first && from) {
    if (came && *came)
      from->queue->committed(places);
    else
      from->rewind();
  }
  if (came) return *came;
  return api::to_error(came.failure(), {.operation = "commit the transaction"});
}

}  // namespace detail

Result<Delivery> Transaction::send(const RecordRef& record, as_result_t) noexcept {
  if (!client_) return api::to_error(detail::not_open(), {.operation = "produce"});
  return client_->send(record);
}

Result<void> Transaction::send_offsets(Consumer& consumer, ListRef<TopicPartitionOffset> offsets,
                                       as_result_t) noexcept {
  if (!client_) return api::to_error(detail::not_open(), {.operation = "commit offsets"});
  std::vector<client::committed_offset> places;
  for (const auto& place : offsets) places.push_back(api::to_internal(place));
  return api::wait_for(client_->engine(), "commit offsets in the transaction",
                       client_->defer_offsets(api::bound_consumer::of(consumer), std::move(places)));
}

Result<bool> Transaction::commit(as_result_t) noexcept {
  if (!client_) return api::to_error(detail::not_open(), {.operation = "commit"});
  return api::wait_for(client_->engine(), "commit the transaction", client_->defer_commit());
}

void Transaction::abort() noexcept {
  if (client_) client_->abort();
}

detail::Deferred<bool> Transaction::defer_commit() {
  if (!client_) detail::throw_error(api::to_error(detail::not_open(), {.operation = "commit"}));
  return client_->defer_commit();
}

namespace detail {

Deferred<Transaction> ProducerClient::defer_begin(std::optional<api::bound_consumer> from) {
  struct operation final : Deferred<Transaction>::Operation {
    void start(Completion<Transaction> done, std::stop_token stop) override {
      on->refuse_after_fork(beginning);
      auto waiting = std::make_shared<api::awaited<Transaction>>(on, std::move(done));
      if (from && from->group.empty())
        return waiting->answer(api::to_error(
            {error_code::invalid_options, "the consumer has no group_id, so nothing can be committed for it"},
            {.operation = beginning}));
      waiting->stop_with(std::move(stop));
      waiting->time_out_after(on->options().api_timeout,
                              [] { return Result<Transaction>(too_late(beginning)); });
      if (from) from->queue->bind();
      on->post([waiting, on = on, producer = producer, from = from](client::client_core& core, instant now,
                                                                    link::net_effects& out) {
        auto begun = [waiting, on, producer, from](result<std::uint64_t> number) {
          if (!number) return waiting->answer(api::to_error(number.failure(), {.operation = beginning}));
          producer->host()->set_transaction(*number);
          // Nobody waits any more: then it is dropped here, and aborted.
          waiting->answer(Transaction(std::unique_ptr<TransactionClient, Destroy>(
              new TransactionClient(producer, on, *number, from))));
        };
        core.begin_transaction(std::move(begun), now, out);
      });
    }
    std::shared_ptr<ProducerClient> producer;
    std::shared_ptr<api::engine> on;
    std::optional<api::bound_consumer> from;
  };
  auto made = std::make_unique<operation>();
  made->producer = shared_from_this();
  made->on = engine_;
  made->from = std::move(from);
  return Deferred<Transaction>(std::move(made));
}

}  // namespace detail
}  // namespace v1
}  // namespace klamm
