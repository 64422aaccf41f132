// Sends one Produce request, encoded once, again and again: what a broker takes where no client has anything to do.
//
//   replay --bootstrap=HOST:PORT[,...] --topic=NAME --partitions=N --size=BYTES [--warm=SECONDS] --seconds=SECONDS
//          [connections=N] [in_flight=N] [batch=RECORDS]
//
// Each connection has one partition, by turns, and goes to its leader; as many requests as in_flight says are on their way there, each
// with one batch of as many records, acks=all, not idempotent: a batch that is sent again is another one. What is counted are requests
// that were acknowledged behind `warm`.
#include <deque>
#include <iostream>
#include <memory>
#include <optional>

#include <asio/connect.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/read.hpp>
#include <asio/steady_timer.hpp>
#include <asio/write.hpp>

#include "link/frame_writer.hpp"
#include "load.hpp"
#include "measure.hpp"
#include "pace.hpp"
#include "wire/batch_builder.hpp"
#include "wire/endian.hpp"
#include "wire/messages/metadata.hpp"
#include "wire/messages/produce.hpp"
#include "wire/messages/response_header.hpp"
#include "wire/reader.hpp"
#include "wire/sealed_batch.hpp"

namespace klamm::bench {
namespace {

using asio::ip::tcp;

constexpr api_version metadata_version = 9,
                      produce_version = 11;  // the newest that name topics, and older ones
constexpr std::size_t size_bytes = 4;

struct how {
  load what;
  int connections = 1, in_flight = 5, batch = 64;
};

how parse_replay(int argc, char** argv) {
  std::vector<char*> given(argv, argv + argc);
  std::string verb = "replay";
  given.insert(given.begin() + 1, verb.data());
  how out{parse(static_cast<int>(given.size()), given.data())};
  const auto take = [&](const char* name, int& field) {
    if (const auto found = out.what.properties.extract(name)) field = std::stoi(found.mapped());
  };
  take("connections", out.connections);
  take("in_flight", out.in_flight);
  take("batch", out.batch);
  if (!out.what.properties.empty())
    throw std::invalid_argument("there is no option " + out.what.properties.begin()->first);
  return out;
}

[[noreturn]] void fail(const std::string& why) { throw std::runtime_error(why); }

template <class Request>
std::vector<std::byte> frame_of(const Request& request, api_version version) {
  auto frame =
      link::frame_writer::request(*wire::find_api(Request::api), version, correlation_id(0), "replay");
  encode(frame.body(), request, version);
  auto bytes = frame.finish();
  if (!bytes) fail(bytes.failure().message);
  return bytes->flatten();
}

/// An answer, whose bytes have to outlive it.
template <class Request>
typename Request::response answer_of(bytes_view frame, api_version version) {
  wire::reader from(frame);
  wire::response_header header;
  decode(from, header, wire::find_api(Request::api)->response_header_version(version));
  typename Request::response out;
  decode(from, out, version);
  if (!from.ok()) fail("an answer that cannot be read: " + from.failure());
  return out;
}

void connect(tcp::socket& socket, const std::string& address) {
  const auto colon = address.rfind(':');
  asio::connect(
      socket,
      tcp::resolver(socket.get_executor()).resolve(address.substr(0, colon), address.substr(colon + 1)));
}

std::vector<std::byte> ask(asio::io_context& io, const std::string& address,
                           const std::vector<std::byte>& frame) {
  tcp::socket socket(io);
  connect(socket, address);
  asio::write(socket, asio::buffer(frame));
  std::array<std::byte, size_bytes> size;
  asio::read(socket, asio::buffer(size));
  std::vector<std::byte> answer(static_cast<std::size_t>(wire::load<std::int32_t>(size.data())));
  asio::read(socket, asio::buffer(answer));
  return answer;
}

/// A broker may hear last of a topic that was just made, or that it leads it.
template <class Look>
auto soon(const std::string& what, Look look) {
  const auto give_up = clock::now() + std::chrono::seconds(10);
  for (;;) {
    if (auto found = look()) return *found;
    if (clock::now() > give_up) fail(what + " takes longer than 10 s");
    pace::pause(std::chrono::milliseconds(20));
  }
}

/// Of each partition, in their order: where who leads it is. None while the broker does not know one of them.
std::optional<std::vector<std::string>> find_leaders(asio::io_context& io, const load& what) {
  wire::metadata_request request;
  request.topics->push_back({.topic_id = {}, .name = what.topic, .unknown_tags = {}});
  request.allow_auto_topic_creation = false;
  const auto first = what.bootstrap.substr(0, what.bootstrap.find(','));
  const auto bytes = ask(io, first, frame_of(request, metadata_version));
  const auto said = answer_of<wire::metadata_request>(bytes, metadata_version);
  std::map<node_id, std::string> nodes;
  for (const auto& node : said.brokers)
    nodes[node.node_id] = std::string(node.host) + ':' + std::to_string(node.port);
  std::vector<std::string> out(said.topics.at(0).partitions.size());
  for (const auto& one : said.topics[0].partitions)
    out.at(static_cast<std::size_t>(one.partition_index.value)) = nodes[one.leader_id];
  const bool all_known = std::ranges::none_of(out, [](const std::string& where) { return where.empty(); });
  if (out.empty() || !all_known) return std::nullopt;
  return out;
}

std::vector<std::byte> produce_frame(const how& to, int partition) {
  wire::batch_builder builder;
  const auto value = filler(to.what.size);
  const auto now = std::chrono::duration_cast<millis>(std::chrono::system_clock::now().time_since_epoch());
  for (int i = 0; i < to.batch; ++i)
    builder.append(
        {.timestamp = timestamp(now.count()), .key = {}, .value = as_bytes_view(value), .headers = {}});
  wire::compressor contexts;
  wire::produce_request request;
  request.acks = -1;
  request.timeout_ms = std::chrono::seconds(30);
  auto& topic = request.topic_data.emplace_back();
  topic.name = to.what.topic;
  auto& data = topic.partition_data.emplace_back();
  data.index = partition_id(partition);
  data.records = wire::stamped(builder.seal({wire::codec::none, std::nullopt}, contexts), {});
  return frame_of(request, produce_version);
}

error_code outcome_of(bytes_view frame) {
  const auto said = answer_of<wire::produce_request>(frame, produce_version);
  return said.responses.at(0).partition_responses.at(0).error_code;
}

/// Its leader takes what is sent to it.
std::optional<bool> takes(asio::io_context& io, const how& to, int partition, const std::string& leader) {
  if (outcome_of(ask(io, leader, produce_frame(to, partition))) == error_code::none) return true;
  return std::nullopt;
}

struct totals {
  bool counting = false;
  std::uint64_t acknowledged = 0;
  std::vector<double> took_us;
};

class connection {
 public:
  connection(asio::io_context& io, const how& to, int partition, totals& sum)
      : socket_(io), frame_(produce_frame(to, partition)), owed_(to.in_flight), sum_(sum) {}

