#include "broker/log/tail_memory.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <iterator>

namespace klamm::broker::log {
namespace {

constexpr std::size_t smallest_chunk = 4 << 10;
constexpr std::size_t largest_chunk = 256 << 10;

}  // namespace

tail_memory::order::iterator tail_memory::charge(log_tail& tail, std::size_t size) {
  used_ += size;
  return order_.insert(order_.end(), &tail);
}

void tail_memory::release(order::iterator entry, std::size_t size) {
  used_ -= size;
  order_.erase(entry);
}

void tail_memory::make_room() {
  for (auto oldest = order_.begin(); oldest != order_.end() && used_ > budget_;) {
    auto* tail = *oldest++;
    tail->evict_front();
  }
}

log_tail::placed log_tail::append(bytes_view batch, offset base, offset last) {
  if (chunks_.empty() || chunks_.back().sealed || chunks_.back().size - chunks_.back().used < batch.size())
    grow(batch.size(), base);
  auto& chunk = chunks_.back();
  const auto from = chunk.used;
  std::memcpy(chunk.bytes.get() + from, batch.data(), batch.size());
  chunk.used += batch.size();
  chunk.batches.push_back({last, static_cast<std::uint32_t>(chunk.used)});
  return {chunk.bytes.get() + from, chunk.slice(from, chunk.used)};
}

void log_tail::grow(std::size_t at_least, offset base) {
  if (chunks_.empty()) next_size_ = smallest_chunk;
  const auto largest = std::clamp(memory_.budget_ / 8, smallest_chunk, largest_chunk);
  while (next_size_ < at_least && next_size_ < largest) next_size_ *= 2;
  const auto size = std::max(next_size_, at_least);
  next_size_ = std::min(next_size_ * 2, largest);
  chunk fresh;
  fresh.bytes = std::shared_ptr<std::byte[]>(new std::byte[size]);
  fresh.size = size;
  fresh.base = base;
  fresh.charged = memory_.charge(*this, size);
  chunks_.push_back(std::move(fresh));
  memory_.make_room();
}

void log_tail::written(offset end) {
  written_ = end;
  if (memory_.used_ > memory_.budget_) memory_.make_room();
}

bool log_tail::evict_front() {
  // The newest chunk stays while it is being filled: its bytes are the ones that are asked for next.
  if (chunks_.size() < 2 || chunks_.front().last() >= written_) return false;
  drop(chunks_.front());
  chunks_.pop_front();
  return true;
}

read_result log_tail::read(const read_spec& spec) const {
  read_result out{.batches = {}, .next = spec.from, .generation = 0};
  auto chunk = std::upper_bound(chunks_.begin(), chunks_.end(), spec.from,
                                [](offset at, const auto& c) { return at < c.base; });
  for (chunk = std::prev(chunk); chunk != chunks_.end(); ++chunk) {
    const auto& batches = chunk->batches;
    auto batch = std::lower_bound(batches.begin(), batches.end(), spec.from,
                                  [](const entry& e, offset at) { return e.last < at; });
    const std::size_t from = batch == batches.begin() ? 0 : std::prev(batch)->end;
    std::size_t to = from;
    bool full = false;
    for (; batch != batches.end(); ++batch) {
      const bool first = out.batches.empty() && to == from;
      const bool fits = out.batches.size() + (batch->end - from) <= spec.max_bytes;
      full = batch->last >= spec.up_to || !(fits || (first && spec.at_least_one));
      if (full) break;
      to = batch->end;
      out.next = batch->last + 1;
    }
    out.batches.append(chunk->slice(from, to));
    if (full) break;
  }
  return out;
}

void log_tail::truncate_to(offset to) {
  while (!chunks_.empty() && chunks_.back().base >= to) {
    drop(chunks_.back());
    chunks_.pop_back();
  }
  written_ = std::min(written_, to);
  if (chunks_.empty()) return;
  auto& chunk = chunks_.back();
  while (!chunk.batches.empty() && chunk.last() >= to) chunk.batches.pop_back();
  if (chunk.batches.empty()) {
    drop(chunk);
    chunks_.pop_back();
    return;
  }
  chunk.used = chunk.batches.back().end;
  chunk.sealed = true;
}

void log_tail::clear() {
  for (const auto& chunk : chunks_) drop(chunk);
  chunks_.clear();
}

}  // namespace klamm::broker::log
