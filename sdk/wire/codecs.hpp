// One class per codec, with the contexts that it uses again. Internal to the compressor.
//
// compress() appends to a buffer without a limit; decompress() says whether the input was whole and sound, and stops once
// the buffer is over its limit.
#pragma once

#include <memory>
#include <optional>

#include "base/bytes.hpp"
#include "wire/compression.hpp"
#include "wire/growing_buffer.hpp"

namespace klamm::wire {

class gzip_codec {
 public:
  gzip_codec();
  ~gzip_codec();
  void compress(std::optional<int> level, const byte_chain& plain, growing_buffer& out);
  bool decompress(bytes_view compressed, growing_buffer& out);

 private:
  struct isal;
  std::unique_ptr<isal> isal_;
};

class snappy_codec {
 public:
  void compress(const byte_chain& plain, growing_buffer& out);
  bool decompress(bytes_view compressed, growing_buffer& out);
};

class lz4_codec {
 public:
  lz4_codec();
  ~lz4_codec();
  void compress(std::optional<int> level, const byte_chain& plain, growing_buffer& out);
  bool decompress(bytes_view compressed, lz4_header header, growing_buffer& out);

 private:
  struct contexts;
  std::unique_ptr<contexts> contexts_;
};

class zstd_codec {
 public:
  zstd_codec();
  ~zstd_codec();
  void compress(std::optional<int> level, const byte_chain& plain, growing_buffer& out);
  bool decompress(bytes_view compressed, growing_buffer& out);

 private:
  struct contexts;
  std::unique_ptr<contexts> contexts_;
};

}  // namespace klamm::wire
