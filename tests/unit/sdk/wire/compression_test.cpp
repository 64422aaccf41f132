#include "wire/compression.hpp"

#include <random>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "wire/endian.hpp"

using namespace klamm;
using namespace klamm::wire;

namespace {

constexpr codec compressing[]{codec::gzip, codec::snappy, codec::lz4, codec::zstd};
constexpr std::size_t plenty = std::size_t{64} << 20;

std::string words(std::size_t size) {
  std::string text;
  for (int i = 0; text.size() < size; ++i) text += "record number " + std::to_string(i * 7919 % 1000) + ", ";
  text.resize(size);
  return text;
}

std::string noise(std::size_t size) {
  std::mt19937 random(1);
  std::string text(size, '\0');
  for (auto& c : text) c = static_cast<char>(random());
  return text;
}

// In pieces like those of a batch builder.
byte_chain chunked(std::string_view text) {
  byte_chain chain;
  for (std::size_t piece = 1024; !text.empty(); piece *= 4) {
    chain.append(buffer_slice::borrow(as_bytes_view(text.substr(0, piece))));
    text.remove_prefix(std::min(piece, text.size()));
  }
  return chain;
}

std::string plain(compressor& contexts, codec c, bytes_view compressed, std::size_t limit = plenty) {
  const auto back = contexts.decompress(c, compressed, limit);
  return back ? std::string(as_text(back->view())) : "failed: " + back.failure().message;
}

std::vector<std::byte> joined(bytes_view a, bytes_view b) {
  std::vector<std::byte> both(a.begin(), a.end());
  both.insert(both.end(), b.begin(), b.end());
  return both;
}

}  // namespace

TEST_CASE("every codec gives back what it was given, at any size, with contexts that were used before") {
  compressor contexts;
  for (const auto c : compressing)
    for (const std::size_t size : {1, 100, 1024, 32'768, 65'536, 65'537, 300'000})
      for (const auto& text : {words(size), noise(size)}) {
        CAPTURE(name(c));
        CAPTURE(size);
        const auto compressed = contexts.compress({c, {}}, chunked(text));
        CHECK(plain(contexts, c, compressed.view()) == text);
      }
}

