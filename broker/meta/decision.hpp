// What the controller decides a request on, and what it decides: records to append and the answer to give once they are
// committed and served. Decisions are functions of an image: they change nothing themselves.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/entropy.hpp"
#include "base/faults.hpp"
#include "base/rng.hpp"
#include "broker/meta/config_view.hpp"
#include "broker/meta/image.hpp"
#include "broker/meta/record.hpp"

namespace klamm::broker::meta {

/// Text that an answer refers to and that no request holds. Addresses are stable.
class text_pool {
 public:
  std::string_view keep(std::string text) { return texts_.emplace_back(std::move(text)); }

 private:
  std::deque<std::string> texts_;
};

/// More are not appended as one batch, and no request may ask for more at once (KAFKA-14204).
inline constexpr std::size_t most_records_at_once = 10'000;

struct decision {
  decision(const image& image, const config_map& own, node_id self, entropy_source& source, rng& chance)
      : state(image), configs(state, own, self), entropy(source), random(chance) {}

  const image& state;
  config_view configs;
  entropy_source& entropy;
  rng& random;
  fault_injector* faults = nullptr;
  offset next{0};  // of the first record that is appended now
  /// Appended as one batch. They may refer to the request, to `state` and to `texts`.
  std::vector<metadata_record> records;
  std::shared_ptr<text_pool> texts = std::make_shared<text_pool>();

  /// Decided next, on the state that has these records; null: nothing follows.
  void (*then)(decision&) = nullptr;

  /// What a record refers to.
  const broker_image& keep(broker_image broker) { return brokers_.emplace_back(std::move(broker)); }
  const controller_image& keep(controller_image one) { return controllers_.emplace_back(std::move(one)); }

  /// Writes an item's error and what to say about it.
  template <class Item>
  void refuse(Item& item, error why) {
    item.error_code = why.code;
    if (!why.message.empty()) item.error_message = texts->keep(std::move(why.message));
  }

 private:
  std::deque<broker_image> brokers_;
  std::deque<controller_image> controllers_;
};

}  // namespace klamm::broker::meta
