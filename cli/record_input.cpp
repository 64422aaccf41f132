#include "cli/record_input.hpp"

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <utility>
#include <vector>

#include "cli/csv.hpp"
#include "cli/position.hpp"
#include "cli/record_json.hpp"

namespace klamm::cli {
namespace {

Record record_of(std::string value) {
  Record record{RecordRef{}};
  record.value = std::move(value);
  return record;
}

class lines final : public record_input {
 public:
  lines(input& from, std::optional<std::string> delimiter)
      : record_input(from), delimiter_(std::move(delimiter)) {}
  std::optional<Record> next() override {
    std::string line;
    if (!take_line(line)) return std::nullopt;
    const auto at = delimiter_ ? line.find(*delimiter_) : line.npos;
    if (at == line.npos) return record_of(std::move(line));
    auto record = record_of(line.substr(at + delimiter_->size()));
    record.key = line.substr(0, at);
    return record;
  }

 private:
  std::optional<std::string> delimiter_;
};

class json_lines final : public record_input {
 public:
  using record_input::record_input;
  std::optional<Record> next() override {
    std::string line;
    if (!take_line(line)) return std::nullopt;
    auto record = parse_json_record(line);
    record.partition = Partition(-1);
    return record;
  }
};

class formatted_lines final : public record_input {
 public:
  formatted_lines(input& from, line_format format) : record_input(from), format_(std::move(format)) {}
  std::optional<Record> next() override {
    std::string line;
    if (!take_line(line)) return std::nullopt;
    return format_.parse(line);
  }

 private:
  line_format format_;
};

class whole final : public record_input {
 public:
  explicit whole(input& from) : record_input(from), all_(from.rest()) {}
  std::optional<Record> next() override {
    if (!all_) return std::nullopt;
    return record_of(*std::exchange(all_, std::nullopt));
  }

 private:
  std::optional<std::string> all_;
};

class csv_rows final : public record_input {
 public:
  explicit csv_rows(input& from) : record_input(from) {
    columns_ = take_row().value_or(std::vector<std::string>{});
    for (const auto& name : columns_) {
      const bool known = name == "key" || name == "value" || name == "timestamp" ||
                         (name.starts_with(header) && name.size() > header.size());
      if (!known || std::ranges::count(columns_, name) != 1)
        throw std::invalid_argument(
            "the first row names the columns, each once: key, value, timestamp, header.NAME; not \"" + name +
            '"');
    }
    if (std::ranges::find(columns_, "value") == columns_.end())
      throw std::invalid_argument("the first row has to name a column \"value\"");
  }

  std::optional<Record> next() override {
    const auto row = take_row();
    if (!row) return std::nullopt;
    if (row->size() != columns_.size())
      throw std::invalid_argument("it has " + std::to_string(row->size()) + " fields, the first row has " +
                                  std::to_string(columns_.size()));
    Record record{RecordRef{}};
    for (std::size_t i = 0; i < columns_.size(); ++i) put(record, columns_[i], (*row)[i]);
    return record;
  }

 private:
  static constexpr std::string_view header = "header.";

  static void put(Record& to, const std::string& column, const std::string& field) {
    if (column == "key") {
      to.key = field;
    } else if (column == "value") {
      to.value = field;
    } else if (column == "timestamp") {
      const auto now = std::chrono::floor<Millis>(std::chrono::system_clock::now());
      if (!field.empty()) to.timestamp = parse_time(field, now);
    } else {
      to.headers.add(column.substr(header.size()), field);
    }
  }

  // A row may be several lines; a blank one is none.
  std::optional<std::vector<std::string>> take_row() {
    std::string text, more;
    do {
      if (!take_line(text)) return std::nullopt;
    } while (text.empty() || text == "\r");
    for (;;) {
      if (auto row = csv_row(text.ends_with('\r') ? std::string_view(text).substr(0, text.size() - 1) : text))
        return row;
      if (!take_line(more)) throw std::invalid_argument("a quote is not closed");
      (text += '\n') += more;
    }
  }

  std::vector<std::string> columns_;
};

}  // namespace

bool record_input::take_line(std::string& to) {
  if (!from_.line(to)) return false;
  ++line_;
  return true;
}

std::unique_ptr<record_input> line_input(input& from, std::optional<std::string> delimiter) {
  return std::make_unique<lines>(from, std::move(delimiter));
}
std::unique_ptr<record_input> json_input(input& from) { return std::make_unique<json_lines>(from); }
std::unique_ptr<record_input> csv_input(input& from) { return std::make_unique<csv_rows>(from); }
std::unique_ptr<record_input> raw_input(input& from) { return std::make_unique<whole>(from); }
std::unique_ptr<record_input> format_input(input& from, line_format format) {
  return std::make_unique<formatted_lines>(from, std::move(format));
}

}  // namespace klamm::cli
