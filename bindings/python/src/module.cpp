#include "bindings.hpp"

PYBIND11_MODULE(_native, module) {
  module.doc() = "Klamm's native part. Import klamm instead.";
  klamm::python::bind_errors(module);
  klamm::python::bind_record(module);
  klamm::python::bind_producer(module);
  klamm::python::bind_consumer(module);
}
