// What a group's member is told of the partitions that come and go.
#pragma once

#include <memory>
#include <span>

#include <klamm/detail/shared.hpp>
#include <klamm/types.hpp>

namespace klamm {
inline namespace v1 {

namespace detail {
struct RebalanceState;
KLAMM_API void destroy(RebalanceState*) noexcept;
}  // namespace detail

/// A change of what a group's member owns, given to ConsumerOptions::on_rebalance; move-only. The group goes on
/// when it dies, so that it can be moved somewhere else (a coroutine, another thread) to take its time: a group
/// waits for what is revoked at most max_poll_interval. Until then the group tells no other change, and no poll
/// hands out records of these partitions. It may outlive the consumer.
class KLAMM_API Rebalance {
 public:
  enum Kind {
    assigned,  ///< they are the member's: a seek here comes before the first record
    revoked,   ///< others get them when this dies: commit and flush what was read of them
    lost,      ///< others may have them already: nothing can be committed for them
  };
  explicit Rebalance(std::unique_ptr<detail::RebalanceState, detail::Destroy> state) noexcept
      : state_(std::move(state)) {}

  Kind kind() const noexcept;
  /// Those that come or go, ascending; what else the member owns stays. Lives as long as this.
  std::span<const TopicPartition> partitions() const noexcept;

 private:
  std::unique_ptr<detail::RebalanceState, detail::Destroy> state_;
};

}  // namespace v1
}  // namespace klamm
