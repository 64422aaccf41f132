// The messages of the catalog: any_message over the generated functions of one type.
#pragma once

#include "wire/json/catalog.hpp"
#include "wire/json/json_reader.hpp"
#include "wire/json/json_writer.hpp"

namespace klamm::wire {

template <class T>
class typed_message final : public any_message {
 public:
  void decode_from(reader& from, api_version version) override { decode(from, value_, version); }
  void encode_to(writer& to, api_version version) const override { encode(to, value_, version); }
  json as_json(api_version version, to_json_options options) const override {
    json out;
    to_json(json_writer(out, options.unknown_tags), value_, version);
    return out;
  }
  result<void> set_json(const json& from, api_version version) override {
    json_context context;
    value_ = {};
    from_json(json_reader(from, {}, context), value_, version);
    texts_ = std::move(context.texts);
    if (!context.failure.empty()) return error(error_code::invalid_request, std::move(context.failure));
    return {};
  }
  bool equals(const any_message& other) const override {
    const auto* same = dynamic_cast<const typed_message*>(&other);
    return same != nullptr && value_ == same->value_;
  }

 private:
  T value_;
  std::deque<std::string> texts_;  // what value_ points to
};

template <class T>
std::unique_ptr<any_message> make_message() {
  return std::make_unique<typed_message<T>>();
}

}  // namespace klamm::wire
