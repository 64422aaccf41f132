// Where secrets and unique ids come from: the operating system in production, the seed in the simulator.
#pragma once

#include "base/bytes.hpp"
#include "base/uuid.hpp"

namespace klamm {

class entropy_source {
 public:
  virtual ~entropy_source() = default;
  virtual void fill(mutable_bytes to) = 0;
};

/// A random (version 4) UUID that is none of Kafka's reserved ones and whose text does not start with '-'.
uuid random_uuid(entropy_source& source);

}  // namespace klamm
