#include "broker/raft/election_file.hpp"

#include <utility>

#include "broker/raft/durable_file.hpp"

namespace klamm::broker::raft {

void election_file::read(unique_function<void(result<election_state>)> done) {
  const file_place place{directory_, std::string(name)};
  read_file(disk_, place.path(), [done = std::move(done)](result<buffer_slice> file) mutable {
    if (!file) return done(file.failure());
    done(parse_election_state(as_text(file->view())));
  });
}

void election_file::keep(const election_state& state, done_handler kept) {
  next_ = state;
  waiting_.push_back(std::move(kept));
  if (!writing_) write();
}

void election_file::write() {
  writing_ = true;
  const auto json = to_json(*std::exchange(next_, std::nullopt));
  written_for_ = std::exchange(waiting_, {});
  replace_file(disk_, {directory_, std::string(name)}, byte_chain(buffer_slice::copy(as_bytes_view(json))),
               [this](result<void> how) {
                 writing_ = false;
                 auto told = std::exchange(written_for_, {});
                 if (next_) write();
                 for (auto& kept : told) kept(how);
               });
}

}  // namespace klamm::broker::raft