TEST_CASE("levels trade time for size, and stay within the codec's range") {
  compressor contexts;
  const auto text = words(200'000);
  const auto size_at = [&](codec c, int level) {
    const auto compressed = contexts.compress({c, level}, chunked(text));
    CHECK(plain(contexts, c, compressed.view()) == text);
    return compressed.size();
  };
  CHECK(size_at(codec::gzip, 9) < size_at(codec::gzip, 1));
  CHECK(size_at(codec::lz4, 12) < size_at(codec::lz4, 1));
  CHECK(size_at(codec::lz4, 17) == size_at(codec::lz4, 12));
  CHECK(size_at(codec::zstd, 19) < size_at(codec::zstd, -5));
  for (const int level : {2, 3, 4, 6}) size_at(codec::gzip, level);

  CHECK(level_in_range({codec::gzip, -1}));
  CHECK_FALSE(level_in_range({codec::gzip, 0}));
  CHECK_FALSE(level_in_range({codec::gzip, 10}));
  CHECK_FALSE(level_in_range({codec::lz4, 18}));
  CHECK(level_in_range({codec::zstd, 22}));
  CHECK_FALSE(level_in_range({codec::zstd, 23}));
  CHECK_FALSE(level_in_range({codec::snappy, 1}));
  CHECK(level_in_range({codec::snappy, {}}));
}

TEST_CASE("a bomb is refused at the limit, and what fits it exactly is not") {
  compressor contexts;
  const std::string zeros(10 << 20, '\0');
  for (const auto c : compressing) {
    CAPTURE(name(c));
    const auto bomb = contexts.compress({c, {}}, chunked(zeros));
    CHECK(bomb.size() < zeros.size() / 20);
    CHECK(contexts.decompress(c, bomb.view(), zeros.size()).has_value());
    CHECK(contexts.decompress(c, bomb.view(), zeros.size() - 1).code() == error_code::invalid_record);
    CHECK(contexts.decompress(c, bomb.view(), 1000).code() == error_code::invalid_record);
  }
}

TEST_CASE("compressed bytes that end early, or go on, are damaged") {
  compressor contexts;
  const auto text = words(100'000);
  for (const auto c : compressing) {
    CAPTURE(name(c));
    const auto whole = contexts.compress({c, {}}, chunked(text));
    for (const std::size_t size :
         {std::size_t{0}, std::size_t{1}, std::size_t{7}, whole.size() / 2, whole.size() - 1})
      CHECK(contexts.decompress(c, whole.view().first(size), plenty).code() == error_code::invalid_record);
    const auto longer = joined(whole.view(), as_bytes_view("garbage"));
    CHECK(contexts.decompress(c, longer, plenty).code() == error_code::invalid_record);
    CHECK(plain(contexts, c, whole.view()) == text);
  }
}

TEST_CASE("members and frames may follow each other") {
  compressor contexts;
  for (const auto c : compressing) {
    CAPTURE(name(c));
    const auto first = contexts.compress({c, {}}, chunked("the first, "));
    const auto second = contexts.compress({c, {}}, chunked("the second"));
    CHECK(plain(contexts, c, joined(first.view(), second.view())) == "the first, the second");
  }
}

TEST_CASE("snappy is read without Xerial's frame too") {
  compressor contexts;
  // A raw block: length 11, a literal of 4 bytes, and a copy of 7 bytes from 4 back.
  const std::string raw(
      "\x0b\x0c"
      "abcd"
      "\x0d\x04",
      8);
  CHECK(plain(contexts, codec::snappy, as_bytes_view(raw)) == "abcdabcdabc");
}

TEST_CASE("a snappy block that claims more than it can hold costs no memory") {
  compressor contexts;
  const std::string claims_a_gigabyte(
      "\x80\x80\x80\x80\x04\x0c"
      "abcd",
      10);
  CHECK(contexts.decompress(codec::snappy, as_bytes_view(claims_a_gigabyte), std::size_t{2} << 30).code() ==
        error_code::invalid_record);
}

TEST_CASE("a snappy piece that says a length beyond the frame, or none, is damaged") {
  compressor contexts;
  const auto whole = contexts.compress({codec::snappy, {}}, chunked("some text"));
  for (const std::int32_t lie : {1'000'000, 0, -1, INT32_MAX}) {
    std::vector<std::byte> bytes(whole.view().begin(), whole.view().end());
    store(bytes.data() + 16, lie);
    CHECK(contexts.decompress(codec::snappy, bytes, plenty).code() == error_code::invalid_record);
  }
}

TEST_CASE("lz4's header checksum counts, but for the frames of magic 0") {
  compressor contexts;
  const auto text = words(70'000);
  const auto whole = contexts.compress({codec::lz4, {}}, chunked(text));
  std::vector<std::byte> bytes(whole.view().begin(), whole.view().end());
  bytes[14] ^= std::byte{0xff};  // magic 4, flags 2, content size 8, then the checksum
  CHECK(contexts.decompress(codec::lz4, bytes, plenty).code() == error_code::invalid_record);
  const auto lenient = contexts.decompress(codec::lz4, bytes, plenty, lz4_header::checksum_ignored);
  REQUIRE(lenient.has_value());
  CHECK(as_text(lenient->view()) == text);
}

TEST_CASE("flipped bits never pass the checksums of gzip, and never more than the limit") {
  compressor contexts;
  const auto text = words(5000);
  for (const auto c : compressing) {
    const auto whole = contexts.compress({c, {}}, chunked(text));
    for (std::size_t at = 0; at < whole.size(); ++at) {
      std::vector<std::byte> bytes(whole.view().begin(), whole.view().end());
      bytes[at] ^= std::byte{0x10};
      const auto back = contexts.decompress(c, bytes, 8192);
      if (back) CHECK(back->size() <= 8192);
    }
    CHECK(plain(contexts, c, whole.view()) == text);
  }
}

TEST_CASE("codecs have Kafka's names") {
  for (const auto c : compressing) CHECK(parse_codec(name(c)) == c);
  CHECK(parse_codec("none") == codec::none);
  CHECK_FALSE(parse_codec("brotli").has_value());
}
