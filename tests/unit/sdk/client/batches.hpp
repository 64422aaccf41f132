// Batches for the tests: sealed ones of n records, and drained ones that write down what became of them.
#pragma once

#include <string>
#include <vector>

#include <fmt/format.h>

#include "client/batch_source.hpp"
#include "wire/batch_builder.hpp"

namespace klamm::test {

inline wire::sealed_batch sealed(int records) {
  wire::batch_builder builder;
  wire::compressor contexts;
  wire::record_ref record{};
  record.timestamp = timestamp(1000);
  for (int i = 0; i < records; ++i) builder.append(record);
  return builder.seal({}, contexts);
}

/// Writes `a@7` (acknowledged at offset 7) or `a:ERROR` to the story, with `?` where it may have been written all the same, and
/// `by host:port (node 1)` where that is known.
class told_batch final : public client::drained_batch {
 public:
  told_batch(std::string name, int records, std::vector<std::string>& story, time_point opened = {})
      : told_batch(std::move(name), test::sealed(records), story, opened) {}
  told_batch(std::string name, wire::sealed_batch batch, std::vector<std::string>& story,
             time_point opened = {})
      : name_(std::move(name)), batch_(std::move(batch)), story_(story), opened_(opened) {}

  const wire::sealed_batch& sealed() const override { return batch_; }
  time_point opened() const override { return opened_; }
  void acknowledged(offset base, timestamp) override {
    story_.push_back(fmt::format("{}@{}", name_, base.value));
  }
  void failed(const error& why) override {
    story_.push_back(
        fmt::format("{}:{}{}", name_, klamm::name(why.code), why.maybe_written.value_or(false) ? "?" : ""));
    if (!why.broker.empty()) story_.back() += " by " + why.broker;
  }
  result<std::vector<client::batch_ptr>> split(std::size_t) override {
    if (batch_.record_count < 2) return error(error_code::message_too_large);
    std::vector<client::batch_ptr> out;
    const auto half = batch_.record_count / 2;
    out.push_back(std::make_unique<told_batch>(name_ + "1", half, story_, opened_));
    out.push_back(std::make_unique<told_batch>(name_ + "2", batch_.record_count - half, story_, opened_));
    return out;
  }

 private:
  std::string name_;
  wire::sealed_batch batch_;
  std::vector<std::string>& story_;
  time_point opened_;
};

}  // namespace klamm::test
