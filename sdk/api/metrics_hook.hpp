// The machines' measurements for the application's on_metrics.
//
//   event                              what happens
//   --------------------------------   -----------------------------------------------------------
//   measured                           a call of on_metrics is posted to where callbacks run
//   measured, and one is posted        left out: who is slow has the next one
//   over (the client is closed or      a call that is posted tells nothing any more; one that runs on another thread ends
//   destroyed)                         by itself
#pragma once

#include <atomic>
#include <utility>

#include <klamm/options.hpp>

#include "base/unique_function.hpp"
#include "client/measurements.hpp"

namespace klamm::api {

class metrics_hook final : public client::measurement_sink {
 public:
  /// `call_back` runs its task where the application wants its callbacks, and keeps this object until then.
  metrics_hook(const ClientOptions& of, unique_function<void(Task)> call_back)
      : options_(of), call_back_(std::move(call_back)) {}

  bool wanted() const { return options_.on_metrics && options_.metrics_interval > Millis(0); }
  void measured(client::measurements what) override;
  void over() override { over_ = true; }

 private:
  const ClientOptions& options_;
  unique_function<void(Task)> call_back_;
  std::atomic<bool> posted_{false}, over_{false};
};

}  // namespace klamm::api
