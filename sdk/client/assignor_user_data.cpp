#include "client/assignor_user_data.hpp"

#include <map>
#include <string_view>

#include "wire/endian.hpp"

namespace klamm::client {
namespace {

template <class T>
void put(std::vector<std::byte>& to, T value) {
  to.resize(to.size() + sizeof value);
  wire::store(to.data() + to.size() - sizeof value, value);
}

/// Reads numbers and text until the bytes end; from then on nothing.
class reader {
 public:
  explicit reader(bytes_view bytes) : rest_(bytes) {}

  template <class T>
  std::optional<T> number() {
    if (rest_.size() < sizeof(T)) return std::nullopt;
    const auto value = wire::load<T>(rest_.data());
    rest_ = rest_.subspan(sizeof(T));
    return value;
  }
  std::optional<std::string_view> text() {
    const auto length = number<std::int16_t>();
    if (!length || *length < 0 || rest_.size() < static_cast<std::size_t>(*length)) return std::nullopt;
    const auto taken = rest_.first(static_cast<std::size_t>(*length));
    rest_ = rest_.subspan(taken.size());
    return as_text(taken);
  }

 private:
  bytes_view rest_;
};

std::optional<std::vector<topic_partition>> read_topics(reader& in) {
  std::vector<topic_partition> out;
  const auto topics = in.number<std::int32_t>();
  for (std::int32_t t = 0; topics && t < *topics; ++t) {
    const auto name = in.text();
    const auto count = in.number<std::int32_t>();
    if (!name || !count) return std::nullopt;
    for (std::int32_t p = 0; p < *count; ++p) {
      const auto partition = in.number<std::int32_t>();
      if (!partition) return std::nullopt;
      out.push_back({std::string(*name), partition_id(*partition)});
    }
  }
  return topics ? std::optional(std::move(out)) : std::nullopt;
}

}  // namespace

std::optional<std::vector<std::byte>> sticky_user_data(std::span<const topic_partition> owned,
                                                       generation_id generation) {
  if (generation.value < 0) return std::nullopt;
  std::map<std::string_view, std::vector<partition_id>> by_topic;
  for (const auto& at : owned) by_topic[at.topic].push_back(at.partition);
  std::vector<std::byte> out;
  put(out, static_cast<std::int32_t>(by_topic.size()));
  for (const auto& [topic, partitions] : by_topic) {
    put(out, static_cast<std::int16_t>(topic.size()));
    const auto name = as_bytes_view(topic);
    out.insert(out.end(), name.begin(), name.end());
    put(out, static_cast<std::int32_t>(partitions.size()));
    for (const auto partition : partitions) put(out, partition.value);
  }
  put(out, generation.value);
  return out;
}

std::optional<std::vector<std::byte>> cooperative_user_data(std::span<const topic_partition>,
                                                            generation_id generation) {
  std::vector<std::byte> out;
  put(out, generation.value);
  return out;
}

said_ownership read_sticky_user_data(bytes_view bytes) {
  reader in(bytes);
  auto partitions = read_topics(in);
  if (!partitions) return {};
  return {std::move(*partitions), generation_id(in.number<std::int32_t>().value_or(-1))};
}

generation_id read_cooperative_user_data(bytes_view bytes) {
  return generation_id(reader(bytes).number<std::int32_t>().value_or(-1));
}

}  // namespace klamm::client
