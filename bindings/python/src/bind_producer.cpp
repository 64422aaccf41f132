// The producer: send takes a record at once, and its future knows what became of it.
#include <memory>
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
    const auto& outcome = arrival_->outcome();
    if (!outcome) raise(outcome.error());
    return {std::string(outcome->topic), outcome->partition.value, outcome->offset.value,
            outcome->timestamp.time_since_epoch().count()};
  }

  py::object exception(std::optional<double> timeout) {
    wait(timeout);
    return arrival_->outcome() ? py::none() : to_python(arrival_->outcome().error());
  }

 private:
  void wait(std::optional<double> timeout) {
    if (!arrival_) {
      arrival_ = std::make_shared<Arrival<RecordMetadata>>();
      const py::gil_scoped_release release;
      delivery_.async_get(
          [arrival = arrival_](Result<RecordMetadata> outcome) { arrival->set(std::move(outcome)); });
    }
    if (wait_in_slices(deadline_of(timeout), [&](Millis time) { return arrival_->wait(time); })) return;
    PyErr_SetString(PyExc_TimeoutError, "the record is not acknowledged yet");
    throw py::error_already_set();
  }

  Delivery delivery_;  // also keeps the text of the outcome
  std::shared_ptr<Arrival<RecordMetadata>> arrival_;
};

using HeaderList = std::vector<std::pair<std::string, std::optional<std::string>>>;

class PyProducer {
 public:
  explicit PyProducer(const Properties& properties)
      : PyProducer(ProducerOptions::from_properties(properties)) {}

  Future send(const std::string& topic, const std::optional<std::string_view>& value,
              const std::optional<std::string_view>& key, const HeaderList& headers,
              const std::optional<std::int32_t>& partition, const std::optional<std::int64_t>& timestamp) {
    std::vector<HeaderRef> refs;
    refs.reserve(headers.size());
    for (const auto& [name, bytes] : headers) refs.push_back({name, bytes});
    RecordRef record{.topic = topic, .key = key, .value = value, .headers = refs};
    if (partition) record.partition = Partition(*partition);
    if (timestamp) record.timestamp = Timestamp(Millis(*timestamp));
    if (partition.value_or(0) < 0 || timestamp.value_or(0) < 0)
      throw py::value_error("a partition or timestamp below 0: None leaves the choice to the producer");
    const auto producer = producer_.get();
    // Usually there is room: then nothing has to wait, and the GIL need not change hands.
    if (auto sent = producer->try_send(record)) return Future(*std::move(sent));
    return send_when_there_is_room(*producer, Record(record));
  }

  std::size_t flush(std::optional<double> timeout) {
    const auto report = flush_in_slices(*producer_.get(), deadline_of(timeout));
    if (report.first_error) raise(*report.first_error);
    return report.unresolved;
  }

  void close(double timeout) {
    if (!producer_) return;
    const auto producer = producer_.get();
    FlushReport report;
    try {
      report = flush_in_slices(*producer, deadline_of(timeout));
    } catch (const py::error_already_set&) {
      static_cast<void>(end(*producer));  // who interrupts this does not want to wait
      throw;
    }
    const auto rest = end(*producer);
    const auto& error = report.first_error ? report.first_error : rest.first_error;
    if (error) raise(*error);
  }

 private:
  // A send waits for a slice at a time, so that Ctrl-C is noticed in between.
  explicit PyProducer(std::pair<ClientOptions, ProducerOptions> options)
      : max_block_(std::exchange(options.second.max_block, std::min(options.second.max_block, slice))),
        producer_(std::move(options.first), std::move(options.second)) {}

  // Owns the record: while it waits, others may run who change what it was made of.
  Future send_when_there_is_room(Producer& producer, const Record& record) const {
    std::optional<Result<Delivery>> sent;
    wait_in_slices(std::chrono::steady_clock::now() + max_block_, [&](Millis) {
      const auto began = std::chrono::steady_clock::now();
      sent.emplace(producer.send(record, as_result));
      // What failed before its time was over would fail again; the rest was still waiting, for memory or for its topic.
      return *sent || std::chrono::steady_clock::now() - began < std::min(max_block_, slice);
    });
    if (!*sent) raise(sent->error());
    return Future(**std::move(sent));
  }

  static FlushReport flush_in_slices(Producer& producer, Deadline deadline) {
    FlushReport report;
    wait_in_slices(deadline, [&](Millis time) {
      auto latest = producer.flush(time);
      report.unresolved = latest.unresolved;
      report.failed += latest.failed;
      if (!report.first_error) report.first_error = std::move(latest.first_error);
      return report.unresolved == 0;
    });
    return report;
  }

  FlushReport end(Producer& producer) {
    FlushReport report;
    {
      const py::gil_scoped_release release;
      report = producer.close(Millis(0));
    }
    producer_.drop();
    return report;
  }

  Millis max_block_;
  Shared<Producer> producer_;
};

}  // namespace

void bind_producer(py::module_& module) {
  py::class_<Stored>(module, "RecordMetadata", "Where a record was stored.")
      .def_readonly("topic", &Stored::topic)
      .def_readonly("partition", &Stored::partition)
      .def_readonly("offset", &Stored::offset)
      .def_readonly("timestamp", &Stored::timestamp)
      .def("__repr__", [](const Stored& s) {
        return "RecordMetadata(" + s.topic + "/" + std::to_string(s.partition) + " offset " +
               std::to_string(s.offset) + ")";
      });

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
