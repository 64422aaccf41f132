// Which records are shown, by their keys or values.
#pragma once

#include <memory>
#include <string>

#include <klamm/record.hpp>

namespace klamm::cli {

/// A regular expression of Perl's kind, found anywhere in a record's key or value. Text is UTF-8; bytes that are none match nothing.
class record_filter {
 public:
  /// `k:REGEX` for the key, `v:REGEX` for the value. Throws std::invalid_argument for anything else.
  explicit record_filter(const std::string& text);

  /// A null key or value is like an empty one. Throws std::runtime_error where finding out would take too long.
  bool passes(const RecordView& record) const;

 private:
  struct compiled;

  std::string text_;
  std::shared_ptr<const compiled> pattern_;
};

}  // namespace klamm::cli
