// The consumer. Iterating is processing: a record counts once the loop asks for the next one.
#include <algorithm>
#include <memory>
#include <vector>

#include <pybind11/stl.h>

#include "bindings.hpp"

namespace klamm::python {
namespace {

using At = std::pair<std::string, std::int32_t>;

TopicPartition from_python(const At& at) { return {at.first, Partition(at.second)}; }
std::vector<TopicPartition> from_python(const std::vector<At>& list) {
  std::vector<TopicPartition> all;
  for (const auto& at : list) all.push_back(from_python(at));
  return all;
}

/// What a poll handed out, as a Python iterator. What it has not been asked beyond goes back when it dies.
class Batch {
 public:
  explicit Batch(Records records) : records_(std::move(records)), next_(records_.begin()) {}

  SharedRecord next() {
    if (started_) {
      ++next_;  // the loop came back: it is done with the last one
    } else {
      started_ = true;
    }
    if (next_ == records_.end()) throw py::stop_iteration();
    return (*next_).keep();
  }

 private:
  Records records_;
  Records::iterator next_;
  bool started_ = false;
};

class PyConsumer {
 public:
  explicit PyConsumer(const Properties& properties) {
    auto [client, options] = ConsumerOptions::from_properties(properties);
    client_ = client;
    const py::gil_scoped_release release;
    consumer_.emplace(std::move(client), std::move(options));
  }

  void subscribe(const std::vector<std::string>& topics) { open().subscribe(std::span(topics)); }
  void assign(const std::vector<At>& partitions) { open().assign(from_python(partitions)); }

  /// All partitions of the topics, for reading without a group.
  void assign_topics(const std::vector<std::string>& topics) {
    const std::vector<std::string_view> names(topics.begin(), topics.end());
    std::vector<TopicPartition> all;
    {
      const py::gil_scoped_release release;
      for (const auto& [name, topic] : Admin(client_).describe_topics(names).values())
        for (const auto& partition : topic.partitions) all.push_back({name, partition.partition});
    }
    open().assign(all);
  }

  std::unique_ptr<Batch> poll(std::optional<double> timeout) {
    auto& consumer = open();
    std::optional<Result<Records>> polled;
    wait_in_slices(deadline_of(timeout), [&](Millis time) {
      polled.emplace(consumer.poll(time, as_result));
      return !*polled || !(**polled).empty();
    });
    if (!*polled) raise(polled->error());
    return std::make_unique<Batch>(std::move(**polled));
  }

  void commit(
      const std::optional<std::vector<std::tuple<std::string, std::int32_t, std::int64_t>>>& offsets) {
    auto& consumer = open();
    const py::gil_scoped_release release;
    if (!offsets) return consumer.commit();
    std::vector<TopicPartitionOffset> exact;
    for (const auto& [topic, partition, next] : *offsets)
      exact.push_back({.at = {topic, Partition(partition)}, .next = Offset(next)});
    consumer.commit(exact);
  }

  std::vector<At> assignment() {
    std::vector<At> all;
    for (const auto& at : open().assignment()) all.emplace_back(at.topic, at.partition.value);
    return all;
  }

  /// Whether every assigned partition is known and read to its end.
  bool at_end() {
    const auto assigned = open().assignment();
    return !assigned.empty() &&
           std::ranges::all_of(assigned, [&](const auto& at) { return consumer_->lag(at) == 0; });
  }

  std::int64_t position(const At& at) { return open().position(from_python(at)).value; }
  void seek(const At& at, std::int64_t offset) { open().seek(from_python(at), Offset(offset)); }
  void pause(const std::vector<At>& partitions) { open().pause(from_python(partitions)); }
  void resume(const std::vector<At>& partitions) { open().resume(from_python(partitions)); }

  void close(double timeout) {
    if (!consumer_) return;
    CloseReport report;
    {
      const py::gil_scoped_release release;
      report = consumer_->close(Millis(static_cast<Millis::rep>(timeout * 1000)));
      consumer_.reset();
    }
    if (report.first_error) raise(*report.first_error);
  }

 private:
  Consumer& open() {
    if (!consumer_) throw py::value_error("the consumer is closed");
    return *consumer_;
  }

  ClientOptions client_;
  std::optional<Consumer> consumer_;
};

}  // namespace

void bind_consumer(py::module_& module) {
  py::class_<Batch>(module, "_Batch")
      .def("__iter__", [](py::object self) { return self; })
      .def("__next__", &Batch::next);

  py::class_<PyConsumer>(module, "Consumer")
      .def(py::init<const Properties&>(), py::arg("properties"))
      .def("subscribe", &PyConsumer::subscribe, py::arg("topics"))
      .def("assign", &PyConsumer::assign, py::arg("partitions"))
      .def("assign_topics", &PyConsumer::assign_topics, py::arg("topics"))
      .def("poll", &PyConsumer::poll, py::arg("timeout") = py::none())
      .def("commit", &PyConsumer::commit, py::arg("offsets") = py::none())
      .def("assignment", &PyConsumer::assignment)
      .def("at_end", &PyConsumer::at_end)
      .def("position", &PyConsumer::position, py::arg("at"))
      .def("seek", &PyConsumer::seek, py::arg("at"), py::arg("offset"))
      .def("pause", &PyConsumer::pause, py::arg("partitions"))
      .def("resume", &PyConsumer::resume, py::arg("partitions"))
      .def("close", &PyConsumer::close, py::arg("timeout") = 10.0);
}

}  // namespace klamm::python
