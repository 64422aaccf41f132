// Compressing and decompressing whole batch bodies: gzip, snappy, lz4 and zstd, as Kafka frames them.
//
//   codec    written as                                       also read
//   ------   ----------------------------------------------   -----------------------------------------------
//   gzip     one member; levels 1-3 by ISA-L, 4-9 by zlib     several members
//   snappy   Xerial frames of at most 32 KiB (Java's)         raw blocks (librdkafka's, franz-go's)
//   lz4      LZ4 frame, independent 64 KiB blocks             any block size; the bad header checksum of magic 0
//   zstd     one frame with its content size                  several frames, no content size (Java's)
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace klamm::wire {

/// The codecs by the number that the low three bits of a batch's attributes hold.
enum class codec : std::uint8_t { none, gzip, snappy, lz4, zstd };

/// Kafka's name: "none", "gzip", "snappy", "lz4", "zstd".
std::string_view name(codec c);
std::optional<codec> parse_codec(std::string_view name);

/// A codec and how hard it tries (KIP-390). Without a level: 1 for gzip, 9 for lz4, 3 for zstd; snappy has
/// none.
struct compression {
  wire::codec codec = codec::none;
  std::optional<int> level{};
  bool operator==(const compression&) const = default;
};

/// Whether the level is one that the codec has: gzip 1-9 and -1, lz4 1-17, zstd -131072-22.
bool level_in_range(const compression& how);

/// Which frames a reader must put up with.
enum class lz4_header { checked, checksum_ignored };

/// The contexts of every codec, made at first use and used again: one per thread that compresses or
/// decompresses.
class compressor {
 public:
  compressor();
  ~compressor();
  compressor(compressor&&) noexcept;
  compressor& operator=(compressor&&) noexcept;

  /// The compressed form, in a buffer of its exact size. Precondition: a codec other than none, a level in
  /// range.
  buffer_slice compress(const compression& how, const byte_chain& plain);

  /// The plain form in a new buffer. Fails with invalid_record where the bytes are not what the codec writes,
  /// stop too early, or hold more than `limit` bytes; memory grows with what is really there, never by what a
  /// header claims.
  result<buffer_slice> decompress(codec c, bytes_view compressed, std::size_t limit,
                                  lz4_header header = lz4_header::checked);

 private:
  struct contexts;
  std::unique_ptr<contexts> contexts_;
};

}  // namespace klamm::wire
