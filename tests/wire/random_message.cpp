#include "random_message.hpp"

#include <algorithm>
#include <limits>

#include "base/base64.hpp"

namespace klamm::wire_test {
namespace {

using namespace klamm::wire;

class generator {
 public:
  generator(const message_type& type, api_version version, rng& random, random_options options)
      : version_(version), random_(random), tags_(options.unknown_tags && version >= type.flexible_from) {}

  json structure(const structure_info& of, int depth) {
    json out = json::object();
    int free_tag = 0;
    for (const auto& field : of.fields) {
      free_tag = std::max(free_tag, field.tag + 1);
      if (!field.versions.contains(version_) || (field.tag >= 0 && random_.chance(0.5))) continue;
      out[std::string(field.name)] = value(field, depth);
    }
    if (tags_ && random_.chance(0.1)) out["unknownTaggedFields"] = unknown_tags(free_tag);
    return out;
  }

 private:
  json value(const field_info& field, int depth) {
    if (field.nullable.contains(version_) && random_.chance(0.25)) return nullptr;
    if (!field.array) return single(field, depth);
    json list = json::array();
    for (auto left = random_.below(depth > 2 ? 2 : 4); left > 0; --left) list.push_back(single(field, depth));
    return list;
  }

  json single(const field_info& field, int depth) {
    switch (field.type) {
      case field_type::boolean: return random_.chance(0.5);
      case field_type::int8: return number<std::int8_t>();
      case field_type::int16: return number<std::int16_t>();
      case field_type::int32: return number<std::int32_t>();
      case field_type::int64: return number<std::int64_t>();
      case field_type::uint16: return number<std::uint16_t>();
      case field_type::uint32: return number<std::uint32_t>();
      case field_type::float64: return static_cast<double>(number<std::int32_t>()) / 8;
      case field_type::uuid: return id();
      case field_type::string: return text();
      case field_type::bytes:
      case field_type::records: return base64_encode(bytes(64), base64_alphabet::padded);
      case field_type::structure: return structure(*field.structure, depth + 1);
    }
    return nullptr;
  }

  template <class T>
  json number() {
    using limits = std::numeric_limits<T>;
    switch (random_.below(6)) {
      case 0: return limits::min();
      case 1: return limits::max();
      case 2: return T{0};
      case 3: return static_cast<T>(-1);
      case 4: return static_cast<T>(random_.below(100));
      default: return static_cast<T>(random_.next());
    }
  }
  std::vector<std::byte> bytes(std::size_t most) {
    std::vector<std::byte> out(random_.below(most + 1));
    for (auto& byte : out) byte = static_cast<std::byte>(random_.next());
    return out;
  }
  std::string text() {
    static constexpr std::string_view pieces[] = {"a",  "topic-", "é", "日本", "🚀",
                                                  "\"", "\\",     " ", "\n",   "0"};
    std::string out;
    const auto length = random_.chance(0.02) ? 300U : random_.below(12);
    for (std::size_t i = 0; i < length; ++i) out += pieces[random_.below(std::size(pieces))];
    return out;
  }
  json id() {
    klamm::uuid out;
    if (random_.chance(0.8))
      for (auto& byte : out.bytes) byte = static_cast<std::uint8_t>(random_.next());
    return to_string(out);
  }
  json unknown_tags(int from) {
    json list = json::array();
    auto tag = static_cast<std::uint64_t>(from);
    for (auto left = 1 + random_.below(3); left > 0; --left) {
      tag += 1 + random_.below(200);
      list.push_back({{"tag", tag}, {"data", base64_encode(bytes(40), base64_alphabet::padded)}});
    }
    return list;
  }

  api_version version_;
  rng& random_;
  bool tags_;
};

}  // namespace

json random_message(const message_type& type, api_version version, rng& random, random_options options) {
  return generator(type, version, random, options).structure(*type.root, 0);
}

}  // namespace klamm::wire_test
