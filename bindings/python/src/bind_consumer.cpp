// The consumer. Iterating is processing: a record counts once the loop asks for the next one.
#include <algorithm>
#include <atomic>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <pybind11/stl.h>

#include "bindings.hpp"

namespace klamm::python {
namespace {

using At = std::pair<std::string, std::int32_t>;

TopicPartition from_python(const At& at) { return {at.first, Partition(at.second)}; }
std::vector<TopicPartition> from_python(const std::vector<At>& list) {
  std::vector<TopicPartition> all;
  all.reserve(list.size());
  for (const auto& at : list) all.push_back(from_python(at));
  return all;
}

std::vector<At> to_python(std::span<const TopicPartition> list) {
  std::vector<At> all;
  all.reserve(list.size());
  for (const auto& at : list) all.emplace_back(at.topic, at.partition.value);
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

/// The application's on_rebalance. It is called by threads that have let go of the GIL; what it raises waits for a call of the
/// consumer's that may have led to it.
class RebalanceHook {
 public:
  explicit RebalanceHook(py::function hears) : hears_(std::move(hears)) {}
  RebalanceHook(const RebalanceHook&) = delete;
  RebalanceHook& operator=(const RebalanceHook&) = delete;

  void tell(const Rebalance& change) {
    static constexpr const char* names[] = {"assigned", "revoked", "lost"};
    const py::gil_scoped_acquire held;
    try {
      if (hears_) hears_(names[change.kind()], to_python(change.partitions()));
    } catch (py::error_already_set& raised) {
      raised_.emplace(std::move(raised));
      has_raised_ = true;
    }
  }
  bool has_raised() const { return has_raised_; }
  /// With the GIL, as what follows: the function may hold the consumer.
  void forget() { hears_ = {}; }
  void raise_again() {
    has_raised_ = false;
    if (auto raised = std::exchange(raised_, std::nullopt)) throw *std::move(raised);
  }

 private:
  // With the GIL only, but for the flag.
  py::function hears_;
  std::optional<py::error_already_set> raised_;
  std::atomic<bool> has_raised_{false};
};

class PyConsumer {
 public:
  PyConsumer(const Properties& properties, std::optional<py::function> on_rebalance)
      : PyConsumer(ConsumerOptions::from_properties(properties),
                   on_rebalance ? std::make_shared<RebalanceHook>(*std::move(on_rebalance)) : nullptr) {}

  void subscribe(const std::vector<std::string>& topics) {
    give_up([&](Consumer& consumer) { consumer.subscribe(std::span(topics)); });
  }
  void assign(const std::vector<At>& partitions) {
    give_up([&](Consumer& consumer) { consumer.assign(from_python(partitions)); });
  }

  /// All partitions of the topics, for reading without a group.
  void assign_topics(const std::vector<std::string>& topics) {
    using Described = PerItem<std::string, TopicDescription>;
    const std::vector<std::string_view> names(topics.begin(), topics.end());
    const Shared<Admin> admin(client_);
    auto described =
        wait_for<Described>([&](auto done) { admin.get()->async_describe_topics(names, std::move(done)); });
    std::vector<TopicPartition> all;
    for (const auto& [name, topic] : std::move(described).value().values())
      for (const auto& partition : topic.partitions) all.push_back({name, partition.partition});
    give_up([&](Consumer& consumer) { consumer.assign(all); });
  }

  std::unique_ptr<Batch> poll(std::optional<double> timeout) {
    const auto consumer = consumer_.get();
    std::optional<Result<Records>> polled;
    wait_in_slices(deadline_of(timeout), [&](Millis time) {
      polled.emplace(consumer->poll(time, as_result));
      return !*polled || !(**polled).empty() || (hook_ && hook_->has_raised());
    });
    raise_again();
    if (!*polled) raise(polled->error());
    return std::make_unique<Batch>(std::move(**polled));
  }

  void commit(
      const std::optional<std::vector<std::tuple<std::string, std::int32_t, std::int64_t>>>& offsets) {
    const auto consumer = consumer_.get();
    std::vector<TopicPartitionOffset> exact;
    if (offsets)
      for (const auto& [topic, partition, next] : *offsets)
        exact.push_back({.at = {topic, Partition(partition)}, .next = Offset(next)});
    wait_for<void>([&](auto done) {
      offsets ? consumer->async_commit(exact, std::move(done)) : consumer->async_commit(std::move(done));
    }).value();
  }

  std::vector<At> assignment() { return to_python(consumer_.get()->assignment()); }

  /// Whether every assigned partition is known and read to its end.
  bool at_end() {
    const auto consumer = consumer_.get();
    const auto assigned = consumer->assignment();
    return !assigned.empty() &&
           std::ranges::all_of(assigned, [&](const auto& at) { return consumer->lag(at) == 0; });
  }

  std::int64_t position(const At& at) { return consumer_.get()->position(from_python(at)).value; }
  void seek(const At& at, std::int64_t offset) { consumer_.get()->seek(from_python(at), Offset(offset)); }
  void pause(const std::vector<At>& partitions) { consumer_.get()->pause(from_python(partitions)); }
  void resume(const std::vector<At>& partitions) { consumer_.get()->resume(from_python(partitions)); }

  void close(double timeout) {
    if (!consumer_) return;
    const auto consumer = consumer_.get();
    CloseReport report;
    try {
      report = wait_for<CloseReport>([&](auto done) {
                 consumer->async_close(millis(timeout), std::move(done));
               }).value();
    } catch (const py::error_already_set&) {
      drop_at_once(*consumer);  // who interrupts this does not want to wait
      throw;
    }
    consumer_.drop();
    if (hook_) hook_->forget();
    raise_again();
    if (report.first_error) raise(*report.first_error);
  }

 private:
  PyConsumer(std::pair<ClientOptions, ConsumerOptions> options, std::shared_ptr<RebalanceHook> hook)
      : client_(options.first),
        hook_(std::move(hook)),
        consumer_(std::move(options.first), with_hook(std::move(options.second), hook_)) {}

  static ConsumerOptions with_hook(ConsumerOptions options, const std::shared_ptr<RebalanceHook>& hook) {
    // The client's own threads may be the last that have these options, and must not wait for the GIL.
    if (hook)
      options.on_rebalance = [weak = std::weak_ptr(hook)](const Rebalance& change) {
        if (const auto alive = weak.lock()) alive->tell(change);
      };
    return options;
  }

  /// A call by which the application may hear that partitions are given up.
  template <class Call>
  void give_up(Call call) {
    const auto consumer = consumer_.get();
    {
      const py::gil_scoped_release release;
      call(*consumer);
    }
    raise_again();
  }
  void raise_again() {
    if (hook_) hook_->raise_again();
  }

  void drop_at_once(Consumer& consumer) {
    {
      const py::gil_scoped_release release;
      static_cast<void>(consumer.close(Millis(0)));
    }
    consumer_.drop();
  }

  ClientOptions client_;
  std::shared_ptr<RebalanceHook> hook_;
  Shared<Consumer> consumer_;
};

}  // namespace

void bind_consumer(py::module_& module) {
  py::class_<Batch>(module, "_Batch")
      .def("__iter__", [](py::object self) { return self; })
      .def("__next__", &Batch::next);

  py::class_<PyConsumer>(module, "Consumer")
      .def(py::init<const Properties&, std::optional<py::function>>(), py::arg("properties"),
           py::arg("on_rebalance") = py::none())
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
