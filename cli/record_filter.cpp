// PCRE2, because std::regex recurses for each character: a value of 100 KB would end the process.
#define PCRE2_CODE_UNIT_WIDTH 8

#include "cli/record_filter.hpp"

#include <array>
#include <pcre2.h>
#include <stdexcept>

#include <fmt/format.h>

namespace klamm::cli {
namespace {

struct free_code {
  void operator()(pcre2_code* code) const { pcre2_code_free(code); }
};
struct free_match {
  void operator()(pcre2_match_data* match) const { pcre2_match_data_free(match); }
};
struct free_limits {
  void operator()(pcre2_match_context* limits) const { pcre2_match_context_free(limits); }
};

/// Enough for a group that is repeated by each character of a record of some MiB.
constexpr std::uint32_t most_memory_kib = 512 << 10;

std::string message_of(int code) {
  std::array<unsigned char, 256> text{};
  pcre2_get_error_message(code, text.data(), text.size());
  return reinterpret_cast<const char*>(text.data());
}

PCRE2_SPTR units(std::string_view text) { return reinterpret_cast<PCRE2_SPTR>(text.data()); }

}  // namespace

struct record_filter::compiled {
  explicit compiled(std::string_view pattern) {
    int code = 0;
    PCRE2_SIZE place = 0;
    program.reset(pcre2_compile(units(pattern), pattern.size(), PCRE2_UTF | PCRE2_MATCH_INVALID_UTF, &code,
                                &place, nullptr));
    if (!program)
      throw std::invalid_argument(fmt::format("\"{}\" is no regular expression: {} at character {}", pattern,
                                              message_of(code), place));
    found.reset(pcre2_match_data_create_from_pattern(program.get(), nullptr));
    limits.reset(pcre2_match_context_create(nullptr));
    pcre2_set_heap_limit(limits.get(), most_memory_kib);
  }

  std::unique_ptr<pcre2_code, free_code> program;
  std::unique_ptr<pcre2_match_data, free_match> found;
  std::unique_ptr<pcre2_match_context, free_limits> limits;
};

record_filter::record_filter(const std::string& text) : text_(text) {
  if (text.size() < 2 || (text[0] != 'k' && text[0] != 'v') || text[1] != ':')
    throw std::invalid_argument("expected k:REGEX or v:REGEX, not \"" + text + '"');
  pattern_ = std::make_shared<const compiled>(std::string_view(text).substr(2));
}

bool record_filter::passes(const RecordView& record) const {
  const auto bytes = (text_[0] == 'k' ? record.key() : record.value()).text();
  const auto outcome =
      pcre2_match(pattern_->program.get(), units(bytes.empty() ? std::string_view("") : bytes), bytes.size(),
                  0, 0, pattern_->found.get(), pattern_->limits.get());
  if (outcome >= 0) return true;
  if (outcome == PCRE2_ERROR_NOMATCH) return false;
  throw std::runtime_error(fmt::format("--filter {}: {}, at {}-{} offset {}: give a pattern that tries less",
                                       text_, message_of(outcome), record.topic(), record.partition().value,
                                       record.offset().value));
}

}  // namespace klamm::cli
