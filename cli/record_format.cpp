#include "cli/record_format.hpp"

#include <cstdint>
#include <ostream>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "cli/record_json.hpp"
#include "cli/text.hpp"

namespace klamm::cli {
namespace {

std::int64_t length(BytesView bytes) {
  return bytes.is_null() ? -1 : static_cast<std::int64_t>(bytes.size());
}

void print_big_endian(std::ostream& to, std::uint32_t number) {
  for (int shift = 24; shift >= 0; shift -= 8) to.put(static_cast<char>(number >> shift & 0xff));
}

void print_headers(std::ostream& to, HeadersView headers) {
  const char* separator = "";
  for (const auto header : headers) {
    to << std::exchange(separator, ",") << header.key << '=';
    header.value.is_null() ? to << "NULL" : to << header.value.text();
  }
}

class formatted final : public record_printer {
 public:
  explicit formatted(std::string_view format) {
    const auto text = unescape(format);
    std::string literal;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] != '%' || i + 1 == text.size()) {
        literal += text[i];
      } else if (text[++i] == '%') {
        literal += '%';
      } else if (std::string_view("tpokvshTKSR").find(text[i]) == std::string_view::npos) {
        throw std::invalid_argument("%" + std::string(1, text[i]) +
                                    " is not known; there are %t %p %o %k %v %s %h %T %K %S %R and %%");
      } else {
        parts_.emplace_back(std::exchange(literal, {}));
        parts_.emplace_back(text[i]);
      }
    }
    parts_.emplace_back(std::move(literal));
  }

  void print(std::ostream& to, const RecordView& record) const override {
    for (const auto& part : parts_) {
      if (const auto* literal = std::get_if<std::string>(&part))
        to << *literal;
      else
        field(to, std::get<char>(part), record);
    }
  }

 private:
  static void field(std::ostream& to, char letter, const RecordView& record) {
    switch (letter) {
      case 't': to << record.topic(); break;
      case 'p': to << record.partition(); break;
      case 'o': to << record.offset(); break;
      case 'k': to << record.key().text(); break;
      case 'v':
      case 's': to << record.value().text(); break;
      case 'h': print_headers(to, record.headers()); break;
      case 'T': to << record.timestamp().time_since_epoch().count(); break;
      case 'K': to << length(record.key()); break;
      case 'S': to << length(record.value()); break;
      case 'R': print_big_endian(to, static_cast<std::uint32_t>(length(record.value()))); break;
      default: break;
    }
  }

  std::vector<std::variant<std::string, char>> parts_;
};

class as_json final : public record_printer {
 public:
  void print(std::ostream& to, const RecordView& record) const override { to << json_line(record) << '\n'; }
};

}  // namespace

std::unique_ptr<record_printer> json_printer() { return std::make_unique<as_json>(); }

std::unique_ptr<record_printer> format_printer(std::string_view format) {
  return std::make_unique<formatted>(format);
}

}  // namespace klamm::cli
