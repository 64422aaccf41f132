// What was sent to one topic, what became of it, and what is there: numbered records, each of which says its topic, its number,
// and bytes derived from both, so that a record that is lost, doubled, out of order or of another topic is told apart.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <klamm/producer.hpp>
#include <klamm/records.hpp>

namespace klamm::delivery {

struct verdict {
  std::uint64_t sent = 0, acknowledged = 0, failed = 0;
  std::uint64_t untold = 0;      ///< records whose outcome was not told
  std::uint64_t told_again = 0;  ///< outcomes of records that had one
  std::uint64_t arrived = 0;     ///< records read, doubles included
  std::uint64_t duplicates = 0;  ///< those whose number had arrived before
  std::uint64_t reordered = 0;   ///< those behind a later number of the same key
  std::uint64_t foreign = 0;     ///< those that are no record of this topic, in any byte
  std::uint64_t lost = 0;        ///< acknowledged, and not there
  std::uint64_t unpromised = 0;  ///< failed, and there all the same
};

class ledger {
 public:
  static constexpr std::uint32_t keys = 100;

  /// The value of a record, 64 to 191 bytes.
  static std::string value_of(std::string_view topic, std::uint32_t number);
  /// The number that a value states, if all its bytes are those of that record of the topic.
  static std::optional<std::uint32_t> number_in(std::string_view topic, std::string_view value);

  /// For up to `records` records.
  ledger(std::string topic, std::uint32_t records)
      : topic_(std::move(topic)), told_(records), seen_(records) {}

  const std::string& topic() const { return topic_; }
  std::uint32_t sent() const { return sent_; }
  bool full() const { return sent_ == told_.size(); }

  /// Sends the next record, by a Producer or what looks like one. Each outcome is told to this ledger, which outlives the producer, on the callbacks' thread.
  template <class To>
  void send_next(To& to) {
    const auto number = sent_++;
    const auto key = std::to_string(number % keys), value = value_of(topic_, number);
    to.send({.topic = topic_, .key = key, .value = value},
            [this, number](const auto& outcome) { tell(number, static_cast<bool>(outcome)); });
  }
  void tell(std::uint32_t number, bool stored);

  void read(const RecordView& record);
  /// Precondition: nobody tells any more.
  verdict judged() const;

 private:
  enum class outcome : std::uint8_t { untold, stored, failed };

  const std::string topic_;
  std::uint32_t sent_ = 0;
  std::vector<outcome> told_;       // by number
  std::vector<std::uint8_t> seen_;  // by number
  std::vector<std::int64_t> latest_ = std::vector<std::int64_t>(keys, -1);
  verdict counts_;
};

/// Reads all partitions of the ledgers' topics from the first record to the last.
/// Throws if nothing comes for a minute, or if an offset comes twice or not in order: the reader's own fault.
void read_back(std::string_view bootstrap, std::vector<ledger*> into);

/// Creates a topic and returns when it can be produced to.
void create_topic(std::string_view bootstrap, const std::string& name, int partitions);

}  // namespace klamm::delivery
