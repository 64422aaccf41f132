// What the application and the sender ask of a transaction, and how one begins and ends.
#include "client/transaction.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "client/transaction_errors.hpp"

namespace klamm::client {
namespace {

constexpr api_version end_with_next_epoch = 5;
constexpr api_version last_explicit_end = 4;
constexpr std::int16_t implicit_since = 2;

}  // namespace

error transaction::no_such_transaction() const {
  return {error_code::invalid_txn_state, "the transaction is over, or none was begun"};
}

error transaction::fenced(error_code code) const {
  return {
      error_code::producer_fenced,
      fmt::format("another producer took the transactional id \"{}\" over, or the transaction was open for "
                  "longer than transaction_timeout ({}); this producer is finished, make another",
                  options_.transactional_id, name(code))};
}

// The application's side.

void transaction::begin(completion<std::uint64_t> done) {
  using outcome = result<std::uint64_t>;
  if (fatal_) return completions_.post(std::move(done), outcome(*fatal_));
  if (state_ == state::open || state_ == state::doomed)
    return completions_.post(
        std::move(done),
        outcome(
            error(error_code::invalid_txn_state,
                  "a transaction is open already: a producer has one at a time; commit or abort it first")));
  begins_.push_back(std::move(done));
  open_next();
}

void transaction::open_next() {
  if (begins_.empty() || fatal_ || closing_) return;
  if (state_ == state::unknown) return initialize();
  if (state_ != state::ready) return;
  state_ = state::open;
  implicit_ = pool_.features().level("transaction.version") >= implicit_since;
  begun_ = gap_ = end_sent_ = false;
  doomed_.reset();
  last_outcome_.reset();
  ++number_;
  completions_.post(std::move(begins_.front()), result<std::uint64_t>(number_));
  begins_.pop_front();
}

void transaction::send_offsets(std::uint64_t number, group_places what, completion<void> done) {
  const auto answer = [&](result<void> outcome) { completions_.post(std::move(done), std::move(outcome)); };
  if (fatal_) return answer(*fatal_);
  if (number != number_ || (state_ != state::open && state_ != state::doomed))
    return answer(no_such_transaction());
  if (state_ == state::doomed)
    return answer(cured_by_aborting(doomed_->code) ? result<void>() : result<void>(*doomed_));
  if (what.offsets.empty()) return answer({});
  std::ranges::sort(what.offsets, {}, &committed_offset::at);
  offsets_.push_back({std::move(what), std::move(done)});
}

void transaction::end(std::uint64_t number, bool commit, completion<bool> done) {
  using outcome = result<bool>;
  if (number == number_ && last_outcome_) return completions_.post(std::move(done), outcome(*last_outcome_));
  if (fatal_) return completions_.post(std::move(done), outcome(*fatal_));
  const bool open = state_ == state::open || state_ == state::doomed;
  if (number != number_ || (!open && !ending()))
    return completions_.post(std::move(done), outcome(no_such_transaction()));
  ends_.push_back(std::move(done));
  if (state_ == state::open && commit) {
    state_ = state::committing;
  } else if (open || (state_ == state::committing && !commit && !end_sent_)) {
    start_aborting();
  }
}

void transaction::doom(const error& why) {
  if ((state_ != state::open && state_ != state::committing) || end_sent_) return;
  doomed_ = why;
  if (log_.wants(log_level::warning))
    log_.write(log_level::warning, "transaction",
               fmt::format("transaction {} of \"{}\" can only be aborted: {} ({})", number_,
                           options_.transactional_id, why.message, name(why.code)));
  if (state_ == state::committing)
    start_aborting();
  else
    state_ = state::doomed;
}

void transaction::close() {
  closing_ = true;
  const error why{error_code::closed, "the producer is closed"};
  while (!begins_.empty()) {
    completions_.post(std::move(begins_.front()), result<std::uint64_t>(why));
    begins_.pop_front();
  }
  if (state_ == state::open || state_ == state::doomed) start_aborting();
}

void transaction::shut(const error& why) { fail(why); }

std::optional<error> transaction::refusal() const {
  switch (state_) {
    case state::open:
    case state::committing: return std::nullopt;
    case state::doomed:
    case state::aborting:
      return error(error_code::transaction_abortable,
                   doomed_
                       ? fmt::format("the transaction is aborted, since {}",
                                     doomed_->message.empty() ? describe(doomed_->code) : doomed_->message)
                       : "the transaction is aborted");
    default: return error(error_code::invalid_txn_state, "the record was sent outside of a transaction");
  }
}

void transaction::pump(traffic how) {
  if (fatal_) return;
  open_next();
  if (told_) return;
  if (state_ == state::open || state_ == state::committing) {
    if (!to_add_.empty()) return add_partitions();
    if (!offsets_.empty()) return go_on_with_offsets();
  }
  if (end_sent_) return;
  if (state_ == state::committing && how == traffic::resolved) send_end(true);
  if (state_ == state::aborting && how != traffic::busy) send_end(false);
}

// Who the producer is.

void transaction::initialize() {
  state_ = state::initializing;
  auto make = [this](api_version) {
    wire::init_producer_id_request request;
    // With an id and an epoch it takes nobody's place: it is the same producer, which goes on under another epoch (KIP-360).
    sign(request);
    request.transaction_timeout_ms = std::chrono::duration_cast<millis>(options_.transaction_timeout);
    return request;
  };
  requests_.call<wire::init_producer_id_request>(
      coordinator(), never, init_producer_id_cap, std::move(make),
      [](const wire::init_producer_id_response& said) { return said.error_code; },
      [this](answer<wire::init_producer_id_response> came, instant) { on_initialized(std::move(came)); });
}

void transaction::on_initialized(answer<wire::init_producer_id_response> came) {
  if (fatal_) return;
  const auto code = came.got ? came.got->error_code : came.got.code();
  if (code == error_code::none) {
    identity_ = {came.got->producer_id, came.got->producer_epoch};
    state_ = state::ready;
    return open_next();
  }
  const error why(
      code, fmt::format("no producer id for the transactional id \"{}\": {} ({})", options_.transactional_id,
                        came.got ? std::string(describe(code)) : came.got.failure().message, name(code)));
  if (says_fenced(code)) return fail(fenced(code));
  // A broker before Kafka 2.5 cannot raise an epoch; without, the sequences behind a gap are of no use.
  if (code == error_code::unsupported_version) return fail(why);
  state_ = state::unknown;
  for (auto& waiting : std::exchange(begins_, {}))
    completions_.post(std::move(waiting), result<std::uint64_t>(why));
}

// The end.

void transaction::start_aborting() {
  state_ = state::aborting;
  to_add_.clear();
  // What is with the coordinator is waited for; the rest is not sent any more.
  while (offsets_.size() > (told_ && adding_.empty() ? 1U : 0U)) {
    completions_.post(std::move(offsets_.back().done), result<void>());
    offsets_.pop_back();
  }
}

void transaction::send_end(bool commit) {
  if (!begun_) return over(commit);
  end_sent_ = true;
  auto make = [this, commit](api_version) {
    wire::end_txn_request request;
    sign(request);
    request.committed = commit;
    return request;
  };
  // What it came to is not known then: it is asked again.
  auto code_of = [](const wire::end_txn_response& said) {
    return said.error_code == error_code::unknown_server_error ? error_code::request_timed_out
                                                               : said.error_code;
  };
  requests_.call<wire::end_txn_request>(
      coordinator(), never, implicit_ ? end_with_next_epoch : last_explicit_end, std::move(make), code_of,
      [this, commit](answer<wire::end_txn_response> came, instant) { on_end(commit, std::move(came)); });
}

void transaction::on_end(bool commit, answer<wire::end_txn_response> came) {
  if (fatal_) return;
  end_sent_ = false;
  const auto code = came.got ? came.got->error_code : came.got.code();
  if (code != error_code::none)
    return on_end_refused(commit, code,
                          came.got ? error(code, std::string(describe(code))) : came.got.failure());
  if (came.version >= end_with_next_epoch && came.got->producer_id.value >= 0) {
    // The id changes with the last epoch of an id.
    identity_ = {came.got->producer_id, came.got->producer_epoch};
    gap_ = false;
  }
  over(commit);
}

void transaction::on_end_refused(bool commit, error_code code, const error& why) {
  if (says_fenced(code)) return fail(fenced(code));
  if (commit && (code == error_code::transaction_abortable || says_forgotten(code))) {
    doomed_ = error(code, fmt::format("the coordinator refused the commit: {}", why.message));
    state_ = state::aborting;
  }
  if (says_forgotten(code)) {
    // Nothing is left there to end. Whether the producer is still the one that it was, the next InitProducerId tells.
    gap_ = true;
    return over(false);
  }
  if (code == error_code::transaction_abortable && commit) return;
  fail({code, fmt::format("the transaction of \"{}\" cannot be ended: {} ({})", options_.transactional_id,
                          why.message, name(code))});
}

void transaction::over(bool committed) {
  state_ = std::exchange(gap_, false) ? state::unknown : state::ready;
  begun_ = false;
  adding_.clear();
  const bool told = !committed && doomed_ && !cured_by_aborting(doomed_->code);
  answer_end(told ? result<bool>(*doomed_) : result<bool>(committed));
  // The epoch is raised now, not when somebody waits for it.
  if (state_ == state::unknown && !closing_) return initialize();
  open_next();
}

void transaction::answer_end(result<bool> outcome) {
  last_outcome_ = outcome;
  for (auto& waiting : std::exchange(ends_, {})) completions_.post(std::move(waiting), result<bool>(outcome));
}

void transaction::fail(const error& why) {
  if (fatal_) return;
  const bool open = ending() || state_ == state::open || state_ == state::doomed;
  state_ = state::fatal;
  fatal_ = why;
  if (open) answer_end(why);
  for (auto& waiting : std::exchange(begins_, {}))
    completions_.post(std::move(waiting), result<std::uint64_t>(why));
  for (auto& job : std::exchange(offsets_, {})) completions_.post(std::move(job.done), result<void>(why));
}

}  // namespace klamm::client
