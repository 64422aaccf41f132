// A record as it is printed: by kcat's format strings, or as JSON (record_json.hpp) that `kcli produce -F json` reads back.
//
//   %t topic  %p partition  %o offset  %k key  %v or %s value  %h headers  %T timestamp in ms
//   %K and %S length of key and value in bytes, -1 for null  %R that of the value as 4 bytes, big-endian
//   %% a percent sign; \n \t \r \0 \xHH as in C
#pragma once

#include <iosfwd>
#include <memory>
#include <string_view>

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

}  // namespace klamm::cli
