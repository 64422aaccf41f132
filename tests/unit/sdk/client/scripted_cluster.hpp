// A cluster for the client core, as a script: what its brokers answer to each API, on a clock that only the test moves. The
// frames are real, so that versions, correlation and connections are the product's.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "client/client_core.hpp"
#include "wire/api_table.hpp"
#include "wire/messages/api_versions.hpp"
#include "wire/messages/find_coordinator.hpp"
#include "wire/messages/metadata.hpp"
#include "wire/messages/request_header.hpp"
#include "wire/messages/response_header.hpp"
#include "wire/reader.hpp"
#include "wire/writer.hpp"

namespace klamm::test {

/// A request that the broker has and has not answered.
struct waiting_request {
  link::connection_id connection;
  wire::request_header header;
  std::vector<std::byte> frame;
  std::size_t body_at = 0;

  template <class Request>
  Request read() const {
    wire::reader from(bytes_view(frame).subspan(body_at));
    Request out;
    decode(from, out, header.request_api_version);
    return out;
  }
};

class scripted_cluster : public client::snapshot_sink {
 public:
  explicit scripted_cluster(client::core_options options, client::fetch_sink* fetches = nullptr,
                            client::batch_source* batches = nullptr)
      : core(with_bootstrap(std::move(options)), {.snapshots = *this, .batches = batches, .fetches = fetches},
             1) {
    answer<wire::api_versions_request>([](const auto&) { return every_version(); });
    answer<wire::metadata_request>([this](const auto& asked) { return describe(asked); });
    find_coordinators();
  }

  /// The first broker coordinates everything, from now on and for who asked already.
  void find_coordinators() {
    answer<wire::find_coordinator_request>([](const auto& asked) { return broker_is_coordinator(asked); });
    for (auto& request : std::exchange(held, {}))
      if (!say(request)) held.push_back(std::move(request));
  }

  /// What the broker says to an API from now on; nothing: the request is kept in `held`.
  template <class Request, class Say>
  void answer(Say say) {
    says_[Request::api] = [this, say = std::move(say)](const waiting_request& to) {
      std::optional<typename Request::response> out = say(to.read<Request>());
      if (out) reply(to, *out);
      return out.has_value();
    };
  }
  template <class Request>
  void hold() {
    answer<Request>([](const Request&) { return std::optional<typename Request::response>(); });
  }
  template <class Response>
  void reply(const waiting_request& to, const Response& with) {
    const auto& api = *wire::find_api(to.header.request_api_key);
    const auto version = to.header.request_api_version;
    wire::writer body;
    wire::response_header header;
    header.correlation_id = to.header.correlation_id;
    encode(body, header, api.response_header_version(version));
    const auto header_size = body.size();
    encode(body, with, version);
    auto content = body.finish().flatten();
    if (spoil) {
      std::vector<std::byte> spoilt(content.begin() + static_cast<std::ptrdiff_t>(header_size),
                                    content.end());
      broken = !spoil(spoilt) || broken;
      if (broken) return;
      content.resize(header_size);
      content.insert(content.end(), spoilt.begin(), spoilt.end());
    }
    deliver(to.connection, content);
  }

  /// Carries out what the core decided, and what that leads to, without time going on.
  void settle() {
    while (!out.empty() || !arrived_.empty()) {
      const int connects_before = connects;
      for (auto& effect : std::exchange(out, {})) std::visit([this](const auto& e) { carry_out(e); }, effect);
      round_trips += connects != connects_before || !arrived_.empty();
      for (auto& request : std::exchange(arrived_, {}))
        if (!say(request)) held.push_back(std::move(request));
      core.completions().run();
    }
    core.completions().run();
  }
  /// Lets time go on, from one deadline of the core to the next.
  void pass(duration how_long) {
    const auto end = after(now.steady, how_long);
    settle();
    while (core.deadline() <= end) {
      now.steady = std::max(now.steady, core.deadline());
      core.on(link::event::tick{}, now, out);
      settle();
    }
    now.steady = end;
  }
  /// All connections break.
  void cut() {
    for (const auto& [id, bytes] : std::exchange(received_, {}))
      core.on(link::event::closed{id, error(error_code::disconnected)}, now, out);
    settle();
  }
  int asked(wire::api_key api) const {
    const auto at = counts_.find(api);
    return at == counts_.end() ? 0 : at->second;
  }
  node_id broker_of(const waiting_request& request) const { return nodes_.at(request.connection); }
  void publish(client::snapshot_ptr) override {}

  /// An answer to ApiVersions that offers all that a broker may serve.
  static wire::api_versions_response every_version() {
    wire::api_versions_response out;
    for (const auto& api : wire::all_apis())
      if (api.served_on(wire::on_broker))
        out.api_keys.push_back({api.key, api.versions.min, api.latest_stable, {}});
    return out;
  }

  int brokers = 1;  // which lead partitions in turn
  node_id controller{1};
  std::map<std::string, int> topics;  // and how many partitions each has
  error_code topic_error{};           // of every topic
  bool topic_ids = true;
  std::uint8_t lives = 0;  // how often the topics were deleted and made again
  std::vector<waiting_request> held;
  std::int32_t epoch = 0;  // of the leaders
  bool reachable = true;
  int connects = 0;
  int round_trips = 0;  // one for all that is asked at once, a connection among it
  /// Changes the body of each answer; false: the answer is not sent, and the connections are to be cut.
  std::function<bool(std::vector<std::byte>& body)> spoil;
  bool broken = false;
  std::size_t piece = SIZE_MAX;  // how many bytes of an answer come at once
  std::function<void()> after_piece;
  node_id asked_of;           // which broker has the request that is being answered
  bool saw_creation = false;  // a metadata request that would have created a topic
  instant now{time_point(std::chrono::hours(1)), timestamp(1'700'000'000'000)};
  link::net_effects out;
  client::client_core core;

