#include <cassert>

#include <zstd.h>

#include "wire/codecs.hpp"

namespace klamm::wire {
namespace {

constexpr std::size_t zstd_step = std::size_t{64} << 10;

struct free_compression {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
};
struct free_decompression {
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

// A frame may ask for a window of 128 MiB (level 22 does): such a context is not kept.
constexpr std::size_t largest_context_kept = std::size_t{4} << 20;

}  // namespace

struct zstd_codec::contexts {
  std::unique_ptr<ZSTD_CCtx, free_compression> compress;
  std::unique_ptr<ZSTD_DCtx, free_decompression> decompress;
};

zstd_codec::zstd_codec() : contexts_(std::make_unique<contexts>()) {}
zstd_codec::~zstd_codec() = default;

void zstd_codec::compress(std::optional<int> level, const byte_chain& plain, growing_buffer& out) {
  if (!contexts_->compress) contexts_->compress.reset(ZSTD_createCCtx());
  auto* const context = contexts_->compress.get();
  ZSTD_CCtx_reset(context, ZSTD_reset_session_and_parameters);
  ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level.value_or(ZSTD_CLEVEL_DEFAULT));
  ZSTD_CCtx_setPledgedSrcSize(context, plain.size());
  for (const auto& slice : plain.slices()) {
    const auto mode = &slice == &plain.slices().back() ? ZSTD_e_end : ZSTD_e_continue;
    ZSTD_inBuffer in{slice.data(), slice.size(), 0};
    std::size_t left = 0;
    do {
      const auto room = out.room(zstd_step);
      ZSTD_outBuffer to{room.data(), room.size(), 0};
      left = ZSTD_compressStream2(context, &to, &in, mode);
      assert(!ZSTD_isError(left));
      out.wrote(to.pos);
    } while (in.pos < in.size || (mode == ZSTD_e_end && left));
  }
}

bool zstd_codec::decompress(bytes_view compressed, growing_buffer& out) {
  if (!contexts_->decompress) contexts_->decompress.reset(ZSTD_createDCtx());
  auto* const context = contexts_->decompress.get();
  ZSTD_DCtx_reset(context, ZSTD_reset_session_only);
  ZSTD_inBuffer in{compressed.data(), compressed.size(), 0};
  std::size_t hint = 1;  // 0: a frame ended and all of it was flushed
  bool filled = true;
  while ((in.pos < in.size || filled) && !out.over_limit()) {
    const auto room = out.room(zstd_step);
    ZSTD_outBuffer to{room.data(), room.size(), 0};
    hint = ZSTD_decompressStream(context, &to, &in);
    if (ZSTD_isError(hint)) break;
    out.wrote(to.pos);
    filled = to.pos == to.size;
    if (hint == 0 && in.pos == in.size) break;
  }
  if (ZSTD_sizeof_DCtx(context) > largest_context_kept) contexts_->decompress.reset();
  return hint == 0 && !out.over_limit();
}

}  // namespace klamm::wire
