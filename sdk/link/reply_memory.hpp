// What answers hold until their clients have them, over all connections of a listener.
//
//   what is held                       what happens
//   --------------------------------   -----------------------------------------------------------------------------------
//   anything                           one more read for an answer may have a quarter of what is left, so that there is always
//                                      something left; the first batch of an answer may be larger
//   three quarters of the limit        reads for clients get nothing but that batch: the last quarter is for replicas
//   half of the limit                  after a second of it: connections that would need more than ten seconds for what they
//                                      have to read, at the rate of the last second, are closed, the slowest first, until
//                                      three quarters of the limit are free
//
// A consumer that does not read for a while keeps its connection as long as others find room.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "base/time.hpp"
#include "link/transport.hpp"

namespace klamm::link {

class reply_memory {
 public:
  static constexpr duration patience = std::chrono::seconds(1);
  /// Times patience: who needs longer for what it has to read is closed where memory is short.
  static constexpr int most_periods = 10;

  explicit reply_memory(std::size_t limit) : limit_(limit) {}
  reply_memory(const reply_memory&) = delete;
  reply_memory& operator=(const reply_memory&) = delete;

  /// What one connection has not read. The memory outlives it.
  class holder {
   public:
    holder(reply_memory& in, connection_id who);
    ~holder();
    holder(const holder&) = delete;
    holder& operator=(const holder&) = delete;

    void add(std::size_t bytes, time_point now);
    /// The operating system took so much of it.
    void take(std::size_t bytes);

   private:
    friend class reply_memory;
    /// That it needs for what it holds, at the rate of the last one.
    std::size_t periods() const;

    reply_memory& in_;
    const connection_id who_;
    std::size_t bytes_ = 0;
    time_point since_{};     // it has held something
    std::size_t taken_ = 0;  // in the period
    std::uint64_t period_ = 0;
  };

  enum class reader { client, replica };

  /// What an answer holds that is not whole yet. The memory outlives it.
  class share {
   public:
    share(reply_memory& in, reader of) : in_(in), of_(of) {}
    ~share() { in_.held_ -= bytes_; }
    share(const share&) = delete;
    share& operator=(const share&) = delete;

    /// Reserves what it may have of that besides what it has, and tells how much.
    std::size_t extend(std::size_t wanted, time_point now);
    /// It holds so much, no more and no less.
    void set(std::size_t bytes, time_point now);

   private:
    reply_memory& in_;
    const reader of_;
    std::size_t bytes_ = 0;
  };

  std::size_t held() const { return held_; }
  std::size_t limit() const { return limit_; }
  time_point deadline() const { return full() ? after(period_began_, patience) : never; }
  /// Those that are to be closed now.
  std::vector<connection_id> take_slow(time_point now);

 private:
  bool full() const { return held_ >= limit_ / 2; }
  void hold(std::size_t bytes, time_point now);
  void begin_period(time_point now);

  const std::size_t limit_;
  std::size_t held_ = 0;
  // Rates are measured over periods: from when memory became full, and from each judgement on.
  std::uint64_t period_ = 0;
  time_point period_began_{};
  std::map<connection_id, const holder*> holders_;
};

}  // namespace klamm::link
