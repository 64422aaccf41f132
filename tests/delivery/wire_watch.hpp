// Looks at every Produce request on the wire: whether each batch is what was sealed, and all its records are its topic's.
#pragma once

#include <atomic>
#include <map>
#include <string>

#include "base/uuid.hpp"
#include "tests/proxy/frame_stream.hpp"
#include "wire/messages/produce.hpp"

namespace klamm::delivery {

class wire_watch {
 public:
  /// For the proxy. The watch outlives it.
  proxy::frame_stream::tap tap() {
    return [this](bytes_view frame) { look_at(frame); };
  }

  std::uint64_t batches() const { return batches_; }
  /// Batches whose checksum is wrong, that hold a record of no ledger, or of another topic than their partition's.
  std::uint64_t damaged() const { return damaged_; }

 private:
  void look_at(bytes_view frame);
  bool whole(const buffer_slice& records, uuid topic);

  std::map<uuid, std::string> topics_;  // as the first record of each said
  std::atomic<std::uint64_t> batches_{0}, damaged_{0};
};

}  // namespace klamm::delivery
