// The producer behind the public one, with faults planted in it, and with options that the public one would refuse.
#pragma once

#include <memory>

#include "api/producer_client.hpp"

namespace klamm::delivery {

class faulty_producer {
 public:
  faulty_producer(const ClientOptions& client, const ProducerOptions& options, fault_injector* faults)
      : client_(detail::ProducerClient::make(client, options, faults)) {}

  /// `done` is told whether the record was stored.
  template <class F>
  void send(const RecordRef& record, F done) {
    client_
        ->send(record, handoff::admission::wait,
               [done = std::move(done)](const handoff::record_outcome& outcome) { done(!outcome.failure); })
        .value();
  }
  FlushReport flush(Millis timeout = forever) { return client_->flush(timeout); }

 private:
  std::unique_ptr<detail::ProducerClient, detail::Destroy> client_;
};

}  // namespace klamm::delivery
