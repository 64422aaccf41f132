#include "base/log_sink.hpp"

namespace klamm {
namespace {

class silent final : public log_sink {
 public:
  bool wants(log_level) const override { return false; }
  void write(log_level, std::string_view, std::string_view) override {}
};

}  // namespace

log_sink& silent_log() {
  static silent sink;
  return sink;
}

}  // namespace klamm
