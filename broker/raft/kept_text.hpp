// Keeps a small text on disk: the newest is written, one write at a time.
//
//   event          while nothing is written      while a text is being written
//   ------------   ---------------------------   -------------------------------------------------------------
//   keep(text)     it is written                 it follows, in place of one that waits to follow already
//   written        -                             those who kept it, or an older one, are told; the next is written
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/unique_function.hpp"
#include "broker/log/disk_port.hpp"
#include "broker/raft/durable_file.hpp"

namespace klamm::broker::raft {

class kept_text {
 public:
  using done_handler = unique_function<void(result<void>)>;

  kept_text(log::disk_client& disk, file_place place) : disk_(disk), place_(std::move(place)) {}

  /// `kept`, when this text or a newer one is durable.
  void keep(std::string text, done_handler kept);
  const file_place& place() const { return place_; }

 private:
  void write();

  log::disk_client& disk_;
  const file_place place_;
  std::optional<std::string> next_;
  std::vector<done_handler> waiting_, written_for_;
  bool writing_ = false;
};

}  // namespace klamm::broker::raft
