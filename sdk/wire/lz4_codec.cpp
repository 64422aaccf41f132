#include <algorithm>
#include <array>
#include <cassert>

#include <lz4frame.h>

#include "wire/codecs.hpp"

// The LZ4 frame format. Java's reader wants independent blocks; its writer of magic 0 computed the header checksum over
// the magic number too, and its reader of magic 0 does not look at it.

namespace klamm::wire {
namespace {

constexpr std::size_t lz4_step = std::size_t{64} << 10;

// The header with the same meaning and a right checksum, for a frame whose own checksum is not to be looked at.
//
//   magic number, 4 bytes | FLG: version 2 bits, block independence, block checksum, content size, content checksum,
//   reserved, dictionary id | BD: block size in bits 4-6 | content size, 8 bytes, if any | checksum
struct repaired_header {
  std::array<std::byte, LZ4F_HEADER_SIZE_MAX> bytes;
  std::size_t size = 0;
};

bool repair(LZ4F_cctx* context, bytes_view frame, repaired_header& out) {
  if (frame.size() < LZ4F_HEADER_SIZE_MIN) return false;
  out.size = LZ4F_headerSize(frame.data(), frame.size());
  if (LZ4F_isError(out.size) || out.size > frame.size()) return false;
  const auto flags = std::to_integer<unsigned>(frame[4]);
  if (flags & 0x01) return false;  // nobody has a dictionary
  LZ4F_preferences_t same{};
  same.frameInfo.blockSizeID =
      static_cast<LZ4F_blockSizeID_t>(std::to_integer<unsigned>(frame[5]) >> 4 & 0x07);
  if (same.frameInfo.blockSizeID < LZ4F_max64KB) return false;
  same.frameInfo.blockMode = flags & 0x20 ? LZ4F_blockIndependent : LZ4F_blockLinked;
  same.frameInfo.blockChecksumFlag = flags & 0x10 ? LZ4F_blockChecksumEnabled : LZ4F_noBlockChecksum;
  same.frameInfo.contentChecksumFlag = flags & 0x04 ? LZ4F_contentChecksumEnabled : LZ4F_noContentChecksum;
  if (flags & 0x08)
    for (std::size_t i = 0; i < 8; ++i)
      same.frameInfo.contentSize |= std::to_integer<unsigned long long>(frame[6 + i]) << 8 * i;
  return LZ4F_compressBegin(context, out.bytes.data(), out.bytes.size(), &same) == out.size;
}

}  // namespace

struct lz4_codec::contexts {
  contexts() {
    [[maybe_unused]] const auto c = LZ4F_createCompressionContext(&compress, LZ4F_VERSION);
    [[maybe_unused]] const auto d = LZ4F_createDecompressionContext(&decompress, LZ4F_VERSION);
    assert(!LZ4F_isError(c) && !LZ4F_isError(d));
  }
  ~contexts() {
    LZ4F_freeCompressionContext(compress);
    LZ4F_freeDecompressionContext(decompress);
  }
  contexts(const contexts&) = delete;
  contexts& operator=(const contexts&) = delete;

  /// Feeds all of `from`. After it, `hint` is 0 where a frame ended.
  bool feed(bytes_view from, growing_buffer& out, std::size_t& hint) {
    bool filled = true;
    while ((!from.empty() || filled) && !out.over_limit()) {
      const auto room = out.room(lz4_step);
      auto taken = from.size(), made = room.size();
      hint = LZ4F_decompress(decompress, room.data(), &made, from.data(), &taken, nullptr);
      if (LZ4F_isError(hint)) return false;
      out.wrote(made);
      from = from.subspan(taken);
      filled = made == room.size();
      if (hint == 0 && from.empty()) break;
      if (taken == 0 && made == 0 && !from.empty()) return false;
    }
    return !out.over_limit();
  }

  LZ4F_cctx* compress = nullptr;
  LZ4F_dctx* decompress = nullptr;
};

lz4_codec::lz4_codec() = default;
lz4_codec::~lz4_codec() = default;

void lz4_codec::compress(std::optional<int> level, const byte_chain& plain, growing_buffer& out) {
  if (!contexts_) contexts_ = std::make_unique<contexts>();
  LZ4F_preferences_t how{};
  how.frameInfo.blockSizeID = LZ4F_max64KB;
  how.frameInfo.blockMode = LZ4F_blockIndependent;
  how.frameInfo.contentSize = plain.size();
  how.compressionLevel = level.value_or(0);
  const auto wrote = [&](std::size_t size) {
    assert(!LZ4F_isError(size));
    out.wrote(size);
  };
  auto* const context = contexts_->compress;
  auto room = out.room(LZ4F_HEADER_SIZE_MAX);
  wrote(LZ4F_compressBegin(context, room.data(), room.size(), &how));
  for (const auto& slice : plain.slices()) {
    room = out.room(LZ4F_compressBound(slice.size(), &how));
    wrote(LZ4F_compressUpdate(context, room.data(), room.size(), slice.data(), slice.size(), nullptr));
  }
  room = out.room(LZ4F_compressBound(0, &how));
  wrote(LZ4F_compressEnd(context, room.data(), room.size(), nullptr));
}

bool lz4_codec::decompress(bytes_view compressed, lz4_header header, growing_buffer& out) {
  if (!contexts_) contexts_ = std::make_unique<contexts>();
  LZ4F_resetDecompressionContext(contexts_->decompress);
  std::size_t hint = 1;
  if (header == lz4_header::checksum_ignored) {
    repaired_header repaired;
    if (!repair(contexts_->compress, compressed, repaired)) return false;
    if (!contexts_->feed(bytes_view(repaired.bytes).first(repaired.size), out, hint)) return false;
    compressed = compressed.subspan(repaired.size);
  }
  return contexts_->feed(compressed, out, hint) && hint == 0;
}

}  // namespace klamm::wire
