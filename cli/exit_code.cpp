#include "cli/exit_code.hpp"

namespace klamm::cli {

exit_code exit_code_of(const Error& why) {
  if (why == errc::invalid_options) return usage;
  if (why == errc::connect_failed || why == errc::disconnected) return unreachable;
  if (why == errc::timed_out || why == errc::delivery_timeout || why == errc::request_timed_out)
    return timed_out;
  return item_failed;
}

exit_code exit_code_of(exit_code so_far, const Error& why) {
  const auto one = exit_code_of(why);
  return so_far == ok || so_far == one ? one : item_failed;
}

}  // namespace klamm::cli
