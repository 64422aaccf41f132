// Entropy that a test can foretell: 1, 2, 3...
#pragma once

#include "base/entropy.hpp"

namespace klamm::test {

class counting_entropy final : public entropy_source {
 public:
  void fill(mutable_bytes to) override {
    for (auto& byte : to) byte = static_cast<std::byte>(next_++);
  }

 private:
  unsigned next_ = 1;
};

}  // namespace klamm::test
