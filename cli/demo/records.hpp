// The demo's records: real data that every Debian or Ubuntu machine has, and synthetic ones.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace klamm::cli::demo {

/// The stanzas of the dpkg status database and of apt's package lists, where the machine has them.
class package_data {
 public:
  /// Reads /var/lib/dpkg/status and /var/lib/apt/lists/*_Packages.
  static package_data of_this_machine();

  struct stanza {
    std::string_view package, text;
  };
  const std::vector<stanza>& stanzas() const { return stanzas_; }
  std::size_t bytes() const;

 private:
  void add_file(const std::string& path);

  std::vector<std::string> files_;
  std::vector<stanza> stanzas_;
};

/// A key and value that only `number` has, of about 100 bytes together.
struct synthetic {
  explicit synthetic(std::uint64_t number);
  std::string key, value;
};

/// 64 bits of FNV-1a over key and value.
std::uint64_t content_hash(std::string_view key, std::string_view value);

}  // namespace klamm::cli::demo
