#include "broker/raft/kept_text.hpp"

#include <utility>

namespace klamm::broker::raft {

void kept_text::keep(std::string text, done_handler kept) {
  next_ = std::move(text);
  waiting_.push_back(std::move(kept));
  if (!writing_) write();
}

void kept_text::write() {
  writing_ = true;
  const auto text = *std::exchange(next_, std::nullopt);
  written_for_ = std::exchange(waiting_, {});
  replace_file(disk_, place_, byte_chain(buffer_slice::copy(as_bytes_view(text))), [this](result<void> how) {
    writing_ = false;
    auto told = std::exchange(written_for_, {});
    if (next_) write();
    for (auto& kept : told) kept(how);
  });
}

}  // namespace klamm::broker::raft
