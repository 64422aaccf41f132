#include "base/error.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace klamm {
namespace {

struct row {
  error_code code;
  std::string_view name;
  error_kind kind;
  std::string_view text;
};

constexpr std::array table{
#define KLAMM_ERROR(name, number, kind, text) row{error_code::name, #name, error_kind::kind, text},
#include "base/error_table.def"
#undef KLAMM_ERROR
};
static_assert(std::ranges::is_sorted(table, {}, &row::code));

const row* find(error_code code) {
  const auto* at = std::ranges::lower_bound(table, code, {}, &row::code);
  return at != table.end() && at->code == code ? at : nullptr;
}

// The names in capitals, as Kafka prints them, made once from the identifiers of the table.
const auto& upper_names() {
  static const auto names = [] {
    std::array<std::string, table.size()> all;
    for (std::size_t i = 0; i < table.size(); ++i)
      for (const char c : table[i].name)
        all[i] += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return all;
  }();
  return names;
}

}  // namespace

std::string_view name(error_code code) {
  const auto* at = find(code);
  return at ? std::string_view(upper_names()[static_cast<std::size_t>(at - table.data())]) : "UNKNOWN";
}

std::string_view describe(error_code code) {
  const auto* at = find(code);
  return at ? at->text : "an error code that this version does not know";
}

error_kind kind(error_code code) {
  const auto* at = find(code);
  return at ? at->kind : error_kind::other;
}

bool retriable(error_code code) {
  const auto k = kind(code);
  return k == error_kind::retriable || k == error_kind::refresh_retriable;
}

bool refreshes_metadata(error_code code) { return kind(code) == error_kind::refresh_retriable; }

}  // namespace klamm
