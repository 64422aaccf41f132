#include "api/security_rows.hpp"

#include <algorithm>
#include <functional>
#include <map>

#include <fmt/format.h>

#include "api/oidc.hpp"
#include "api/option_rows.hpp"

namespace klamm::api {
namespace {

using rows::names;

enum class protocol { plaintext, tls, sasl, sasl_tls };
constexpr named<protocol> protocols[] = {{"PLAINTEXT", protocol::plaintext},
                                         {"SSL", protocol::tls},
                                         {"SASL_PLAINTEXT", protocol::sasl},
                                         {"SASL_SSL", protocol::sasl_tls}};
constexpr std::string_view mechanisms[] = {"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER"};
constexpr auto mechanism_names = "PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, OAUTHBEARER";
constexpr std::string_view hidden = "(hidden)";

std::string upper(std::string_view text) {
  std::string out(text);
  for (auto& c : out)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return out;
}

std::string_view mechanism_of(const ClientOptions& client) {
  if (const auto* scram = std::get_if<Scram>(&client.sasl))
    return mechanisms[scram->hash == Scram::sha256 ? 1 : 2];
  if (std::holds_alternative<Plain>(client.sasl)) return mechanisms[0];
  return std::holds_alternative<OAuthBearer>(client.sasl) ? mechanisms[3] : "";
}

problem fine(const option_set&) { return std::nullopt; }
/// Of what the options do not keep as it was written.
std::string untold(const option_set&) { return {}; }

option_key row(names n, std::string range, decltype(option_key::read) read, decltype(option_key::show) show) {
  return {.kinds = any_client,
          .field = n.field,
          .name = n.name,
          .aliases = n.aliases,
          .type = "text",
          .range = std::move(range),
          .read = std::move(read),
          .show = std::move(show),
          .check = fine};
}

option_key security_protocol() {
  const auto read = [](option_set& set, std::string_view text) -> problem {
    const auto name = upper(text);
    const auto* const found = std::ranges::find(protocols, name, &named<protocol>::name);
    if (found == std::end(protocols)) return "it has to be one of PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL";
    if (found->value == protocol::tls || found->value == protocol::sasl_tls) set.client.tls.emplace();
    set.wants_sasl = found->value == protocol::sasl || found->value == protocol::sasl_tls;
    return std::nullopt;
  };
  const auto show = [](const option_set& set) {
    const bool sasl = !std::holds_alternative<std::monostate>(set.client.sasl);
    return std::string(set.client.tls ? (sasl ? "SASL_SSL" : "SSL")
                                      : (sasl ? "SASL_PLAINTEXT" : "PLAINTEXT"));
  };
  return row({"tls", "security.protocol"}, "PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL", read, show);
}

option_key sasl_mechanism() {
  const auto read = [](option_set& set, std::string_view text) -> problem {
    if (text == mechanisms[0]) {
      set.client.sasl = Plain();
    } else if (text == mechanisms[1]) {
      set.client.sasl = Scram{Scram::sha256, "", ""};
    } else if (text == mechanisms[2]) {
      set.client.sasl = Scram{Scram::sha512, "", ""};
    } else if (text == mechanisms[3]) {
      set.client.sasl = OAuthBearer();
      set.provider.emplace();
    } else {
      return fmt::format("it has to be one of {}", mechanism_names);
    }
    return std::nullopt;
  };
  return row({"sasl", "sasl.mechanism", "sasl.mechanisms"}, mechanism_names, read,
             [](const option_set& set) { return std::string(mechanism_of(set.client)); });
}

/// The user or the password, whichever the mechanism; null: it has none.
template <class Member>
std::string* credential(ClientOptions& client, Member of) {
  if (auto* plain = std::get_if<Plain>(&client.sasl)) return of(*plain);
  if (auto* scram = std::get_if<Scram>(&client.sasl)) return of(*scram);
  return nullptr;
}
std::string* user(ClientOptions& client) {
  return credential(client, [](auto& as) { return &as.user; });
}
std::string* password(ClientOptions& client) {
  return credential(client, [](auto& as) { return &as.password; });
}

constexpr auto no_mechanism = "it has no effect without sasl.mechanism PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512";

option_key sasl_credential(std::string_view name, std::string* (*field)(ClientOptions&), bool secret) {
  const auto read = [=](option_set& set, std::string_view text) -> problem {
    auto* const to = field(set.client);
    if (!to) return no_mechanism;
    *to = text;
    return std::nullopt;
  };
  const auto show = [=](const option_set& set) -> std::string {
    const auto* const of = field(const_cast<ClientOptions&>(set.client));
    if (!of || of->empty()) return "";
    return secret ? std::string(hidden) : *of;
  };
  auto made = row({"sasl", name}, "any text", read, show);
  made.secret = secret;
  return made;
}

using jaas_options = std::map<std::string, std::string, std::less<>>;

/// A word of a JAAS line, up to one of `ends`, or in quotes of either kind, in which a backslash takes the next character as it is.
std::string take_jaas_word(std::string_view& line, std::string_view ends) {
  std::string word;
  const char quote = !line.empty() && (line[0] == '"' || line[0] == '\'') ? line[0] : '\0';
  if (quote != '\0') line.remove_prefix(1);
  while (!line.empty() && (quote != '\0' ? line[0] != quote : ends.find(line[0]) == std::string_view::npos)) {
    if (quote != '\0' && line[0] == '\\' && line.size() > 1) line.remove_prefix(1);
    word += line[0];
    line.remove_prefix(1);
  }
  if (quote != '\0' && !line.empty()) line.remove_prefix(1);
  return word;
}

/// What stands in a JAAS line as `key=value`.
jaas_options read_jaas(std::string_view line) {
  jaas_options out;
  while (!line.empty()) {
    auto key = take_jaas_word(line, " =;");
    if (line.starts_with('=')) {
      line.remove_prefix(1);
      out.insert_or_assign(std::move(key), take_jaas_word(line, " ;"));
    } else if (!line.empty()) {
      line.remove_prefix(1);
    }
  }
  return out;
}

constexpr auto no_provider = "it has no effect without sasl.mechanism OAUTHBEARER";

option_key provider_text(names n, std::string OidcClientCredentials::* field, std::string_view range,
                         bool secret = false) {
  const auto read = [=](option_set& set, std::string_view text) -> problem {
    if (!set.provider) return no_provider;
    (*set.provider).*field = text;
    return std::nullopt;
  };
  auto made = row(n, std::string(range), read, untold);  // the options have a function by then
  made.secret = secret;
  return made;
}

option_key provider_extensions() {
  const auto read = [](option_set& set, std::string_view text) -> problem {
    if (!set.provider) return no_provider;
    for (auto rest = text; !rest.empty();) {
      const auto end = std::min(rest.find(','), rest.size());
      const auto item = rest.substr(0, end);
      const auto equals = item.find('=');
      if (equals == 0 || equals == std::string_view::npos) return "it has to be name=value,name=value";
      set.provider->extensions.insert_or_assign(std::string(item.substr(0, equals)),
                                                std::string(item.substr(equals + 1)));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return std::nullopt;
  };
  return row({"sasl", "sasl.oauthbearer.extensions"}, "name=value,name=value", read, untold);
}

option_key provider_encoding() {
  const auto read = [](option_set& set, std::string_view text) -> problem {
    if (text != "true" && text != "false") return "it has to be true or false";
    if (!set.provider) return no_provider;
    set.provider->encode_credentials = text == "true";
    return std::nullopt;
  };
  return row({"sasl", "sasl.oauthbearer.header.urlencode"}, "true, false", read, untold);
}

/// What properties say goes before the line; what neither says is missed once all was read.
void read_provider_line(OidcClientCredentials& to, std::string_view line) {
  const auto fill = [](std::string& field, const std::string& value) {
    if (field.empty()) field = value;
  };
  constexpr std::string_view extension = "extension_";
  for (const auto& [key, value] : read_jaas(line)) {
    if (key == "clientId") fill(to.client_id, value);
    if (key == "clientSecret") fill(to.client_secret, value);
    if (key == "scope") fill(to.scope, value);
    if (key.starts_with(extension)) to.extensions.emplace(key.substr(extension.size()), value);
  }
}

option_key sasl_jaas_config() {
  const auto read = [](option_set& set, std::string_view text) -> problem {
    if (set.provider) return read_provider_line(*set.provider, text), std::nullopt;
    auto* const name = user(set.client);
    if (!name) return no_mechanism;
    const auto given = read_jaas(text);
    const auto given_name = given.find("username"), given_password = given.find("password");
    if (given_name == given.end() || given_password == given.end())
      return "it has to hold username=\"...\" and password=\"...\" of a PlainLoginModule or ScramLoginModule";
    *name = given_name->second;
    *password(set.client) = given_password->second;
    const auto token = given.find("tokenauth");
    if (token == given.end() || upper(token->second) != "TRUE") return std::nullopt;
    auto* const scram = std::get_if<Scram>(&set.client.sasl);
    if (!scram) return "tokenauth has no effect without sasl.mechanism SCRAM-SHA-256 or SCRAM-SHA-512";
    scram->delegation_token = true;
    return std::nullopt;
  };
  auto made =
      row({"sasl", "sasl.jaas.config"}, "username, password and tokenauth of a JAAS line", read, untold);
  made.secret = true;
  return made;
}

option_key tls_text(names n, std::string Tls::* field, std::string_view range, bool secret = false) {
  const auto read = [=](option_set& set, std::string_view text) -> problem {
    if (!set.client.tls) return "it has no effect unless security.protocol is SSL or SASL_SSL";
    (*set.client.tls).*field = text;
    return std::nullopt;
  };
  const auto show = [=](const option_set& set) -> std::string {
    if (!set.client.tls || ((*set.client.tls).*field).empty()) return "";
    return secret ? std::string(hidden) : (*set.client.tls).*field;
  };
  auto made = row(n, std::string(range), read, show);
  made.secret = secret;
  return made;
}

option_key identification() {
  const auto read = [](option_set& set, std::string_view text) -> problem {
    if (text != "https" && text != "none" && !text.empty()) return "it has to be https, none or empty";
    if (set.client.tls) set.client.tls->verify_host = text == "https";
    return std::nullopt;
  };
  return row({"tls.verify_host", "ssl.endpoint.identification.algorithm"}, "https, none", read,
             [](const option_set& set) {
               return std::string(!set.client.tls || set.client.tls->verify_host ? "https" : "none");
             });
}

}  // namespace

std::vector<option_key> security_keys() {
  constexpr std::string_view pem = "PEM text, or the path of a PEM file";
  return {
      security_protocol(),
      tls_text(
          {"tls.ca", "ssl.truststore.location", "ssl.truststore.certificates ssl.ca.location ssl.ca.pem"},
          &Tls::ca, pem),
      tls_text({"tls.certificate", "ssl.keystore.location",
                "ssl.keystore.certificate.chain ssl.certificate.location ssl.certificate.pem"},
               &Tls::certificate, pem),
      tls_text({"tls.key", "ssl.keystore.key", "ssl.key.location ssl.key.pem"}, &Tls::key, pem, true),
      tls_text({"tls.key_password", "ssl.key.password"}, &Tls::key_password, "any text", true),
      identification(),
      sasl_mechanism(),
      sasl_credential("sasl.username", user, false),
      sasl_credential("sasl.password", password, true),
      provider_text({"sasl", "sasl.oauthbearer.token.endpoint.url"}, &OidcClientCredentials::token_url,
                    "https://..., or http://..."),
      provider_text({"sasl", "sasl.oauthbearer.client.id", "sasl.oauthbearer.client.credentials.client.id"},
                    &OidcClientCredentials::client_id, "any text"),
      provider_text(
          {"sasl", "sasl.oauthbearer.client.secret", "sasl.oauthbearer.client.credentials.client.secret"},
          &OidcClientCredentials::client_secret, "any text", true),
      provider_text({"sasl", "sasl.oauthbearer.scope"}, &OidcClientCredentials::scope, "any text"),
      provider_text({"sasl", "https.ca.location"}, &OidcClientCredentials::ca_file, "path of a PEM file"),
      provider_extensions(),
      provider_encoding(),
      sasl_jaas_config(),
  };
}

std::vector<ConfigFault> finish_security(option_set& options) {
  if (options.provider) {
    if (auto faults = faults_of(*options.provider); !faults.empty()) return faults;
    options.client.sasl = tokens_of(*options.provider);
  }
  const bool has_sasl = !std::holds_alternative<std::monostate>(options.client.sasl);
  if (has_sasl && !options.wants_sasl)
    return {{"sasl", "sasl.mechanism", std::string(mechanism_of(options.client)),
             "it has no effect unless security.protocol is SASL_SSL or SASL_PLAINTEXT"}};
  if (!has_sasl && options.wants_sasl)
    return {{"sasl", "sasl.mechanism", "", "security.protocol wants one: " + std::string(mechanism_names)}};
  return {};
}

}  // namespace klamm::api
