#include <klamm/options.hpp>

namespace klamm {
inline namespace v1 {

// Constant-initialised in effect: no other static object of ours reads them.
const Partitioner Partitioner::java{Partitioner::Kind::java};
const Partitioner Partitioner::consistent_random{Partitioner::Kind::consistent_random};
const Partitioner Partitioner::round_robin{Partitioner::Kind::round_robin};

}  // namespace v1
}  // namespace klamm
