#include "handoff/chunk_pool.hpp"

#include <algorithm>
#include <bit>
#include <utility>

#if defined(__SANITIZE_ADDRESS__)
#define KLAMM_POISONS
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define KLAMM_POISONS
#endif
#endif

#ifdef KLAMM_POISONS
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(from, size) (static_cast<void>(from), static_cast<void>(size))
#define ASAN_UNPOISON_MEMORY_REGION(from, size) (static_cast<void>(from), static_cast<void>(size))
#endif

namespace klamm::handoff {
namespace {

// What is kept of each size: as much as busy partitions turn over within a round trip.
constexpr std::size_t kept_bytes = std::size_t{2} << 20;
constexpr std::size_t smallest = 1 << 10;

constexpr std::size_t size_class(std::size_t size) {
  return static_cast<std::size_t>(std::countr_zero(size / smallest)) / 2;
}
static_assert(size_class(1 << 10) == 0 && size_class(4 << 10) == 1 && size_class(64 << 10) == 3);

// What a slice of foreign memory holds besides its bytes: the charge.
struct charge {
  std::shared_ptr<chunk_pool> pool;
  std::shared_ptr<const void> owner;
  std::size_t size;

  charge(std::shared_ptr<chunk_pool> p, std::shared_ptr<const void> o, std::size_t s)
      : pool(std::move(p)), owner(std::move(o)), size(s) {}
  charge(const charge&) = delete;
  charge& operator=(const charge&) = delete;
  ~charge() {
    owner.reset();
    pool->budget().give_back(size);
  }
};

}  // namespace

chunk_pool::~chunk_pool() {
  for (std::size_t i = 0; i < free_.size(); ++i)
    for (auto* bytes : free_[i]) {
      ASAN_UNPOISON_MEMORY_REGION(bytes, smallest << 2 * i);
      delete[] bytes;
    }
}

std::byte* chunk_pool::find(std::size_t size) {
  const std::lock_guard lock(mutex_);
  auto& free = free_[size_class(size)];
  if (free.empty()) return nullptr;
  auto* const bytes = free.back();
  free.pop_back();
  ASAN_UNPOISON_MEMORY_REGION(bytes, size);
  return bytes;
}

std::shared_ptr<std::byte[]> chunk_pool::take(std::size_t size) {
  auto* bytes = find(size);
  if (!bytes) bytes = new std::byte[size];
  return {bytes, give_back{shared_from_this(), size}};
}

void chunk_pool::keep(std::byte* bytes, std::size_t size) {
  const std::lock_guard lock(mutex_);
  auto& free = free_[size_class(size)];
  if ((free.size() + 1) * size > kept_bytes) {
    delete[] bytes;
    return;
  }
  ASAN_POISON_MEMORY_REGION(bytes, size);
  free.push_back(bytes);
}

void chunk_pool::put(std::byte* bytes, std::size_t size) {
  // With the planted fault the chunk is in the pool already, or in somebody else's batch.
  if (!fires(faults_, "handoff.early_release")) keep(bytes, size);
  budget_.give_back(size);
}

buffer_slice chunk_pool::charged(buffer_slice slice) {
  budget_.overdraw(slice.size());
  auto owner = std::make_shared<charge>(shared_from_this(), slice.owner(), slice.size());
  return {std::move(owner), slice.view()};
}

byte_chain chunk_pool::charged(const byte_chain& chain) {
  byte_chain all;
  for (const auto& slice : chain.slices()) all.append(charged(slice));
  return all;
}

void chunk_pool::resolved(const byte_chain& body) {
  if (!fires(faults_, "handoff.early_release")) return;
  std::size_t chunks = 0;
  for (const auto& slice : body.slices())
    keep(const_cast<std::byte*>(slice.data()),
         smallest << 2 * std::min<std::size_t>(chunks++, free_.size() - 1));
}

}  // namespace klamm::handoff
