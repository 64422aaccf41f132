// The parts of the native module, and what they share.
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include <pybind11/pybind11.h>

#include <klamm/klamm.hpp>

namespace klamm::python {

namespace py = pybind11;

void bind_errors(py::module_& module);
void bind_record(py::module_& module);
void bind_producer(py::module_& module);
void bind_consumer(py::module_& module);

/// A Python KafkaError of what happened.
py::object to_python(const Error& error);
/// Raises it.
[[noreturn]] void raise(const Error& error);

using Properties = std::map<std::string, std::string>;

/// A time to wait, in seconds: none if it is negative or no number, and at most 31 years.
inline Millis millis(double seconds) {
  return Millis(seconds > 0 ? static_cast<Millis::rep>(std::min(seconds, 1e9) * 1000) : 0);
}

/// How long one uninterrupted wait may be: Ctrl-C is noticed in between.
inline constexpr Millis slice{100};

using Deadline = std::optional<std::chrono::steady_clock::time_point>;

/// Seconds, or none for ever.
inline Deadline deadline_of(std::optional<double> seconds) {
  if (!seconds) return std::nullopt;
  return std::chrono::steady_clock::now() + millis(*seconds);
}

/// Calls `wait(time)` without the GIL, again and again, until it returns true or the deadline passes; in between, signals
/// are handled, so that a handler's exception leaves. False: the deadline passed.
template <class Wait>
bool wait_in_slices(Deadline deadline, Wait wait) {
  for (;;) {
    auto time = slice;
    if (deadline) {
      const auto left = std::chrono::ceil<Millis>(*deadline - std::chrono::steady_clock::now());
      time = std::clamp(left, Millis(0), slice);
    }
    bool done = false;
    {
      const py::gil_scoped_release release;
      done = wait(time);
    }
    if (PyErr_CheckSignals() != 0) throw py::error_already_set();
    if (done) return true;
    if (deadline && std::chrono::steady_clock::now() >= *deadline) return false;
  }
}

/// What a callback brings, for threads that wait for it.
template <class T>
class Arrival {
 public:
  void set(Result<T> outcome) {
    const std::lock_guard lock(mutex_);
    outcome_.emplace(std::move(outcome));
    arrived_.notify_all();
  }
  /// Whether it is there after at most this time.
  bool wait(Millis time) {
    std::unique_lock lock(mutex_);
    return arrived_.wait_for(lock, time, [&] { return outcome_.has_value(); });
  }
  /// Precondition: it is there.
  Result<T>& outcome() { return *outcome_; }

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::optional<Result<T>> outcome_;
};

/// The outcome of what `start(callback)` starts, waited for so that Ctrl-C ends the wait, not what was started.
template <class T, class Start>
Result<T> wait_for(Start start) {
  const auto arrival = std::make_shared<Arrival<T>>();
  {
    const py::gil_scoped_release release;
    start([arrival](Result<T> outcome) { arrival->set(std::move(outcome)); });
  }
  wait_in_slices(std::nullopt, [&](Millis time) { return arrival->wait(time); });
  return std::move(arrival->outcome());
}

/// A client that one thread may close while others use it: it lives until the last of them is done. One that was not closed
/// takes its time to end without the GIL.
template <class Client>
class Shared {
 public:
  explicit Shared(ClientOptions client, auto... options) {
    const py::gil_scoped_release release;
    client_ = std::make_shared<Client>(std::move(client), std::move(options)...);
  }
  ~Shared() { drop(); }
  Shared(const Shared&) = delete;
  Shared& operator=(const Shared&) = delete;

  explicit operator bool() const { return client_ != nullptr; }
  /// Raises ValueError once it was dropped.
  std::shared_ptr<Client> get() const {
    if (!client_) throw py::value_error("this client is closed");
    return client_;
  }
  void drop() {
    auto last = std::exchange(client_, nullptr);
    const py::gil_scoped_release release;
    last.reset();
  }

 private:
  std::shared_ptr<Client> client_;  // only touched with the GIL
};

}  // namespace klamm::python
