// Lines as `kcli consume -f` writes them, read back: the same letters, with text between them.
//
//   %k key  %v or %s value  %h headers (a=1,b=2)  %T timestamp in ms  %p partition  %t %o topic and offset, passed over
//   %% a percent sign; \n \t \r \0 \xHH as in C. A field ends where the text behind its letter begins; the last one takes the rest.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <klamm/record.hpp>

namespace klamm::cli {

class line_format {
 public:
  /// Throws std::invalid_argument for an unknown letter, two letters with nothing between them, or a format without value. A
  /// line break at the end is left out: lines come without.
  explicit line_format(std::string_view format);
  /// Throws std::invalid_argument for a line that does not fit.
  Record parse(std::string_view line) const;

 private:
  struct part {
    char letter;
    std::string behind;
  };
  std::string first_;  // text before the first letter
  std::vector<part> parts_;
};

}  // namespace klamm::cli
