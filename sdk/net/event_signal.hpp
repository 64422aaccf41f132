// A descriptor that is readable while something is raised: what foreign event loops wait for.
#pragma once

namespace klamm::net {

/// Any thread may raise and clear it. The owner orders these calls.
class event_signal {
 public:
  /// Throws std::system_error if the process has no descriptor left.
  event_signal();
  ~event_signal();
  event_signal(const event_signal&) = delete;
  event_signal& operator=(const event_signal&) = delete;

  int fd() const { return fd_; }
  void raise() noexcept;
  void clear() noexcept;

 private:
  int fd_;
};

}  // namespace klamm::net
