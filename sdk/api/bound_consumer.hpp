// A consumer whose offsets a producer's transaction commits. Its engine and its queue, which may be asked although it is being
// closed meanwhile.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "api/engine.hpp"
#include "client/group_places.hpp"
#include "handoff/fetch_queue.hpp"

namespace klamm {
inline namespace v1 {
class Consumer;
}  // namespace v1

namespace api {

struct bound_consumer {
  /// Precondition: the consumer is not closed.
  static bound_consumer of(Consumer& consumer);

  std::shared_ptr<engine> on;
  std::shared_ptr<handoff::fetch_queue> queue;
  std::string group;

  /// Gives who commits now, on the consumer's thread: no revocation comes in between.
  void ask_identity(std::function<void(client::committer)> then) const;
  /// Back to what was committed.
  void rewind() const;
};

}  // namespace api
}  // namespace klamm