  void start(const std::string& leader) {
    connect(socket_, leader);
    socket_.set_option(tcp::no_delay(true));
    write();
    read();
  }

 private:
  void write() {
    if (writing_ || owed_ == 0) return;
    writing_ = true;
    const std::vector<asio::const_buffer> all(static_cast<std::size_t>(std::exchange(owed_, 0)),
                                              asio::buffer(frame_));
    sent_.insert(sent_.end(), all.size(), clock::now());
    asio::async_write(socket_, all, [this](std::error_code why, std::size_t) {
      if (why) fail("sending: " + why.message());
      writing_ = false;
      write();
    });
  }

  void read() {
    socket_.async_read_some(asio::buffer(block_) + held_, [this](std::error_code why, std::size_t count) {
      if (why) fail("receiving: " + why.message());
      held_ += count;
      take_answers();
      write();
      read();
    });
  }

  void take_answers() {
    std::size_t at = 0;
    while (held_ - at >= size_bytes) {
      const auto size = static_cast<std::size_t>(wire::load<std::int32_t>(block_.data() + at));
      if (size_bytes + size > block_.size()) fail("an answer of " + std::to_string(size) + " bytes");
      if (held_ - at < size_bytes + size) break;
      on_answer(bytes_view(block_).subspan(at + size_bytes, size));
      at += size_bytes + size;
    }
    std::copy(block_.begin() + static_cast<std::ptrdiff_t>(at),
              block_.begin() + static_cast<std::ptrdiff_t>(held_), block_.begin());
    held_ -= at;
  }

  void on_answer(bytes_view frame) {
    const auto outcome = outcome_of(frame);
    if (outcome != error_code::none) fail("the broker answered " + std::string(name(outcome)));
    const auto since = sent_.front();
    sent_.pop_front();
    ++owed_;
    if (!sum_.counting) return;
    ++sum_.acknowledged;
    sum_.took_us.push_back(seconds(clock::now() - since) * 1e6);
  }

  tcp::socket socket_;
  const std::vector<std::byte> frame_;
  int owed_;
  bool writing_ = false;
  std::deque<clock::time_point> sent_;
  std::array<std::byte, 16384> block_;
  std::size_t held_ = 0;
  totals& sum_;
};

figures replay(const how& to) {
  asio::io_context io(1);
  const auto lead = soon("that the topic is known", [&] { return find_leaders(io, to.what); });
  for (std::size_t i = 0; i < lead.size(); ++i)
    soon("a first batch", [&] { return takes(io, to, static_cast<int>(i), lead[i]); });
  totals sum;
  std::vector<std::unique_ptr<connection>> all;
  for (int i = 0; i < to.connections; ++i) {
    const auto partition = static_cast<std::size_t>(i) % lead.size();
    all.push_back(std::make_unique<connection>(io, to, static_cast<int>(partition), sum));
    all.back()->start(lead[partition]);
  }
  io.run_for(std::chrono::seconds(to.what.warm));
  sum.counting = true;
  const stopwatch since;
  io.run_for(
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::duration<double>(to.what.seconds)));
  const auto wall = since.wall();
  const auto requests = static_cast<double>(sum.acknowledged) / wall;
  if (sum.acknowledged == 0) fail("nothing was acknowledged");
  return figures()
      .add("requests_per_second", requests)
      .add("per_second", requests * to.batch)
      .add("cpu_share", since.cpu() / wall)
      .add_spread(std::move(sum.took_us));
}

}  // namespace
}  // namespace klamm::bench

int main(int argc, char** argv) try {
  using namespace klamm::bench;
  std::cout << replay(parse_replay(argc, argv)).json() << '\n';
  return 0;
} catch (const std::exception& failed) {
  std::cerr << "replay: " << failed.what() << '\n';
  return 1;
}
