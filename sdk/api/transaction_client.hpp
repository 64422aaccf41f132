// A transaction behind the public one, from the moment when it was begun.
//
//   event \ phase      open                                committing                       over
//   ----------------   ---------------------------------   ------------------------------   ------------------
//   commit             the consumer's positions are        asks again what it came to       the outcome, again
//                      noted, its member is asked for,
//                      records are flushed -> committing
//   abort, dropped     rewound at once -> over             aborted if that is possible      -
//   outcome            -                                   committed or rewound -> over     -
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include <klamm/producer.hpp>

#include "api/bound_consumer.hpp"
#include "api/operation.hpp"
#include "api/producer_client.hpp"

namespace klamm {
inline namespace v1 {
namespace detail {

class TransactionClient {
 public:
  TransactionClient(std::shared_ptr<ProducerClient> producer, std::shared_ptr<api::engine> on,
                    std::uint64_t number, std::optional<api::bound_consumer> from);
  ~TransactionClient() { abort(); }

  const api::engine& engine() const { return *course_->on; }
  Result<Delivery> send(const RecordRef& record);
  Deferred<void> defer_offsets(api::bound_consumer of, std::vector<client::committed_offset> offsets);
  Deferred<bool> defer_commit();
  void abort() noexcept;

 private:
  enum class phase { open, committing, over };

  // Shared with what is under way: the transaction may be dropped meanwhile.
  struct course : std::enable_shared_from_this<course> {
    std::shared_ptr<api::engine> on;
    std::shared_ptr<ProducerHost> host;
    std::uint64_t number = 0;
    std::optional<api::bound_consumer> from;

    std::mutex lock;
    phase at = phase::open;
    std::vector<client::committed_offset> places;  // of `from`, that are being committed
    std::optional<result<bool>> outcome;

    phase now() {
      const std::lock_guard held(lock);
      return at;
    }
    /// Whether this is the first commit, which has to bring everything on its way.
    bool start_committing();
    void commit(std::shared_ptr<api::awaited<bool>> waiting);
    void note_places();
    void flush_and_end(std::shared_ptr<api::awaited<bool>> waiting);
    void end(bool commit, std::shared_ptr<api::awaited<bool>> waiting);
    Result<bool> over(result<bool> came);
  };

  const std::shared_ptr<ProducerClient> producer_;
  const std::shared_ptr<course> course_;
};

}  // namespace detail
}  // namespace v1
}  // namespace klamm
