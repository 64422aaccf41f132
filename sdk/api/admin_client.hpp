// The admin client behind the public one: an engine without producer and
// consumer.
#pragma once

#include <memory>
#include <string_view>
#include <tuple>
#include <utility>

#include <klamm/admin.hpp>

#include "api/operation.hpp"
#include "client/administration.hpp"

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
  /// Of the Admin that a part belongs to.
  template <class Part>
  static const AdminClient& of(Part& part) {
    return *static_cast<Admin&>(part).client_;
  }
  AdminClient(const AdminClient&) = delete;
  AdminClient& operator=(const AdminClient&) = delete;

  std::shared_ptr<api::engine> engine;
  const duration timeout;
};

}  // namespace detail
}  // namespace v1

namespace api {

/// One of the administration's commands with `asked`, for an Admin by any of its parts; `convert` makes the public value
/// of what it answers, and `what` outlives everything.
template <class T, class Part, class... Parameters, class Convert, class... Asked>
detail::Deferred<T> administer(Part& part, std::string_view what,
                               void (client::administration::*command)(Parameters...), Convert convert,
                               Asked... asked) {
  using done = client::last_of<Parameters...>;
  const auto& by = detail::AdminClient::of(part);
  return defer<T, client::completed_by<done>>(
      by.engine, what,
      [command, timeout = by.timeout, all = std::tuple<Asked...>(std::move(asked)...)](
          client::client_core& core, done then, instant now, link::net_effects& out) mutable {
        std::apply(
            [&](auto&... each) {
              core.administer(command, timeout, std::move(then), now, out, std::move(each)...);
            },
            all);
      },
      std::move(convert));
}

/// The blocking form of an operation of any part of an Admin.
template <class Part, class T>
Result<T> wait(Part& of, std::string_view what, detail::Deferred<T> operation) {
  return wait_for(*detail::AdminClient::of(of).engine, what, std::move(operation));
}

}  // namespace api
}  // namespace klamm
