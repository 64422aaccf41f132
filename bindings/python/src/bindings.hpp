// The parts of the native module, and what they share.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>

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

/// How long one uninterrupted wait may be: Ctrl-C is noticed in between.
inline constexpr Millis slice{100};

/// Seconds, or none for ever.
inline std::optional<std::chrono::steady_clock::time_point> deadline_of(std::optional<double> seconds) {
  if (!seconds) return std::nullopt;
  return std::chrono::steady_clock::now() + std::chrono::duration_cast<std::chrono::steady_clock::duration>(
                                                std::chrono::duration<double>(*seconds));
}

/// Calls `wait(time)` without the GIL, again and again, until it returns true or the deadline passes; in between, signals
/// are handled, so that a handler's exception leaves. False: the deadline passed.
template <class Wait>
bool wait_in_slices(std::optional<std::chrono::steady_clock::time_point> deadline, Wait wait) {
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

}  // namespace klamm::python
