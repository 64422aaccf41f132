// What kcli's exit status says.
#pragma once

#include <klamm/error.hpp>

namespace klamm::cli {

enum exit_code : int {
  ok = 0,
  item_failed = 1,  // something that was asked for failed; the rest was done
  usage = 2,        // the command line is wrong; nothing was done
  unreachable = 3,  // no broker answers
  timed_out = 4,
  interrupted = 130  // SIGINT, as shells have it
};

/// The status for a failure of the command as a whole.
exit_code exit_code_of(const Error& why);
/// The status after one more of its items failed: what all failures say, or else item_failed.
exit_code exit_code_of(exit_code so_far, const Error& why);

}  // namespace klamm::cli
