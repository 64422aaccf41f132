// codec_exchange JAVA-COMMAND... : exchanges random messages of every type and version with Apache Kafka's own classes, both ways.
//
//   to the peer (CodecPeer.java), a batch at a time      from the peer, one answer for each message
//   --------------------------------------------------   ----------------------------------------------------------------
//   int32 count (0: end), then for each message:         int8 0: known, and it worked
//     text name, int16 version                             text  its JSON of what it decoded from our bytes
//     bytes  our encoding                                  bytes its encoding of that
//     text   our JSON, without unknown tagged fields       bytes its encoding of what it read from our JSON
//                                                        int8 1: it has no such message or version
//                                                        int8 2: it failed; text why
//   text and bytes: int32 length, then the bytes. Numbers are big-endian.
//
// Prints each kind of difference once, and last `N messages of N pairs, N differences, N pairs unknown to the peer`.
// KLAMM_MESSAGES (1000) is the number of messages for each pair and direction, KLAMM_SEED (1) the seed.
#include <cstdio>
#include <cstdlib>
#include <set>
#include <stdexcept>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>

#include "base/base64.hpp"
#include "random_message.hpp"
#include "wire/reader.hpp"
#include "wire/writer.hpp"

namespace {

using namespace klamm;
using namespace klamm::wire;

/// The peer's process and the pipes to it.
class peer {
 public:
  explicit peer(char** command) {
    int to[2], from[2];
    if (pipe(to) != 0 || pipe(from) != 0) throw std::runtime_error("no pipe");
    process_ = fork();
    if (process_ == 0) {
      dup2(to[0], 0);
      dup2(from[1], 1);
      for (const int end : {to[0], to[1], from[0], from[1]}) close(end);
      execvp(command[0], command);
      std::perror(command[0]);
      _exit(127);
    }
    close(to[0]);
    close(from[1]);
    to_ = fdopen(to[1], "wb");
    from_ = fdopen(from[0], "rb");
  }
  ~peer() {
    std::fclose(to_);
    std::fclose(from_);
    waitpid(process_, nullptr, 0);
  }
  peer(const peer&) = delete;
  peer& operator=(const peer&) = delete;

  void send(const byte_chain& bytes) {
    const auto flat = bytes.flatten();
    if (std::fwrite(flat.data(), 1, flat.size(), to_) != flat.size() || std::fflush(to_) != 0)
      throw std::runtime_error("the peer reads no more");
  }
  std::vector<std::byte> read(std::size_t count) {
    std::vector<std::byte> bytes(count);
    if (std::fread(bytes.data(), 1, count, from_) != count)
      throw std::runtime_error("the peer ended too early");
    return bytes;
  }
  std::vector<std::byte> read_field() {
    const auto length = read(4);
    return read(load<std::uint32_t>(length.data()));
  }
  std::string read_text() { return std::string(as_text(read_field())); }

