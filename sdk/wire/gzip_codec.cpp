#include <cassert>
#include <vector>
#include <zlib.h>

#include <isa-l/igzip_lib.h>

#include "wire/codecs.hpp"

namespace klamm::wire {
namespace {

constexpr std::size_t step = std::size_t{16} << 10;

std::uint8_t* input(bytes_view bytes) {
  return reinterpret_cast<std::uint8_t*>(const_cast<std::byte*>(bytes.data()));
}

// The levels that ISA-L does not have.
void compress_thoroughly(int level, const byte_chain& plain, growing_buffer& out) {
  constexpr int gzip_window = 15 + 16, memory = 8;
  z_stream z{};
  [[maybe_unused]] const auto ready =
      deflateInit2(&z, level, Z_DEFLATED, gzip_window, memory, Z_DEFAULT_STRATEGY);
  assert(ready == Z_OK);
  for (const auto& slice : plain.slices()) {
    z.next_in = input(slice.view());
    z.avail_in = static_cast<uInt>(slice.size());
    const bool last = &slice == &plain.slices().back();
    do {
      const auto room = out.room(step);
      z.next_out = reinterpret_cast<Bytef*>(room.data());
      z.avail_out = static_cast<uInt>(room.size());
      deflate(&z, last ? Z_FINISH : Z_NO_FLUSH);
      out.wrote(room.size() - z.avail_out);
    } while (z.avail_out == 0);
  }
  deflateEnd(&z);
}

}  // namespace

struct gzip_codec::isal {
  isal_zstream deflate;
  inflate_state inflate;
  std::vector<std::uint8_t> level_buffer;
};

gzip_codec::gzip_codec() = default;
gzip_codec::~gzip_codec() = default;

void gzip_codec::compress(std::optional<int> level, const byte_chain& plain, growing_buffer& out) {
  const int wanted = level.value_or(-1) < 0 ? 1 : *level;
  if (wanted > ISAL_DEF_MAX_LEVEL) return compress_thoroughly(wanted, plain, out);
  if (!isal_) isal_ = std::make_unique<isal>();
  constexpr std::size_t level_buffer_sizes[]{ISAL_DEF_LVL0_DEFAULT, ISAL_DEF_LVL1_DEFAULT,
                                             ISAL_DEF_LVL2_DEFAULT, ISAL_DEF_LVL3_DEFAULT};
  isal_->level_buffer.resize(level_buffer_sizes[wanted]);
  auto& z = isal_->deflate;
  isal_deflate_init(&z);
  z.level = static_cast<std::uint32_t>(wanted);
  z.level_buf = isal_->level_buffer.data();
  z.level_buf_size = static_cast<std::uint32_t>(isal_->level_buffer.size());
  z.gzip_flag = IGZIP_GZIP;
  for (const auto& slice : plain.slices()) {
    z.next_in = input(slice.view());
    z.avail_in = static_cast<std::uint32_t>(slice.size());
    z.end_of_stream = &slice == &plain.slices().back();
    do {
      const auto room = out.room(step);
      z.next_out = reinterpret_cast<std::uint8_t*>(room.data());
      z.avail_out = static_cast<std::uint32_t>(room.size());
      isal_deflate(&z);
      out.wrote(room.size() - z.avail_out);
    } while (z.avail_out == 0);
  }
}

bool gzip_codec::decompress(bytes_view compressed, growing_buffer& out) {
  if (!isal_) isal_ = std::make_unique<isal>();
  auto& z = isal_->inflate;
  isal_inflate_init(&z);
  z.crc_flag = ISAL_GZIP;
  z.next_in = input(compressed);
  z.avail_in = static_cast<std::uint32_t>(compressed.size());
  while (!out.over_limit()) {
    const auto room = out.room(std::max(step, compressed.size()));
    z.next_out = reinterpret_cast<std::uint8_t*>(room.data());
    z.avail_out = static_cast<std::uint32_t>(room.size());
    if (isal_inflate(&z) != ISAL_DECOMP_OK) return false;
    out.wrote(room.size() - z.avail_out);
    if (z.block_state == ISAL_BLOCK_FINISH) {
      if (z.avail_in == 0) return true;
      isal_inflate_reset(&z);  // another member follows
      z.crc_flag = ISAL_GZIP;
    } else if (z.avail_out != 0) {
      return false;  // the input ended too early
    }
  }
  return false;
}

}  // namespace klamm::wire
