// JSON, written as it comes: what is opened is closed by the destructor.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace klamm::api {

/// `text` as a JSON string, with its quotes. What is no UTF-8 becomes U+FFFD, a byte at a time.
std::string json_string(std::string_view text);

/// An object under construction.
class json_object {
 public:
  explicit json_object(std::string& to) : to_(to) { to_ += '{'; }
  json_object(json_object& outer, std::string_view key) : to_(outer.to_) {
    outer.put_key(key);
    to_ += '{';
  }
  json_object(const json_object&) = delete;
  json_object& operator=(const json_object&) = delete;
  ~json_object() { to_ += '}'; }

  void put(std::string_view key, std::int64_t value) {
    put_key(key);
    to_ += std::to_string(value);
  }
  void put(std::string_view key, std::string_view value) {
    put_key(key);
    to_ += json_string(value);
  }

 private:
  void put_key(std::string_view key) {
    if (!first_) to_ += ',';
    first_ = false;
    to_ += json_string(key);
    to_ += ':';
  }

  std::string& to_;
  bool first_ = true;
};

}  // namespace klamm::api
