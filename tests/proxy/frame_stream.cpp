#include "tests/proxy/frame_stream.hpp"

#include <algorithm>

#include "wire/endian.hpp"

namespace klamm::proxy {
namespace {

constexpr std::size_t size_bytes = 4;
constexpr std::size_t largest_frame = std::size_t{128} << 20;

}  // namespace

ending frame_stream::take(bytes_view in, std::vector<std::byte>& out) {
  while (!in.empty()) {
    const auto wanted = left_ > 0 ? left_ : size_bytes + head_size_ - head_.size();
    const auto next = in.first(std::min(wanted, in.size()));
    in = in.subspan(next.size());
    ending end = ending::none;
    if (left_ > 0) {
      end = pass(next, out);
    } else {
      head_.insert(head_.end(), next.begin(), next.end());
      if (head_.size() == size_bytes + head_size_) end = begin_frame(out);
    }
    if (end != ending::none) return end;
  }
  return ending::none;
}

ending frame_stream::begin_frame(std::vector<std::byte>& out) {
  const auto head = std::exchange(head_, {});
  const auto size = wire::load<std::int32_t>(head.data());
  if (std::cmp_less(size, head_size_) || std::cmp_greater(size, largest_frame)) return ending::reset;
  const auto decided = decide_(bytes_view(head).subspan(size_bytes));
  if (decided == fate::withhold) return ending::close;
  cut_ = decided == fate::cut;
  left_ = (size_bytes + static_cast<std::size_t>(size)) / (cut_ ? 2 : 1);
  whole_.clear();
  return pass(bytes_view(head).first(std::min(left_, head.size())), out);
}

ending frame_stream::pass(bytes_view bytes, std::vector<std::byte>& out) {
  out.insert(out.end(), bytes.begin(), bytes.end());
  if (shown_) whole_.insert(whole_.end(), bytes.begin(), bytes.end());
  left_ -= bytes.size();
  if (left_ > 0) return ending::none;
  if (cut_) return ending::reset;
  if (shown_) shown_(bytes_view(whole_).subspan(size_bytes));
  return ending::none;
}

}  // namespace klamm::proxy
