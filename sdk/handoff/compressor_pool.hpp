// Compression contexts for whoever seals: as many as ever sealed at the same time.
#pragma once

#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "wire/compression.hpp"

namespace klamm::handoff {

class compressor_pool {
 public:
  class lease {
   public:
    lease(compressor_pool& pool, std::unique_ptr<wire::compressor> held)
        : pool_(pool), held_(std::move(held)) {}
    lease(const lease&) = delete;
    lease& operator=(const lease&) = delete;
    ~lease() { pool_.put(std::move(held_)); }
    wire::compressor& operator*() const { return *held_; }

   private:
    compressor_pool& pool_;
    std::unique_ptr<wire::compressor> held_;
  };

  lease borrow() {
    const std::lock_guard lock(mutex_);
    if (free_.empty()) return {*this, std::make_unique<wire::compressor>()};
    auto held = std::move(free_.back());
    free_.pop_back();
    return {*this, std::move(held)};
  }

 private:
  void put(std::unique_ptr<wire::compressor> back) {
    const std::lock_guard lock(mutex_);
    free_.push_back(std::move(back));
  }

  std::mutex mutex_;
  std::vector<std::unique_ptr<wire::compressor>> free_;
};

}  // namespace klamm::handoff