 private:
  static constexpr std::uint16_t first_port = 9092;
  static client::core_options with_bootstrap(client::core_options options) {
    options.connection.bootstrap = {{"broker", first_port}};
    return options;
  }
  uuid id_of(const std::string& topic) const { return {{static_cast<std::uint8_t>(topic.front()), lives}}; }
  wire::metadata_response describe(const wire::metadata_request& asked) {
    saw_creation = saw_creation || asked.allow_auto_topic_creation;
    wire::metadata_response out;
    for (int n = 1; n <= brokers; ++n)
      out.brokers.push_back({node_id(n), "broker", first_port + n - 1, {}, {}});
    out.cluster_id = "scripted";
    out.controller_id = controller;
    if (!asked.topics) {
      auto each = asked;
      each.topics.emplace();
      for (const auto& [name, count] : topics) each.topics->emplace_back().name = name;
      return describe(each);
    }
    for (const auto& topic : *asked.topics) {
      auto& said = out.topics.emplace_back();
      const auto known =
          topic.name
              ? topics.find(std::string(*topic.name))
              : std::ranges::find_if(topics, [&](const auto& t) { return id_of(t.first) == topic.topic_id; });
      if (!topic.name && known == topics.end()) {
        said.name = std::nullopt;
        said.topic_id = topic.topic_id;
        said.error_code = error_code::unknown_topic_id;
        continue;
      }
      said.name = topic.name ? topic.name : std::string_view(known->first);
      if (known == topics.end()) {
        said.error_code = error_code::unknown_topic_or_partition;
        continue;
      }
      if ((said.error_code = topic_error) != error_code::none) continue;
      if (topic_ids) said.topic_id = id_of(known->first);
      for (int p = 0; p < known->second; ++p) {
        auto& partition = said.partitions.emplace_back();
        partition.partition_index = partition_id(p);
        partition.leader_id = node_id(1 + p % brokers);
        partition.leader_epoch = leader_epoch(epoch);
      }
    }
    return out;
  }
  static wire::find_coordinator_response broker_is_coordinator(const wire::find_coordinator_request& asked) {
    wire::find_coordinator_response out;
    for (const auto key : asked.coordinator_keys) {
      auto& found = out.coordinators.emplace_back();
      found.key = key;
      found.node_id = node_id(1);
      found.host = "broker";
      found.port = 9092;
    }
    return out;
  }

  void carry_out(const link::effect::connect& e) {
    ++connects;
    received_[e.id];
    nodes_[e.id] = node_id(e.to.port - first_port + 1);
    if (reachable)
      core.on(link::event::connected{e.id, {}, e.to}, now, out);
    else
      core.on(link::event::closed{e.id, error(error_code::connect_failed)}, now, out);
  }
  void carry_out(const link::effect::send& e) {
    const auto bytes = e.bytes.flatten();
    auto& in = received_[e.id];
    in.insert(in.end(), bytes.begin(), bytes.end());
    core.on(link::event::sent{e.id, bytes.size()}, now, out);
    while (in.size() >= 4) {
      wire::reader size_of(bytes_view(in).first(4));
      std::int32_t size = 0;
      size_of.get<std::int32_t>(size, "size");
      if (in.size() - 4 < static_cast<std::size_t>(size)) return;
      arrive(e.id, {in.begin() + 4, in.begin() + 4 + size});
      in.erase(in.begin(), in.begin() + 4 + size);
    }
  }
  void carry_out(const link::effect::close& e) { received_.erase(e.id); }
  void carry_out(const link::effect::pause_reading&) {}
  void carry_out(const link::effect::resume_reading&) {}

  void arrive(link::connection_id on, std::vector<std::byte> frame) {
    waiting_request request{on, {}, std::move(frame), 0};
    wire::reader key_of((bytes_view(request.frame)));
    std::int16_t key = 0, version = 0;
    key_of.get<std::int16_t>(key, "key");
    key_of.get<std::int16_t>(version, "version");
    wire::reader from((bytes_view(request.frame)));
    decode(from, request.header, wire::find_api(wire::api_key(key))->request_header_version(version));
    request.body_at = from.position();
    ++counts_[request.header.request_api_key];
    arrived_.push_back(std::move(request));
  }
  bool say(const waiting_request& to) {
    const auto at = says_.find(to.header.request_api_key);
    asked_of = broker_of(to);
    return at != says_.end() && at->second(to);
  }
  void deliver(link::connection_id on, const std::vector<std::byte>& content) {
    wire::writer size;
    size.put<std::int32_t>(static_cast<std::int32_t>(content.size()), "size");
    auto all = size.finish().flatten();
    all.insert(all.end(), content.begin(), content.end());
    for (std::size_t at = 0; at < all.size();) {
      const auto room = core.read_buffer(on);
      const auto n = std::min({room.size(), all.size() - at, piece});
      if (n == 0) return;
      std::copy_n(all.data() + at, n, room.data());
      at += n;
      core.on(link::event::received{on, n}, now, out);
      if (after_piece) after_piece();
    }
  }

  std::map<wire::api_key, std::function<bool(const waiting_request&)>> says_;
  std::map<wire::api_key, int> counts_;
  std::map<link::connection_id, std::vector<std::byte>> received_;
  std::map<link::connection_id, node_id> nodes_;
  std::vector<waiting_request> arrived_;
};

}  // namespace klamm::test
