// The admin client behind the public one: an engine without producer and
// consumer.
#pragma once

#include <memory>

#include <klamm/admin.hpp>

#include "api/engine.hpp"

namespace klamm {
inline namespace v1 {
namespace detail {

class AdminClient {
 public:
  explicit AdminClient(const ClientOptions& options)
      : engine(
            std::make_shared<api::engine>(options, api::core_options_of(options), nullptr, nullptr, nullptr)),
        timeout(api::to_duration(options.api_timeout)) {
    engine->start();
  }
  ~AdminClient();
  AdminClient(const AdminClient&) = delete;
  AdminClient& operator=(const AdminClient&) = delete;

  std::shared_ptr<api::engine> engine;
  const duration timeout;
};

}  // namespace detail
}  // namespace v1
}  // namespace klamm
