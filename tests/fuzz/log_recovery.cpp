// Opens a log in a directory of arbitrary files: it opens or says why not, serves only batches whose CRC holds, and what
// it appends then is still there after the next kill.
//
// The input: files, each a byte for its name, two bytes for its length (big-endian), its content.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "../unit/broker/log/log_node.hpp"

namespace klamm::broker::log::test {
namespace {

constexpr std::array names = {"00000000000000000000.log",         "00000000000000000000.index",
                              "00000000000000000000.timeindex",   "00000000000000000000.txnindex",
                              "00000000000000000000.snapshot",    "00000000000000000005.log",
                              "00000000000000000005.index",       "00000000000000000005.timeindex",
                              "00000000000000000005.snapshot",    "00000000000000000005.log.swap",
                              "00000000000000000003.log.deleted", "00000000000000000003.log.cleaned",
                              "leader-epoch-checkpoint",          "partition.metadata"};

load_hints put_files(log_node& node, bytes_view input) {
  load_hints hints;
  if (input.size() >= 2) {
    hints.clean = std::to_integer<int>(input[0]) & 1;
    hints.recovery_point = offset(std::to_integer<int>(input[1]) % 16);
    input = input.subspan(2);
  }
  while (input.size() >= 3) {
    const auto* const name = names[std::to_integer<std::size_t>(input[0]) % names.size()];
    const auto length = std::min<std::size_t>(wire::load<std::uint16_t>(&input[1]), input.size() - 3);
    const auto content = input.subspan(3, length);
    node.disk.put(join_path("/data/orders-0", name), {content.begin(), content.end()});
    input = input.subspan(3 + length);
  }
  return hints;
}

void check_all(log_node& node) {
  for (auto at = node.log->start(); at < node.log->end();) {
    const auto found = node.read(at);
    if (!found || found->next <= at) return;  // damaged, and said so
    wire::batch_reader batches(buffer_slice::own(found->batches.flatten()));
    wire::batch_view batch;
    while (batches.next(batch) == wire::batch_reader::step::batch) require(batch.crc_valid());
    at = found->next;
  }
}

void open_and_use(bytes_view input) {
  log_node node;
  node.disk.mount("/data/orders-0");
  node.identity.topic_id = {};
  const auto hints = put_files(node, input);
  if (!node.load(hints)) return;
  check_all(node);
  const auto at = node.log->end();
  require(node.append({}).has_value());
  node.settle();
  require(node.disk.idle());
  const auto again = node.hints_now(false);
  node.crash(sim::crash::kill);
  require(node.load(again).has_value());
  require(node.log->end() == at + 1);
}

}  // namespace
}  // namespace klamm::broker::log::test

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  klamm::broker::log::test::open_and_use({reinterpret_cast<const std::byte*>(data), size});
  return 0;
}
