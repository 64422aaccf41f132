// The SDK's errors as Python exceptions: KafkaError, and ConfigError for faults of a configuration.
#include "bindings.hpp"

namespace klamm::python {
namespace {

// Owned by the module, which lives as long as the interpreter.
PyObject* kafka_error = nullptr;
PyObject* config_error = nullptr;

py::object make(PyObject* type, const Error& error) {
  auto made = py::reinterpret_borrow<py::object>(type)(error.message());
  made.attr("code") = error.code().value();
  made.attr("name") = std::string(error.name());
  made.attr("retriable") = error.retriable();
  made.attr("fatal") = error.fatal();
  made.attr("abortable") = error.abortable();
  made.attr("maybe_written") = error.maybe_written();
  return made;
}

py::object make(const ConfigError& error) {
  auto made = make(config_error, error.error());
  py::list faults;
  for (const auto& fault : error.faults())
    faults.append(py::make_tuple(fault.kafka_name, fault.value, fault.problem));
  made.attr("faults") = faults;
  return made;
}

void raise_object(const py::object& exception) {
  PyErr_SetObject(py::type::of(exception).ptr(), exception.ptr());
}

}  // namespace

py::object to_python(const Error& error) { return make(kafka_error, error); }

void raise(const Error& error) {
  raise_object(to_python(error));
  throw py::error_already_set();
}

void bind_errors(py::module_& module) {
  // What an error has that a program made itself, in a test say.
  using namespace py::literals;
  const py::dict unknown("code"_a = static_cast<int>(errc::unknown_server_error), "name"_a = "",
                         "retriable"_a = false, "fatal"_a = false, "abortable"_a = false,
                         "maybe_written"_a = false);
  kafka_error =
      PyErr_NewExceptionWithDoc("klamm.KafkaError", "What went wrong: what was done, where, and what to do.",
                                PyExc_Exception, unknown.ptr());
  config_error = PyErr_NewExceptionWithDoc("klamm.ConfigError", "Every fault of a configuration at once.",
                                           kafka_error, py::dict("faults"_a = py::list()).ptr());
  module.attr("KafkaError") = py::reinterpret_borrow<py::object>(kafka_error);
  module.attr("ConfigError") = py::reinterpret_borrow<py::object>(config_error);
  py::register_exception_translator([](std::exception_ptr thrown) {
    try {
      if (thrown) std::rethrow_exception(thrown);
    } catch (const ConfigError& error) {
      raise_object(make(error));
    } catch (const Exception& error) {
      raise_object(to_python(error.error()));
    }
  });
}

}  // namespace klamm::python
