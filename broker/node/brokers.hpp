// How the other brokers stand, as the newest image has it.
#pragma once

#include "broker/meta/image.hpp"
#include "broker/replica/authority.hpp"

namespace klamm::broker::node {

class brokers final : public replica::broker_registry {
 public:
  /// True: something else is said from now on.
  bool follow(const meta::image_ptr& metadata) {
    const bool other = metadata->cluster != image_->cluster;
    image_ = metadata;
    return other;
  }

  std::optional<replica::broker_standing> find(node_id id) const override {
    const auto* const known = image_->broker(id);
    if (!known) return std::nullopt;
    return replica::broker_standing{known->epoch, known->fenced, known->in_controlled_shutdown,
                                    known->rack ? std::string_view(*known->rack) : std::string_view()};
  }

 private:
  meta::image_ptr image_ = std::make_shared<const meta::image>();
};

}  // namespace klamm::broker::node
