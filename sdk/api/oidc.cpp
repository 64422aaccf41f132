#include "api/oidc.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "api/engine.hpp"
#include "api/error_details.hpp"
#include "base/base64.hpp"
#include "net/system.hpp"

namespace klamm::api {
namespace {

using nlohmann::json;

/// As a form has it: RFC 6749 (2.3.1) wants credentials so.
std::string form_encoded(std::string_view text) {
  std::string out;
  for (const auto c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                          c == '-' || c == '.' || c == '_' || c == '*';
    if (is_plain)
      out += c;
    else
      out += c == ' ' ? "+" : fmt::format("%{:02X}", byte);
  }
  return out;
}

error no_token(std::string why) { return {error_code::sasl_authentication_failed, std::move(why)}; }

/// Another time it may answer otherwise (RFC 9110, 15.6; RFC 6585, 4).
bool is_passing(int status) { return status >= 500 || status == 429; }

std::string text_in(const json& object, const char* field) {
  const auto found = object.find(field);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// What a stranger wrote, as a log may have it: short, and on one line.
std::string quoted(std::string text) {
  constexpr std::size_t most = 300;
  if (text.size() > most) text.resize(most);
  std::ranges::replace_if(
      text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
  return text;
}

/// Nothing: no time that there is. A hundred years are as good as for ever.
std::optional<Millis> seconds_in(const json& number) {
  constexpr double most = 100.0 * 365 * 24 * 3600 + 2e9;
  const auto seconds = number.get<double>();
  if (!std::isfinite(seconds) || seconds < 0) return std::nullopt;
  return Millis(static_cast<std::int64_t>(std::min(seconds, most) * 1000));
}

error refusal(const net::web_answer& answer, const json& said) {
  auto why = fmt::format("the provider answered {}", answer.status);
  if (said.is_object()) {
    if (const auto code = text_in(said, "error"); !code.empty()) why += ": " + quoted(code);
    if (const auto text = text_in(said, "error_description"); !text.empty()) why += " (" + quoted(text) + ")";
  }
  return {is_passing(answer.status) ? error_code::connect_failed : error_code::sasl_authentication_failed,
          std::move(why)};
}

/// Since 1970; nothing: it does not say, or is no JSON Web Token.
std::optional<Millis> end_in(std::string_view token) {
  const auto first = token.find('.'), second = token.find('.', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  const auto claims =
      base64_decode(token.substr(first + 1, second - first - 1), base64_alphabet::url_unpadded);
  if (!claims) return std::nullopt;
  const auto* const begin = reinterpret_cast<const char*>(claims->data());
  const auto read = json::parse(begin, begin + claims->size(), nullptr, false);
  if (!read.is_object() || !read.contains("exp") || !read["exp"].is_number()) return std::nullopt;
  return seconds_in(read["exp"]);
}

std::optional<Timestamp> end_of(const json& said, std::string_view token, timestamp now) {
  if (const auto life = said.find("expires_in"); life != said.end() && life->is_number())
    if (const auto time = seconds_in(*life)) return Timestamp(Millis(now.value) + *time);
  if (const auto end = end_in(token)) return Timestamp(*end);
  return std::nullopt;
}

}  // namespace

net::form_post token_request(const OidcClientCredentials& from) {
  net::form_post out{.url = from.token_url,
                     .form = {{"grant_type", "client_credentials"}},
                     .user = from.client_id,
                     .password = from.client_secret,
                     .ca_file = from.ca_file,
                     .timeout = to_duration(from.timeout)};
  if (!from.scope.empty()) out.form.emplace_back("scope", from.scope);
  if (from.encode_credentials) {
    out.user = form_encoded(out.user);
    out.password = form_encoded(out.password);
  }
  return out;
}

result<OAuthToken> token_in(const net::web_answer& answer, timestamp now) {
  const auto said = json::parse(answer.body, nullptr, false);
  if (answer.status != 200) return refusal(answer, said);
  if (!said.is_object()) return no_token("the provider's answer is no JSON object");
  auto token = text_in(said, "access_token");
  if (token.empty()) return no_token("the provider's answer has no access_token");
  const auto end = end_of(said, token, now);
  if (!end) return no_token("neither expires_in nor the token's exp says when it ends");
  return OAuthToken{.value = std::move(token), .expires = *end};
}

std::vector<ConfigFault> faults_of(const OidcClientCredentials& from) {
  std::vector<ConfigFault> faults;
  const bool has_user = from.token_url.find('@') != std::string::npos;  // and perhaps a password
  if (!net::is_web_address(from.token_url))
    faults.push_back({"sasl", "sasl.oauthbearer.token.endpoint.url", has_user ? "(hidden)" : from.token_url,
                      "it has to be an address that begins with https:// or http://, and has no user in it"});
  if (from.client_id.empty())
    faults.push_back({"sasl", "sasl.oauthbearer.client.id", "", "there has to be a client"});
  if (from.timeout < Millis(1))
    faults.push_back(
        {"sasl", "", std::to_string(from.timeout.count()), "the timeout has to be at least 1 ms"});
  return faults;
}

}  // namespace klamm::api

namespace klamm {
inline namespace v1 {

OAuthBearer tokens_of(OidcClientCredentials provider) {
  if (auto faults = api::faults_of(provider); !faults.empty()) throw ConfigError(std::move(faults));
  return {.token = [provider = std::move(provider)] {
    const auto answer = net::post(api::token_request(provider));
    if (!answer) throw Exception(api::to_error(answer.failure(), {}));
    auto token = api::token_in(*answer, net::system_now().wall);
    if (!token) {
      const error why(token.failure().code,
                      fmt::format("{}: {}", provider.token_url, token.failure().message));
      throw Exception(api::to_error(why, {}));
    }
    token->extensions = provider.extensions;
    return *std::move(token);
  }};
}

}  // namespace v1
}  // namespace klamm
