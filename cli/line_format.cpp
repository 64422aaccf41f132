#include "cli/line_format.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include "cli/text.hpp"

namespace klamm::cli {
namespace {

constexpr std::string_view letters = "kvshTpto";

template <class Number>
Number number(char letter, std::string_view text) {
  Number value{};
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc() || end != text.data() + text.size())
    throw std::invalid_argument("%" + std::string(1, letter) + ": \"" + std::string(text) +
                                "\" is no whole number");
  return value;
}

void add_headers(Headers& to, std::string_view text) {
  while (!text.empty()) {
    const auto pair = text.substr(0, text.find(','));
    const auto equals = pair.find('=');
    if (equals == pair.npos)
      throw std::invalid_argument("%h: expected NAME=VALUE, not \"" + std::string(pair) + '"');
    to.add(pair.substr(0, equals), pair.substr(equals + 1));
    text.remove_prefix(std::min(pair.size() + 1, text.size()));
  }
}

void put(Record& to, char letter, std::string_view text) {
  switch (letter) {
    case 'k': to.key = text; break;
    case 'v':
    case 's': to.value = text; break;
    case 'h': add_headers(to.headers, text); break;
    case 'T': to.timestamp = Timestamp(Millis(number<std::int64_t>(letter, text))); break;
    case 'p': to.partition = Partition(number<std::int32_t>(letter, text)); break;
    default: break;  // passed over
  }
}

}  // namespace

line_format::line_format(std::string_view format) {
  auto text = unescape(format);
  if (text.ends_with('\n')) text.pop_back();
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto& literal = parts_.empty() ? first_ : parts_.back().behind;
    if (text[i] != '%' || i + 1 == text.size()) {
      literal += text[i];
    } else if (text[++i] == '%') {
      literal += '%';
    } else if (letters.find(text[i]) == letters.npos) {
      throw std::invalid_argument("%" + std::string(1, text[i]) +
                                  " is not known; there are %k %v %s %h %T %p %t %o and %%");
    } else if (!parts_.empty() && literal.empty()) {
      throw std::invalid_argument("nothing tells %" + std::string(1, parts_.back().letter) + " from %" +
                                  std::string(1, text[i]) + ": put some text between them");
    } else {
      parts_.push_back({text[i], {}});
    }
  }
  const auto is_value = [](const part& one) { return one.letter == 'v' || one.letter == 's'; };
  if (std::ranges::none_of(parts_, is_value))
    throw std::invalid_argument("without %v every record would be a tombstone");
}

Record line_format::parse(std::string_view line) const {
  Record record{RecordRef{}};
  if (!line.starts_with(first_)) throw std::invalid_argument("it does not begin with \"" + first_ + '"');
  line.remove_prefix(first_.size());
  for (const auto& one : parts_) {
    const auto& [letter, behind] = one;
    const auto end = &one != &parts_.back()   ? line.find(behind)
                     : line.ends_with(behind) ? line.size() - behind.size()
                                              : line.npos;
    if (end == line.npos)
      throw std::invalid_argument("there is no \"" + printable(behind) + "\" behind %" +
                                  std::string(1, letter));
    put(record, letter, line.substr(0, end));
    line.remove_prefix(end + behind.size());
  }
  return record;
}

}  // namespace klamm::cli
