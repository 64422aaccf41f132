#include "api/metrics_hook.hpp"

#include <memory>
#include <utility>

#include "api/metrics_convert.hpp"

namespace klamm::api {

void metrics_hook::measured(client::measurements what) {
  if (posted_.exchange(true)) return;
  call_back_([this, what = std::make_shared<const client::measurements>(std::move(what))] {
    // Only then may the next be posted: an executor of several threads would run both.
    const std::shared_ptr<void> told(nullptr, [this](void*) { posted_ = false; });
    if (!over_) options_.on_metrics(to_public(*what, options_));
  });
}

}  // namespace klamm::api