 private:
  pid_t process_ = -1;
  std::FILE* to_ = nullptr;
  std::FILE* from_ = nullptr;
};

struct sample {
  std::unique_ptr<any_message> message;  // with unknown tags
  std::vector<std::byte> bytes;          // its encoding
  std::vector<std::byte> known_bytes;    // without unknown tags
  nlohmann::json shown;                  // its JSON as Kafka writes it: records are empty texts
};

std::vector<std::byte> encoded(const any_message& message, api_version version) {
  writer to;
  message.encode_to(to, version);
  if (!to.ok()) throw std::runtime_error(to.failure());
  return to.finish().flatten();
}

/// Kafka's converters write record data as an empty text.
void blank_records(nlohmann::json& object, const structure_info& of) {
  for (const auto& field : of.fields) {
    const auto found = object.find(field.name);
    if (found == object.end() || found->is_null()) continue;
    if (field.type == field_type::records) *found = "";
    if (field.type != field_type::structure) continue;
    if (!field.array)
      blank_records(*found, *field.structure);
    else
      for (auto& element : *found) blank_records(element, *field.structure);
  }
}

sample make_sample(const message_type& type, api_version version, rng& random, writer& to) {
  sample made{type.make(), {}, {}, {}};
  const auto document = wire_test::random_message(type, version, random);
  if (const auto read = made.message->set_json(document, version); !read)
    throw std::runtime_error(read.failure().message);
  made.bytes = encoded(*made.message, version);
  const auto known_json = made.message->as_json(version);
  const auto known = type.make();
  if (!known->set_json(known_json, version)) throw std::runtime_error("our own JSON is not understood");
  made.known_bytes = encoded(*known, version);
  const auto text = known_json.dump();
  made.shown = nlohmann::json::parse(text);
  blank_records(made.shown, *type.root);

  to.put_bytes(as_bytes_view(type.name), false, "name");
  to.put<std::int16_t>(version, "version");
  to.put_bytes(made.bytes, false, "bytes");
  to.put_bytes(as_bytes_view(text), false, "json");
  return made;
}

/// What differs in the peer's answer; empty: nothing.
std::string compare(const sample& ours, const message_type& type, api_version version, peer& theirs) {
  const auto json = theirs.read_text();
  const auto echoed = theirs.read_field();
  const auto from_json = theirs.read_field();
  if (nlohmann::json::parse(json) != ours.shown)
    return "their JSON: " + json + "\n  ours: " + ours.shown.dump();
  if (echoed != ours.bytes) return "their encoding of our bytes differs";
  if (from_json != ours.known_bytes) return "their encoding of our JSON differs";
  const auto decoded = type.make();
  reader from(from_json);
  decoded->decode_from(from, version);
  if (!from.ok()) return "we do not understand their bytes: " + from.failure();
  return from.left() == 0 ? "" : "we leave some of their bytes over";
}

struct totals {
  std::int64_t messages = 0, pairs = 0, differences = 0, unknown = 0;
};

void exchange_pair(const message_type& type, api_version version, int count, rng& random, peer& theirs,
                   totals& all) {
  writer to(1 << 16);
  to.put<std::int32_t>(count, "count");
  std::vector<sample> samples;
  for (int i = 0; i < count; ++i) samples.push_back(make_sample(type, version, random, to));
  theirs.send(to.finish());
  std::string first;
  bool known = true;
  for (const auto& ours : samples) {
    const auto status = std::to_integer<int>(theirs.read(1)[0]);
    if (status == 1) {
      known = false;
      continue;
    }
    const auto fault =
        status == 2 ? "the peer failed: " + theirs.read_text() : compare(ours, type, version, theirs);
    if (!fault.empty() && ++all.differences && first.empty()) first = fault;
  }
  ++(known ? all.pairs : all.unknown);
  if (known) all.messages += 2 * count;
  if (!known) fmt::print("{} v{}: the peer does not know it\n", type.name, version);
  if (!first.empty()) fmt::print("{} v{}: {}\n", type.name, version, first);
}

int number_from(const char* name, int fallback) {
  const char* text = std::getenv(name);
  return text == nullptr ? fallback : std::atoi(text);
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 2) return std::fputs("usage: codec_exchange JAVA-COMMAND...\n", stderr), 2;
  rng random(static_cast<std::uint64_t>(number_from("KLAMM_SEED", 1)));
  totals all;
  {
    peer theirs(argv + 1);
    for (const auto* type : catalog())
      for (auto version = type->versions.min; version <= type->versions.max; ++version)
        exchange_pair(*type, version, number_from("KLAMM_MESSAGES", 1000), random, theirs, all);
    writer end;
    end.put<std::int32_t>(0, "count");
    theirs.send(end.finish());
  }
  fmt::print("{} messages of {} pairs, {} differences, {} pairs unknown to the peer\n", all.messages,
             all.pairs, all.differences, all.unknown);
  return all.differences == 0 ? 0 : 1;
} catch (const std::exception& e) {
  std::fprintf(stderr, "codec_exchange: %s\n", e.what());
  return 1;
}
