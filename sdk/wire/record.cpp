#include "wire/record.hpp"

#include "wire/record_parser.hpp"

namespace klamm::wire {

void header_views::iterator::read() {
  if (left_ == 0) return;
  const auto* const end = rest_.data() + rest_.size();
  rest_ = {get_header(rest_.data(), end, current_), end};
}

}  // namespace klamm::wire
