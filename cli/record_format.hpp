// A record as a line: kcat's format strings, or JSON that `kcli produce -F json` reads back.
//
//   %t topic  %p partition  %o offset  %k key  %v or %s value  %h headers  %T timestamp in ms
//   %K and %S length of key and value in bytes, -1 for null  %% a percent sign; \n \t \r \0 \xHH as in C
//
//   {"topic":..,"partition":..,"offset":..,"timestamp":..,"key":..,"value":..,"headers":[[name,value],..]}
//   null is null, empty is ""; what is not UTF-8 comes as key_b64, value_b64 or [name, null, base64] instead.
#pragma once

#include <iosfwd>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <klamm/record.hpp>

namespace klamm::cli {

class record_printer {
 public:
  virtual ~record_printer() = default;
  virtual void print(std::ostream& to, const RecordView& record) const = 0;
};

std::unique_ptr<record_printer> json_printer();
/// Throws std::invalid_argument for a letter that is not in the table.
std::unique_ptr<record_printer> format_printer(std::string_view format);

/// What json_printer wrote, read back. Throws std::invalid_argument. Topic and partition are those of the line, or empty.
Record parse_json_record(std::string_view line);

}  // namespace klamm::cli
