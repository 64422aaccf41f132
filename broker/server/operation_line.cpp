#include "broker/server/operation_line.hpp"

#include <utility>
#include <variant>

namespace klamm::broker::server {

std::optional<log::disk_completion> operation_line::perform(const log::disk_request& request) {
  if (kept_.empty())
    if (auto outcome = carry_out(request); !outcome.no_descriptor)
      return static_cast<log::disk_completion&&>(outcome);
  kept_.push_back(request);
  return std::nullopt;
}

std::vector<log::disk_completion> operation_line::retry() {
  std::vector<log::disk_completion> done;
  for (; !kept_.empty(); kept_.pop_front()) {
    auto outcome = carry_out(kept_.front());
    if (outcome.no_descriptor) break;
    done.push_back(static_cast<log::disk_completion&&>(outcome));
  }
  return done;
}

disk_outcome operation_line::carry_out(const log::disk_request& request) {
  disk_outcome outcome;
  outcome.id = request.id;
  std::visit(
      [&](const auto& what) {
        if constexpr (requires { what.file; })
          file_.perform(what, outcome);
        else
          server::perform(files_, what, outcome);
      },
      request.operation);
  return outcome;
}

}  // namespace klamm::broker::server
