// What no producer can beat: one thread encodes records into batches, checksums them and writes them to a loopback socket, which
// another thread drains. No protocol, no answers, nobody to tell.
//
//   limit - --records=N [--warm=N] [--size=BYTES] [batch=BYTES]
#include <iostream>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <asio/buffer.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/write.hpp>

#include "load.hpp"
#include "measure.hpp"
#include "wire/batch_builder.hpp"
#include "wire/sealed_batch.hpp"

namespace klamm::bench {
namespace {

using asio::ip::tcp;

/// Takes all that comes, on a thread of its own, until the other end closes.
class drain {
 public:
  explicit drain(tcp::socket from)
      : thread_([socket = std::move(from)]() mutable {
          std::vector<std::byte> block(std::size_t{1} << 20);
          for (std::error_code ended; !ended;) socket.read_some(asio::buffer(block), ended);
        }) {}
  ~drain() { thread_.join(); }
  drain(const drain&) = delete;
  drain& operator=(const drain&) = delete;

 private:
  std::thread thread_;
};

class encoder {
 public:
  encoder(tcp::socket& to, std::size_t batch) : to_(to), batch_(batch) {}

  void send(std::string_view value) {
    builder_.append({.timestamp = timestamp(0), .key = {}, .value = as_bytes_view(value), .headers = {}});
    if (builder_.plain_size() >= batch_) write();
  }

 private:
  void write() {
    auto full = std::exchange(builder_, wire::batch_builder());
    const auto bytes = wire::stamped(full.seal({wire::codec::none, std::nullopt}, contexts_), {});
    std::vector<asio::const_buffer> parts;
    for (const auto& slice : bytes.slices()) parts.emplace_back(slice.data(), slice.size());
    asio::write(to_, parts);
  }

  tcp::socket& to_;
  const std::size_t batch_;
  wire::batch_builder builder_;
  wire::compressor contexts_;
};

figures limit(const load& what, std::size_t batch) {
  asio::io_context io(1);
  tcp::acceptor listening(io, {asio::ip::address_v4::loopback(), 0});
  std::optional<drain> other_end;
  tcp::socket to(io);  // goes first, which ends the other
  to.connect(listening.local_endpoint());
  other_end.emplace(listening.accept());
  encoder out(to, batch);
  const auto value = filler(what.size);
  for (std::uint64_t i = 0; i < what.warm; ++i) out.send(value);
  const stopwatch since;
  for (std::uint64_t i = 0; i < what.records; ++i) out.send(value);
  return figures().add_cost(since, what.records);
}

}  // namespace
}  // namespace klamm::bench

int main(int argc, char** argv) try {
  using namespace klamm::bench;
  auto what = parse(argc, argv);
  std::size_t batch = std::size_t{256} << 10;
  if (const auto given = what.properties.extract("batch")) batch = std::stoull(given.mapped());
  std::cout << limit(what, batch).json() << '\n';
  return 0;
} catch (const std::exception& failed) {
  std::cerr << "limit: " << failed.what() << '\n';
  return 1;
}
