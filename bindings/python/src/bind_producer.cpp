// The producer: send takes a record at once, and its future knows what became of it.
#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

#include <pybind11/stl.h>

#include "bindings.hpp"

namespace klamm::python {
namespace {

/// What a stored record's future gives. Owns its text, since the producer may be gone by then.
struct Stored {
  std::string topic;
  std::int32_t partition;
  std::int64_t offset;
  std::int64_t timestamp;
};

/// Waits for one delivery with a timeout and in slices. The outcome is asked for when somebody waits, not at every send.
class Future {
 public:
  explicit Future(Delivery delivery) : delivery_(std::move(delivery)) {}

  bool done() const { return delivery_.ready(); }

  Stored result(std::optional<double> timeout) {
    wait(timeout);
    const auto& outcome = *state_->outcome;
    if (!outcome) raise(outcome.error());
    return {std::string(outcome->topic), outcome->partition.value, outcome->offset.value,
            outcome->timestamp.time_since_epoch().count()};
  }

  py::object exception(std::optional<double> timeout) {
    wait(timeout);
    return *state_->outcome ? py::none() : to_python(state_->outcome->error());
  }

 private:
  struct State {
    std::mutex mutex;
    std::condition_variable arrived;
    std::optional<Result<RecordMetadata>> outcome;
  };

  void wait(std::optional<double> timeout) {
    if (!state_) {
      state_ = std::make_shared<State>();
      const py::gil_scoped_release release;
      delivery_.async_get([state = state_](Result<RecordMetadata> outcome) {
        const std::lock_guard lock(state->mutex);
        state->outcome.emplace(std::move(outcome));
        state->arrived.notify_all();
      });
    }
    const bool arrived = wait_in_slices(deadline_of(timeout), [&](Millis time) {
      std::unique_lock lock(state_->mutex);
      return state_->arrived.wait_for(lock, time, [&] { return state_->outcome.has_value(); });
    });
    if (arrived) return;
    PyErr_SetString(PyExc_TimeoutError, "the record is not acknowledged yet");
    throw py::error_already_set();
  }

  Delivery delivery_;
  std::shared_ptr<State> state_;
};

using HeaderList = std::vector<std::pair<std::string, std::optional<std::string>>>;

class PyProducer {
 public:
  explicit PyProducer(const Properties& properties) {
    auto [client, options] = ProducerOptions::from_properties(properties);
    const py::gil_scoped_release release;
    producer_.emplace(std::move(client), std::move(options));
  }

  Future send(const std::string& topic, const std::optional<std::string_view>& value,
              const std::optional<std::string_view>& key, const HeaderList& headers,
              const std::optional<std::int32_t>& partition, const std::optional<std::int64_t>& timestamp) {
    std::vector<HeaderRef> refs;
    refs.reserve(headers.size());
    for (const auto& [name, bytes] : headers) refs.push_back({name, bytes});
    RecordRef record{.topic = topic, .key = key, .value = value, .headers = refs};
    if (partition) record.partition = Partition(*partition);
    if (timestamp) record.timestamp = Timestamp(Millis(*timestamp));
    auto& producer = open();
    // Usually there is room: then nothing has to wait, and the GIL need not change hands.
    if (auto sent = producer.try_send(record)) return Future(*std::move(sent));
    const py::gil_scoped_release release;
    return Future(producer.send(record));
  }

  std::size_t flush(std::optional<double> timeout) {
    auto& producer = open();
    FlushReport report;
    wait_in_slices(deadline_of(timeout), [&](Millis time) {
      auto latest = producer.flush(time);
      report.unresolved = latest.unresolved;
      report.failed += latest.failed;
      if (!report.first_error) report.first_error = std::move(latest.first_error);
      return report.unresolved == 0;
    });
    if (report.first_error) raise(*report.first_error);
    return report.unresolved;
  }

  void close(double timeout) {
    if (!producer_) return;
    FlushReport report;
    {
      const py::gil_scoped_release release;
      report = producer_->close(Millis(static_cast<Millis::rep>(timeout * 1000)));
      producer_.reset();
    }
    if (report.first_error) raise(*report.first_error);
  }

 private:
  Producer& open() {
    if (!producer_) throw py::value_error("the producer is closed");
    return *producer_;
  }

  std::optional<Producer> producer_;
};

}  // namespace

void bind_producer(py::module_& module) {
  py::class_<Stored>(module, "RecordMetadata", "Where a record was stored.")
      .def_readonly("topic", &Stored::topic)
      .def_readonly("partition", &Stored::partition)
      .def_readonly("offset", &Stored::offset)
      .def_readonly("timestamp", &Stored::timestamp);

  py::class_<Future>(module, "Future", "The outcome of one send.")
      .def("done", &Future::done, "Whether the outcome is known.")
      .def("result", &Future::result, py::arg("timeout") = py::none(),
           "Waits for the record to be stored. Raises KafkaError if it was not, TimeoutError after `timeout` "
           "seconds.")
      .def("exception", &Future::exception, py::arg("timeout") = py::none(),
           "Waits, and returns the error or None.");

  py::class_<PyProducer>(module, "Producer")
      .def(py::init<const Properties&>(), py::arg("properties"))
      .def("send", &PyProducer::send, py::arg("topic"), py::arg("value"), py::arg("key") = py::none(),
           py::arg("headers") = HeaderList(), py::arg("partition") = py::none(),
           py::arg("timestamp") = py::none())
      .def("flush", &PyProducer::flush, py::arg("timeout") = py::none())
      .def("close", &PyProducer::close, py::arg("timeout") = 10.0);
}

}  // namespace klamm::python
