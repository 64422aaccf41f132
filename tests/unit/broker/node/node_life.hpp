// One process's life of a node on a simulated disk, with one client that speaks to it in frames.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "broker/node/node.hpp"
#include "tests/sim/disk.hpp"
#include "tests/unit/counting_entropy.hpp"
#include "tests/unit/kept_lines.hpp"
#include "wire/messages/create_topics.hpp"
#include "wire/reader.hpp"
#include "wire/writer.hpp"

namespace klamm::broker::node::test {

using state = node::state;
using klamm::test::counting_entropy;

inline const link::connection_id client(std::int64_t{1} << 62 | 1);

/// One process's life of a node, with one client; the disk outlives it.
struct node_life {
  node_life(sim::disk& on, entropy_source& entropy, node_options options)
      : disk(on), node(std::move(options), {entropy, said}) {
    node.start(now);
  }

  bool step() {
    log::disk_effects operations;
    node.take_disk(operations);
    disk.submit(std::move(operations));
    auto done = disk.step();
    for (auto& one : done) node.complete(std::move(one), now, out);
    return !done.empty();
  }
  void settle() {
    for (int i = 0; i < 200'000 && step(); ++i) {
    }
    REQUIRE(disk.idle());
  }
  void stop() {
    node.stop(now, out);
    settle();
  }
  void pass(duration time) {
    now.steady += time;
    node.on(link::event::tick{}, now, out);
    settle();
  }
  void connect() {
    node.on(link::event::accepted{client, link::listener_id(0), {"127.0.0.1", 50000}, {"127.0.0.1", 9092}},
            now, out);
  }
  /// Hands over a request as one frame, and leaves the disk alone.
  template <class Request>
  void send(const Request& request, api_version version) {
    wire::writer body;
    body.put<std::int16_t>(static_cast<std::int16_t>(Request::api), "api");
    body.put<std::int16_t>(version, "version");
    body.put<std::int32_t>(++correlation, "correlation");
    body.put<std::int16_t>(std::int16_t{-1}, "client id");
    if (version >= Request::flexible_from) body.put<std::uint8_t>(std::uint8_t{0}, "no tagged fields");
    encode(body, request, version);
    const auto bytes = body.finish().flatten();
    wire::writer size;
    size.put<std::int32_t>(static_cast<std::int32_t>(bytes.size()), "size");
    receive(size.finish().flatten());
    receive(bytes);
  }
  void receive(const std::vector<std::byte>& bytes) {
    for (std::size_t at = 0; at < bytes.size();) {
      const auto room = node.read_buffer(client);
      const auto count = std::min(room.size(), bytes.size() - at);
      std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), count, room.begin());
      node.on(link::event::received{client, count}, now, out);
      at += count;
    }
  }
  /// Whether the client was sent anything; forgets it.
  std::vector<std::byte> answer() {
    byte_chain sent;
    for (auto& effect : std::exchange(out, {}))
      if (auto* const send = std::get_if<link::effect::send>(&effect)) sent.append(std::move(send->bytes));
    return sent.flatten();
  }
  template <class Request>
  typename Request::response call(const Request& request, api_version version) {
    send(request, version);
    settle();
    return read_answer<Request>(version);
  }
  /// The answer that came, or the first of several; `before`: those that are to be passed over.
  template <class Request>
  typename Request::response read_answer(api_version version, int before = 0) {
    kept.push_back(answer());
    bytes_view all(kept.back());
    for (; before > 0; --before) all = all.subspan(frame_size(all));
    const std::size_t before_body = version >= Request::flexible_from ? 9 : 8;
    REQUIRE(all.size() > before_body);
    wire::reader from(all.subspan(before_body, frame_size(all) - before_body));
    typename Request::response response;
    decode(from, response, version);
    REQUIRE(from.ok());
    return response;
  }
  static std::size_t frame_size(bytes_view frames) {
    wire::reader from(frames);
    std::int32_t size = 0;
    from.get<std::int32_t>(size, "size");
    REQUIRE(from.ok());
    return static_cast<std::size_t>(size) + 4;
  }

  sim::disk& disk;
  instant now{time_point(std::chrono::hours(1)), timestamp(1'700'000'000'000)};
  klamm::test::kept_lines said;
  broker::node::node node;
  link::net_effects out;
  std::int32_t correlation = 0;
  std::vector<std::vector<std::byte>> kept;
};

struct node_fixture {
  explicit node_fixture(std::string_view fsync = "os") {
    disk.mount("");
    options.data_directory = "/data";
    options.configs = {{"klamm.fsync", std::string(fsync)}, {"offsets.topic.num.partitions", "3"}};
  }
  node_life& start(std::optional<sim::crash> how = std::nullopt) {
    if (how) disk.crash(*how);
    life_ = std::make_unique<node_life>(disk, entropy, options);
    life_->settle();
    return *life_;
  }

  sim::disk disk{5};
  counting_entropy entropy;
  node_options options;

 private:
  std::unique_ptr<node_life> life_;
};

inline error_code create(node_life& at, std::string_view name) {
  wire::create_topics_request request;
  auto& topic = request.topics.emplace_back();
  topic.name = name;
  topic.num_partitions = 1;
  topic.replication_factor = 1;
  return at.call(request, 4).topics.at(0).error_code;
}

}  // namespace klamm::broker::node::test
