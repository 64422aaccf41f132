#include "cli/record_format.hpp"

#include <ostream>
#include <stdexcept>
#include <variant>

#include <nlohmann/json.hpp>

#include "cli/text.hpp"

namespace klamm::cli {
namespace {

using json = nlohmann::ordered_json;

std::int64_t length(BytesView bytes) {
  return bytes.is_null() ? -1 : static_cast<std::int64_t>(bytes.size());
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
      } else if (std::string_view("tpokvshTKS").find(text[i]) == std::string_view::npos) {
        throw std::invalid_argument("%" + std::string(1, text[i]) +
                                    " is not known; there are %t %p %o %k %v %s %h %T %K %S and %%");
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
      default: break;
    }
  }

  std::vector<std::variant<std::string, char>> parts_;
};

void put(json& to, const char* name, BytesView bytes) {
  if (bytes.is_null()) {
    to[name] = nullptr;
  } else if (is_utf8(bytes.text())) {
    to[name] = bytes.text();
  } else {
    to[name + std::string("_b64")] = to_base64(bytes.text());
  }
}

json header_pair(const HeaderRef& header) {
  if (header.value.is_null()) return json::array({header.key, nullptr});
  if (is_utf8(header.value.text())) return json::array({header.key, header.value.text()});
  return json::array({header.key, nullptr, to_base64(header.value.text())});
}

class as_json final : public record_printer {
 public:
  void print(std::ostream& to, const RecordView& record) const override {
    json line;
    line["topic"] = record.topic();
    line["partition"] = record.partition().value;
    line["offset"] = record.offset().value;
    line["timestamp"] = record.timestamp().time_since_epoch().count();
    put(line, "key", record.key());
    put(line, "value", record.value());
    line["headers"] = json::array();
    for (const auto header : record.headers()) line["headers"].push_back(header_pair(header));
    to << line.dump(-1, ' ', false, json::error_handler_t::replace) << '\n';
  }
};

std::optional<std::string> get(const json& line, const std::string& name) {
  if (const auto coded = line.find(name + "_b64"); coded != line.end())
    return from_base64(coded->get<std::string>());
  const auto plain = line.find(name);
  if (plain == line.end() || plain->is_null()) return std::nullopt;
  if (!plain->is_string())
    throw std::invalid_argument('"' + name + "\" must be a string or null, not " + plain->dump());
  return plain->get<std::string>();
}

void add_header(Headers& to, const json& pair) {
  const auto name = pair.at(0).get<std::string>();
  if (pair.size() > 2) return to.add(name, from_base64(pair.at(2).get<std::string>()));
  if (pair.size() < 2 || pair.at(1).is_null()) return to.add(name, nullptr);
  to.add(name, pair.at(1).get<std::string>());
}

}  // namespace

std::unique_ptr<record_printer> json_printer() { return std::make_unique<as_json>(); }

std::unique_ptr<record_printer> format_printer(std::string_view format) {
  return std::make_unique<formatted>(format);
}

Record parse_json_record(std::string_view text) {
  try {
    const auto line = json::parse(text);
    Record record{RecordRef{}};
    record.topic = line.value("topic", "");
    record.partition = Partition(line.value("partition", -1));
    if (line.contains("timestamp"))
      record.timestamp = Timestamp(Millis(line["timestamp"].get<std::int64_t>()));
    record.key = get(line, "key");
    record.value = get(line, "value");
    if (line.contains("headers"))
      for (const auto& pair : line["headers"]) add_header(record.headers, pair);
    return record;
  } catch (const json::exception& e) {
    throw std::invalid_argument(std::string("not a record in JSON: ") + e.what());
  }
}

}  // namespace klamm::cli
