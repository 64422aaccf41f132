// Keeps quorum-state on disk: the newest state is written, one write at a time.
//
//   event           while nothing is written      while a state is being written
//   -------------   ---------------------------   -------------------------------------------------------------
//   keep(state)     it is written                 it follows, in place of one that waits to follow already
//   written         -                             those who kept it, or an older one, are told; the next is written
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/unique_function.hpp"
#include "broker/log/disk_port.hpp"
#include "broker/raft/election_state.hpp"

namespace klamm::broker::raft {

class election_file {
 public:
  using done_handler = unique_function<void(result<void>)>;
  static constexpr std::string_view name = "quorum-state";

  election_file(log::disk_client& disk, std::string directory)
      : disk_(disk), directory_(std::move(directory)) {}

  void read(unique_function<void(result<election_state>)> done);
  /// `kept`, when this state or a newer one is durable.
  void keep(const election_state& state, done_handler kept);

 private:
  void write();

  log::disk_client& disk_;
  const std::string directory_;
  std::optional<election_state> next_;
  std::vector<done_handler> waiting_, written_for_;
  bool writing_ = false;
};

}  // namespace klamm::broker::raft
