// Records out of standard input or a file, in the forms of `kcli produce -F` and -f.
//
//   line    a record a line, or key and value divided by a delimiter
//   json    what `kcli consume` prints, a line each; topic, partition and offset are passed over
//   csv     the first row names the columns: key, value, timestamp (as kcli reads times), and header.NAME for headers
//   raw     everything is one record
//   format  lines as `kcli consume -f` writes them
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <klamm/record.hpp>

#include "cli/input.hpp"
#include "cli/line_format.hpp"

namespace klamm::cli {

class record_input {
 public:
  explicit record_input(input& from) : from_(from) {}
  virtual ~record_input() = default;

  /// The next record; its partition is -1 and its timestamp negative where the input says nothing of them. Nothing: the end, or
  /// an interrupt. Throws std::invalid_argument for what is no record; the call after that goes on behind it.
  virtual std::optional<Record> next() = 0;
  /// Where the record stands that `next` gave or refused, counted from 1.
  int line() const { return line_; }

 protected:
  bool take_line(std::string& to);

 private:
  input& from_;
  int line_ = 0;
};

/// The delimiter divides key from value; a line without it is a value.
std::unique_ptr<record_input> line_input(input& from, std::optional<std::string> delimiter);
std::unique_ptr<record_input> json_input(input& from);
/// Throws std::invalid_argument for column names that it does not know, or without a column "value".
std::unique_ptr<record_input> csv_input(input& from);
std::unique_ptr<record_input> raw_input(input& from);
std::unique_ptr<record_input> format_input(input& from, line_format format);

}  // namespace klamm::cli
