#include "broker/server/descriptor_shortage.hpp"

#include <chrono>

#include <fmt/format.h>

namespace klamm::broker::server {
namespace {

constexpr std::chrono::milliseconds retry_each(100);
constexpr std::chrono::seconds before_saying(1), say_again_after(30), patience(10);

}  // namespace

descriptor_shortage::decision descriptor_shortage::look(time_point now, bool is_short, bool serving) {
  if (!is_short) {
    *this = {};
    return {};
  }
  decision out;
  if (!begun()) {
    since_ = now;
    retry_at_ = now + retry_each;
    say_at_ = now + before_saying;
  }
  if (now >= retry_at_) {
    out.retry = true;
    retry_at_ = now + retry_each;
  }
  if (now >= say_at_) {
    out.say = true;
    say_at_ = now + say_again_after;
  }
  out.give_up = !serving && now - since_ >= patience;
  return out;
}

std::string descriptor_shortage::text(std::size_t limit) {
  return fmt::format(
      "files cannot be opened: the process may have {} descriptors (RLIMIT_NOFILE), and these are taken, or "
      "those of the system (fs.file-max). What needs one waits. Raise the limit (ulimit -n, LimitNOFILE=, "
      "prlimit --nofile), or have fewer partitions",
      limit);
}

}  // namespace klamm::broker::server
