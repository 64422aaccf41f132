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

bool leaves_open(error_code code) {
  switch (code) {
    // Who was asked does not know, or does not say.
    case error_code::unknown_server_error:
    case error_code::request_timed_out:
    case error_code::not_enough_replicas_after_append:
    // It began, and was replaced: what waits for others is answered so then, and may be carried on by the successor.
    case error_code::not_leader_or_follower:
    case error_code::not_controller:
    case error_code::not_coordinator:
    case error_code::coordinator_not_available:
    case error_code::kafka_storage_error:
    // Nobody answered, or not so that it could be read.
    case error_code::malformed_response:
    case error_code::network_exception:
    case error_code::disconnected:
    case error_code::timed_out:
    case error_code::delivery_timeout: return true;
    default: return false;
  }
}

}  // namespace klamm
