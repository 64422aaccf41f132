#include <algorithm>
#include <array>

#include <snappy.h>

#include "wire/codecs.hpp"
#include "wire/endian.hpp"

// Xerial's framing, which Java's clients write: a header, then pieces of at most 32 KiB, each after its size.
//
//   0x82 "SNAPPY" 0 | version int32, 1 | oldest compatible version int32, 1 | (size int32 | snappy block)...
//
// Streams may follow each other, each with its header.

namespace klamm::wire {
namespace {

constexpr std::size_t piece_size = std::size_t{32} << 10;
constexpr std::size_t frame_header_size = 16;
constexpr std::int32_t magic_start = static_cast<std::int32_t>(0x82534e41);
constexpr auto frame_header =
    std::to_array<std::uint8_t>({0x82, 'S', 'N', 'A', 'P', 'P', 'Y', 0, 0, 0, 0, 1, 0, 0, 0, 1});
constexpr std::size_t magic_size = 8;

// No element of the format makes more than 64 bytes of 3: a claim above that is a lie.
constexpr std::size_t greatest_expansion = 22;

const char* text(bytes_view bytes) { return reinterpret_cast<const char*>(bytes.data()); }

bool framed(bytes_view bytes) {
  return bytes.size() >= frame_header_size &&
         std::equal(frame_header.begin(), frame_header.begin() + magic_size,
                    reinterpret_cast<const std::uint8_t*>(bytes.data()));
}

bool decompress_block(bytes_view block, growing_buffer& out) {
  std::size_t plain = 0;
  if (!snappy::GetUncompressedLength(text(block), block.size(), &plain)) return false;
  if (plain > block.size() * greatest_expansion) return false;
  const auto room = out.room(plain);
  if (room.size() < plain) return out.wrote(room.size()), false;  // over the limit
  if (!snappy::RawUncompress(text(block), block.size(), reinterpret_cast<char*>(room.data()))) return false;
  out.wrote(plain);
  return true;
}

}  // namespace

void snappy_codec::compress(const byte_chain& plain, growing_buffer& out) {
  std::memcpy(out.room(frame_header_size).data(), frame_header.data(), frame_header_size);
  out.wrote(frame_header_size);
  for (const auto& slice : plain.slices()) {
    for (auto rest = slice.view(); !rest.empty(); rest = rest.subspan(std::min(piece_size, rest.size()))) {
      const auto piece = rest.first(std::min(piece_size, rest.size()));
      auto* to = out.room(4 + snappy::MaxCompressedLength(piece.size())).data();
      std::size_t size = 0;
      snappy::RawCompress(text(piece), piece.size(), reinterpret_cast<char*>(to + 4), &size);
      store(to, static_cast<std::int32_t>(size));
      out.wrote(4 + size);
    }
  }
}

bool snappy_codec::decompress(bytes_view compressed, growing_buffer& out) {
  if (!framed(compressed)) return decompress_block(compressed, out);
  for (auto rest = compressed.subspan(frame_header_size); !rest.empty();) {
    if (rest.size() < 4) return false;
    const auto size = load<std::int32_t>(rest.data());
    if (size == magic_start && framed(rest)) {
      rest = rest.subspan(frame_header_size);
      continue;
    }
    rest = rest.subspan(4);
    if (size <= 0 || static_cast<std::size_t>(size) > rest.size()) return false;
    if (!decompress_block(rest.first(static_cast<std::size_t>(size)), out)) return false;
    if (out.over_limit()) return false;
    rest = rest.subspan(static_cast<std::size_t>(size));
  }
  return true;
}

}  // namespace klamm::wire
