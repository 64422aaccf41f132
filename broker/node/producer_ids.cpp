#include "broker/node/producer_ids.hpp"

namespace klamm::broker::node {
namespace {

constexpr millis patience(5000);

}  // namespace

void producer_ids::next(unique_function<void(result<producer_id>)> done) {
  waiting_.push_back(std::move(done));
  give();
}

void producer_ids::give() {
  while (!waiting_.empty() && count_ > 0) {
    auto done = std::move(waiting_.front());
    waiting_.pop_front();
    --count_;
    done(producer_id(first_.value++));
  }
  if (!waiting_.empty() && !std::exchange(asking_, true)) ask();
}

void producer_ids::ask() {
  wire::allocate_producer_ids_request request;
  request.broker_id = self_;
  request.broker_epoch = registered_.epoch();
  channel_.ask(peer::lane::decisions, request, patience,
               [this](const result<wire::allocate_producer_ids_response>& came) { on_block(came); });
}

void producer_ids::on_block(const result<wire::allocate_producer_ids_response>& came) {
  asking_ = false;
  if (came && came->error_code == error_code::none) {
    first_ = came->producer_id_start;
    count_ = came->producer_id_len;
    return give();
  }
  for (auto refused = std::exchange(waiting_, {}); auto& one : refused)
    one(error_code::coordinator_load_in_progress);
}

}  // namespace klamm::broker::node
