// A consumed record: its bytes stay where they were received; Python objects are made when they are asked for.
#include "bindings.hpp"

namespace klamm::python {
namespace {

py::object bytes_or_none(BytesView bytes) {
  if (bytes.is_null()) return py::none();
  return py::bytes(bytes.text().data(), bytes.size());
}

/// Lends a record's value through the buffer protocol, and keeps the record.
struct ValueBuffer {
  SharedRecord record;
};

py::object value_view(const SharedRecord& record) {
  if (record.value().is_null()) return py::none();
  return py::reinterpret_steal<py::object>(PyMemoryView_FromObject(py::cast(ValueBuffer{record}).ptr()));
}

py::list headers(const SharedRecord& record) {
  py::list all;
  for (const auto header : record.headers())
    all.append(py::make_tuple(py::str(header.key.data(), header.key.size()), bytes_or_none(header.value)));
  return all;
}

py::buffer_info lend(ValueBuffer& from) {
  const auto bytes = from.record.value().bytes();
  return {const_cast<std::byte*>(bytes.data()), 1, py::format_descriptor<unsigned char>::format(),
          static_cast<py::ssize_t>(bytes.size()), true};
}

}  // namespace

void bind_record(py::module_& module) {
  py::class_<ValueBuffer>(module, "_ValueBuffer", py::buffer_protocol()).def_buffer(&lend);

  py::class_<SharedRecord>(module, "Record", "A consumed record. It may be kept for as long as wanted.")
      .def_property_readonly("topic", [](const SharedRecord& r) { return std::string(r.topic()); })
      .def_property_readonly("partition", [](const SharedRecord& r) { return r.partition().value; })
      .def_property_readonly("offset", [](const SharedRecord& r) { return r.offset().value; })
      .def_property_readonly("timestamp",
                             [](const SharedRecord& r) { return r.timestamp().time_since_epoch().count(); })
      .def_property_readonly("key", [](const SharedRecord& r) { return bytes_or_none(r.key()); })
      .def_property_readonly("value", [](const SharedRecord& r) { return bytes_or_none(r.value()); })
      .def_property_readonly("value_view", &value_view)
      .def_property_readonly("headers", &headers)
      .def("__repr__", [](const SharedRecord& r) {
        return "Record(" + std::string(r.topic()) + "/" + std::to_string(r.partition().value) + " offset " +
               std::to_string(r.offset().value) + ")";
      });
}

}  // namespace klamm::python
