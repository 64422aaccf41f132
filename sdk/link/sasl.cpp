#include "link/sasl.hpp"

#include <fmt/format.h>

namespace klamm::link {
namespace {

class plain final : public sasl_exchange {
 public:
  plain(std::string user, std::string password) : user_(std::move(user)), password_(std::move(password)) {}

  std::string_view mechanism() const override { return "PLAIN"; }
  std::string first() override { return '\0' + user_ + '\0' + password_; }
  result<std::optional<std::string>> next(std::string_view) override { return std::optional<std::string>(); }

 private:
  const std::string user_, password_;
};

class bearer final : public sasl_exchange {
 public:
  bearer(const std::string& token, const std::map<std::string, std::string>& extensions)
      : first_(fmt::format("n,,\x01"
                           "auth=Bearer {}\x01",
                           token)) {
    for (const auto& [name, value] : extensions) first_ += fmt::format("{}={}\x01", name, value);
    first_ += '\x01';
  }

  std::string_view mechanism() const override { return "OAUTHBEARER"; }
  std::string first() override { return first_; }
  result<std::optional<std::string>> next(std::string_view challenge) override {
    if (challenge.empty()) return std::optional<std::string>();
    return std::optional<std::string>("\x01");
  }

 private:
  std::string first_;
};

}  // namespace

std::unique_ptr<sasl_exchange> plain_exchange(std::string user, std::string password) {
  return std::make_unique<plain>(std::move(user), std::move(password));
}

std::unique_ptr<sasl_exchange> bearer_exchange(const std::string& token,
                                               const std::map<std::string, std::string>& extensions) {
  return std::make_unique<bearer>(token, extensions);
}

}  // namespace klamm::link
