// The words of the schemas that both the generator and its products use.
#pragma once

namespace klamm::wire {

enum class message_kind { request, response, header, record, record_key, record_value, data };

enum class field_type {
  boolean,
  int8,
  int16,
  int32,
  int64,
  uint16,
  uint32,
  float64,
  uuid,
  string,
  bytes,
  records,
  structure
};

}  // namespace klamm::wire
