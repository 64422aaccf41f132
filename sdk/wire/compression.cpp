#include "wire/compression.hpp"

#include <array>
#include <cassert>
#include <limits>
#include <string>

#include <fmt/format.h>

#include "wire/codecs.hpp"

namespace klamm::wire {
namespace {

constexpr std::array<std::string_view, 5> names{"none", "gzip", "snappy", "lz4", "zstd"};

// A compressed batch may always be a little larger than the plain one, and the plain one is bounded by its builder.
constexpr auto no_limit = std::numeric_limits<std::size_t>::max() / 4;

}  // namespace

std::string_view name(codec c) { return names[static_cast<std::size_t>(c)]; }

std::optional<codec> parse_codec(std::string_view text) {
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i] == text) return static_cast<codec>(i);
  return {};
}

bool level_in_range(const compression& how) {
  if (!how.level) return true;
  const auto within = [&](int low, int high) { return low <= *how.level && *how.level <= high; };
  switch (how.codec) {
    case codec::gzip: return *how.level == -1 || within(1, 9);
    case codec::lz4: return within(1, 17);
    case codec::zstd: return within(-131072, 22);
    case codec::none:
    case codec::snappy: return false;
  }
  return false;
}

struct compressor::contexts {
  gzip_codec gzip;
  snappy_codec snappy;
  lz4_codec lz4;
  zstd_codec zstd;
  growing_buffer compressed{no_limit};
};

compressor::compressor() : contexts_(std::make_unique<contexts>()) {}
compressor::~compressor() = default;
compressor::compressor(compressor&&) noexcept = default;
compressor& compressor::operator=(compressor&&) noexcept = default;

buffer_slice compressor::compress(const compression& how, const byte_chain& plain) {
  auto& out = contexts_->compressed;
  out.clear();
  switch (how.codec) {
    case codec::none: assert(!"nothing to compress with"); break;
    case codec::gzip: contexts_->gzip.compress(how.level, plain, out); break;
    case codec::snappy: contexts_->snappy.compress(plain, out); break;
    case codec::lz4: contexts_->lz4.compress(how.level, plain, out); break;
    case codec::zstd: contexts_->zstd.compress(how.level, plain, out); break;
  }
  // The scratch buffer stays with the contexts; what is handed out holds no more memory than it needs.
  const auto exact = std::make_shared_for_overwrite<std::byte[]>(out.size());
  std::memcpy(exact.get(), out.written().data(), out.size());
  return {exact, {exact.get(), out.size()}};
}

result<buffer_slice> compressor::decompress(codec c, bytes_view compressed, std::size_t limit,
                                            lz4_header header) {
  growing_buffer out(limit);
  bool sound = false;
  switch (c) {
    case codec::none: assert(!"nothing to decompress"); break;
    case codec::gzip: sound = contexts_->gzip.decompress(compressed, out); break;
    case codec::snappy: sound = contexts_->snappy.decompress(compressed, out); break;
    case codec::lz4: sound = contexts_->lz4.decompress(compressed, header, out); break;
    case codec::zstd: sound = contexts_->zstd.decompress(compressed, out); break;
  }
  if (out.over_limit())
    return error(error_code::invalid_record,
                 fmt::format("{} bytes of {} hold more than the limit of {} bytes", compressed.size(),
                             name(c), limit));
  if (!sound)
    return error(error_code::invalid_record,
                 fmt::format("{} bytes are not whole and sound {}", compressed.size(), name(c)));
  return out.take();
}

}  // namespace klamm::wire
