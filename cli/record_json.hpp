// A record as a line of JSON, and back.
//
//   {"topic":..,"partition":..,"offset":..,"timestamp":..,"key":..,"value":..,"headers":[[name,value],..]}
//
// null is null, empty is ""; what is not UTF-8 comes as key_b64, value_b64 or [name, null, base64] instead.
#pragma once

#include <string>
#include <string_view>

#include <klamm/record.hpp>

namespace klamm::cli {

std::string json_line(const RecordView& record);
/// Throws std::invalid_argument for what is no such line. All fields but the value may be missing: a tombstone is never written
/// by accident. Topic and partition are those of the line, or empty and -1.
Record parse_json_record(std::string_view line);

}  // namespace klamm::cli
