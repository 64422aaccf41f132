// What is done at the end of a scope, however it is left.
#pragma once

namespace klamm {

/// `const at_end over([&] { ... });`
template <class F>
class at_end {
 public:
  explicit at_end(F done) : done_(static_cast<F&&>(done)) {}
  ~at_end() { done_(); }
  at_end(const at_end&) = delete;
  at_end& operator=(const at_end&) = delete;

 private:
  F done_;
};

}  // namespace klamm
