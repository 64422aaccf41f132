// The memory of batches: charged to the byte budget when it is taken, given back to it when the last share goes.
//
// A chunk is used again only when nobody shares it any more: the builder, the sealer, every request that carries it and
// the completion each hold a share, and none can let go for another. (CVE-2026-35554 is a client that put the buffer of a
// batch back at its delivery timeout, while the request was still being written.)
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

#include "base/faults.hpp"
#include "handoff/byte_budget.hpp"
#include "wire/batch_builder.hpp"

namespace klamm::handoff {

class chunk_pool final : public wire::chunk_source, public std::enable_shared_from_this<chunk_pool> {
 public:
  chunk_pool(std::size_t limit, std::function<void()> on_wait, fault_injector* faults)
      : budget_(limit, std::move(on_wait)), faults_(faults) {}
  ~chunk_pool() override;

  byte_budget& budget() { return budget_; }

  /// A chunk whose bytes were taken from the budget before.
  std::shared_ptr<std::byte[]> take(std::size_t size) override;
  /// Charges memory that came from elsewhere (a compressed body), for as long as it is shared.
  buffer_slice charged(buffer_slice slice);
  byte_chain charged(const byte_chain& chain);

  /// Does nothing, unless the fault "handoff.early_release" is planted: then the chunks of an uncompressed body are free
  /// while they are shared.
  void resolved(const byte_chain& body);

 private:
  struct give_back {
    std::shared_ptr<chunk_pool> pool;
    std::size_t size;
    void operator()(std::byte* bytes) const { pool->put(bytes, size); }
  };
  using free_list = std::vector<std::byte*>;

  std::byte* find(std::size_t size);
  void put(std::byte* bytes, std::size_t size);
  void keep(std::byte* bytes, std::size_t size);

  byte_budget budget_;
  fault_injector* faults_;
  std::mutex mutex_;
  std::array<free_list, 4> free_;  // of 1, 4, 16 and 64 KiB
};

}  // namespace klamm::handoff
