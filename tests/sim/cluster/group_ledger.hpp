// What a consumer group promises beyond the log: at least once, and from the offsets that it was told are committed.
//
//   rule                  broken when
//   -------------------   ----------------------------------------------------------------------------------------
//   commits stay          a member starts below an offset whose commit was acknowledged before it was assigned
//   commits are commits   a member starts above every offset that anybody ever asked to commit, or to delete up to
//   at least once         a record lies in the log that no member was shown, though the group came to the end
//
// Commits stay but for those below what somebody asked to delete: a leader begins there at once, its successor may not have heard of it
// yet, here as on Apache Kafka. A member that finds itself below the start of the one begins anew at the start of the other.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "client/fetch_sink.hpp"

namespace klamm::sim {

class group_ledger {
 public:
  void asked_to_commit(const topic_partition& at, offset next);
  void committed(const topic_partition& at, offset next);
  void asked_to_delete(const topic_partition& at, offset before);
  /// Of a reader, which is one member in one life of its process.
  void assigned(int reader, const topic_partition& at);
  void starts(int reader, const topic_partition& at, offset start);
  void shown(const topic_partition& at, offset what);

  offset floor(const topic_partition& at) const;
  bool was_shown(const topic_partition& at, offset what) const;
  /// What was found so far.
  const std::vector<std::string>& faults() const { return faults_; }

 private:
  struct partition {
    offset asked{0}, committed{0}, deletable{0};
    std::set<offset> shown;
  };
  std::map<topic_partition, partition> partitions_;
  std::map<std::pair<int, topic_partition>, offset> floors_;
  std::vector<std::string> faults_;
};

}  // namespace klamm::sim
