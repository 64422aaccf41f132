// What the scripts of the connection tests are written in: bytes in hexadecimal, and effects as lines of text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "link/transport.hpp"

namespace klamm::test {

using bytes = std::vector<std::byte>;

/// "00 12 'kcat'": two digits are a byte, quoted text stands for itself.
inline bytes hex(std::string_view text) {
  bytes out;
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] == ' ') {
      ++i;
    } else if (text[i] == '\'') {
      for (++i; text[i] != '\''; ++i) out.push_back(static_cast<std::byte>(text[i]));
      ++i;
    } else {
      out.push_back(static_cast<std::byte>(std::stoi(std::string(text.substr(i, 2)), nullptr, 16)));
      i += 2;
    }
  }
  return out;
}

inline std::string to_hex(bytes_view bytes) {
  std::string out;
  for (const auto b : bytes) out += fmt::format("{}{:02x}", out.empty() ? "" : " ", std::to_integer<int>(b));
  return out;
}

/// `content` with its size in front.
inline bytes framed(bytes content) {
  bytes out = hex(fmt::format("{:08x}", content.size()));
  out.insert(out.end(), content.begin(), content.end());
  return out;
}

inline bytes operator+(bytes a, const bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

/// Feeds `all` to a connection through its own buffer, at most `step` bytes at a time; `told(n)` after each part.
template <class Connection, class Told>
void feed(Connection& to, bytes_view all, Told&& told, std::size_t step = SIZE_MAX) {
  while (!all.empty()) {
    const auto room = to.read_buffer();
    const auto n = std::min({room.size(), all.size(), step});
    std::copy_n(all.begin(), n, room.begin());
    told(n);
    all = all.subspan(n);
  }
}

/// The bytes of all sends among `effects`, which are taken out; what else is decided, in words.
struct decided {
  bytes sent;
  std::vector<std::string> other;

  void take(link::net_effects& effects) {
    for (const auto& effect : std::exchange(effects, {}))
      std::visit([this](const auto& e) { note(e); }, effect);
  }

 private:
  void note(const link::effect::send& e) {
    const auto flat = e.bytes.flatten();
    sent.insert(sent.end(), flat.begin(), flat.end());
  }
  void note(const link::effect::connect& e) {
    other.push_back(fmt::format("connect {}:{}", e.to.host, e.to.port));
  }
  void note(const link::effect::close& e) { other.push_back(e.abort ? "abort" : "close"); }
  void note(const link::effect::pause_reading&) { other.push_back("pause"); }
  void note(const link::effect::resume_reading&) { other.push_back("resume"); }
};

}  // namespace klamm::test
